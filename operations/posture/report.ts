/** A posture as text, as Markdown and as JSON. */
import type { Format } from "@tag-to-endpoint/command-line";
import { redact } from "../../lib/credentials/patterns.ts";
import { partition } from "../../lib/text/lists.ts";
import { asText } from "../../lib/text/markdown.ts";
import { type Count, isToMend, type Posture, type RuleResult } from "./posture.ts";
import { type Outcome, type Source, sources } from "./rule.ts";

export function render(format: Format, posture: Posture): string {
  if (format === "json") return redact(`${JSON.stringify(posture, undefined, 2)}\n`);
  return redact(format === "markdown" ? markdown(posture) : text(posture));
}

/** `CIS 1.1.10`; the other rules have names of their own. */
const shortNames: Readonly<Record<Source, string>> = { cis: "CIS", legitify: "legitify", own: "own" };
const called = ({ source, id }: RuleResult) => `${shortNames[source]} ${id}`;

const heads = ["Rules", "Apply", "Pass", "Fail", "Not told"];
const cellsOf = ({ rules, apply, pass, fail, notTold }: Count) =>
  [rules, apply, pass, fail, notTold].map(String);

function summaryRows({ bySource, total }: Posture): string[][] {
  const rows = (Object.keys(sources) as Source[]).map((source) => [
    sources[source].name,
    ...cellsOf(bySource[source]),
  ]);
  return [...rows, ["all", ...cellsOf(total)]];
}

function verdictWords({ stack, total, toMend, tier }: Posture): string {
  const failures =
    total.fail === 0
      ? "none fails"
      : `${total.fail} fail: ${toMend} to mend, ${total.fail - toMend} left for a reason`;
  return (
    `Stack ${stack}: ${total.pass} of the ${total.apply} rules that apply pass, ${failures}; ` +
    `${total.notTold} cannot be told. GitLab's tier: ${tier}.`
  );
}

/** What was found of those that decide, the same words once. */
function foundIn({ subjects, outcome }: RuleResult): string {
  const deciding = subjects.filter((one) => one.outcome === outcome);
  return partition(deciding, ({ found }) => found)
    .map((same) => {
      const [{ found } = { found: "" }] = same;
      const isEverywhere = same.length === subjects.length;
      return isEverywhere ? found : `${same.map(({ subject }) => subject).join(", ")}: ${found}`;
    })
    .join("; ");
}

interface Section {
  readonly title: string;
  readonly rules: readonly RuleResult[];
}

function sectionsOf({ rules }: Posture): Section[] {
  const of = (outcome: Outcome) => rules.filter((rule) => rule.outcome === outcome);
  const sections = [
    { title: "Fails, to mend", rules: rules.filter(isToMend) },
    { title: "Fails, left for a reason", rules: of("fail").filter((rule) => !isToMend(rule)) },
    { title: "Passes", rules: of("pass") },
    { title: "Cannot be told", rules: of("not told") },
    { title: "Does not apply", rules: of("does not apply") },
  ];
  return sections.filter((section) => section.rules.length > 0);
}

function text(posture: Posture): string {
  const rows = [["", ...heads], ...summaryRows(posture)];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const table = rows.map(([name = "", ...cells]) =>
    `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join("")}`.trimEnd(),
  );
  const sections = sectionsOf(posture).map(({ title, rules }) =>
    [`${title} (${rules.length})`, ...lines(rules)].join("\n"),
  );
  return `${[verdictWords(posture), table.join("\n"), ...sections].join("\n\n")}\n`;
}

/** What has the same reason stands under it, once. */
function lines(rules: readonly RuleResult[]): string[] {
  const named = (rule: RuleResult) => `${called(rule).padEnd(10)} ${rule.title}`;
  const [first] = rules;
  if (first === undefined) return [];
  if (first.outcome === "not told" || first.left !== undefined) {
    return partition(rules, reasonOf).flatMap((same) => [
      `  ${reasonOf(same[0] ?? first)}`,
      ...same.map((rule) =>
        first.left === undefined ? `    ${named(rule)}` : `    ${named(rule)}: ${foundIn(rule)}`,
      ),
      ...(first.left === undefined
        ? []
        : partition(same, ({ mend }) => mend ?? "").map(([one]) => `    mend: ${one?.mend}`)),
    ]);
  }
  return rules.flatMap((rule) => [
    `  ${named(rule)}: ${foundIn(rule)}`,
    ...(rule.mend === undefined ? [] : [`    mend: ${rule.mend}`]),
  ]);
}

const reasonOf = (rule: RuleResult) => rule.left ?? foundIn(rule);

function markdown(posture: Posture): string {
  const sections = sectionsOf(posture).flatMap(({ title, rules }) => [
    `#### ${title} (${rules.length})`,
    table(
      ["Rule", "Wants", "Found", ...(rules[0]?.outcome === "fail" ? ["Mend", "Left because"] : [])],
      rules.map((rule) => [
        asText(called(rule)),
        asText(rule.title),
        asText(foundIn(rule)),
        ...(rule.outcome === "fail" ? [asText(rule.mend ?? ""), asText(rule.left ?? "")] : []),
      ]),
    ),
  ]);
  const parts = [
    `### ${asText(verdictWords(posture))}`,
    table(["", ...heads], summaryRows(posture)),
    ...sections,
  ];
  return `${parts.join("\n\n")}\n`;
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
