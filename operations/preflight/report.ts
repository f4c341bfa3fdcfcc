/** A preflight as text, as Markdown and as JSON. */
import { styleText } from "node:util";
import type { Format } from "@tag-to-endpoint/command-line";
import { type Finding, isBad, subjects } from "../../infra/preflight/check.ts";
import { asText } from "../../lib/text/markdown.ts";
import { problemLines } from "../../lib/text/problem.ts";

export interface Reported {
  readonly stack: string;
  readonly findings: readonly Finding[];
}

export function render(format: Format, reported: Reported, colour = false): string {
  if (format === "json") return `${JSON.stringify(withCounts(reported), undefined, 2)}\n`;
  return format === "markdown" ? markdown(reported) : text(reported, colour);
}

const marks = { ok: "ok", warning: "WARNING", problem: "PROBLEM", "not checked": "?" } as const;
const colours = { ok: "green", warning: "yellow", problem: "red", "not checked": "gray" } as const;

function withCounts({ stack, findings }: Reported) {
  const count = (outcome: Finding["outcome"]) =>
    findings.filter((finding) => finding.outcome === outcome).length;
  return {
    stack,
    problems: count("problem"),
    warnings: count("warning"),
    notChecked: count("not checked"),
    ok: count("ok"),
    findings,
  };
}

function verdictWords(reported: Reported): string {
  const { stack, problems, warnings, notChecked, ok } = withCounts(reported);
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  return (
    `Stack ${stack} ${problems > 0 ? "cannot come up" : "can come up, as far as can be asked"}: ` +
    `${counted(problems, "problem")}, ${counted(warnings, "warning")}, ${ok} ok, ${notChecked} not checked.`
  );
}

/** What a row says beside its name: what was found, or why nothing was. */
function foundIn(finding: Finding): string {
  return finding.outcome === "not checked" ? `not checked: ${finding.reason}` : finding.found;
}

function text(reported: Reported, colour: boolean): string {
  const width = Math.max(...reported.findings.map(({ check }) => check.length));
  const row = (finding: Finding) => {
    const padded = marks[finding.outcome].padEnd(8);
    const mark = colour ? styleText(colours[finding.outcome], padded, { validateStream: false }) : padded;
    const line = `  ${mark} ${finding.check.padEnd(width)}  `;
    return isBad(finding)
      ? `${line}${finding.setting}\n${problemLines(finding, 11)}`
      : `${line}${foundIn(finding)}`;
  };
  const sections = subjects.flatMap((subject) => {
    const rows = reported.findings.filter((finding) => finding.subject === subject).map(row);
    return rows.length > 0 ? [[subject, ...rows].join("\n")] : [];
  });
  return `${[verdictWords(reported), ...sections].join("\n\n")}\n`;
}

function markdown(reported: Reported): string {
  const rows = reported.findings.map((finding) => {
    const bad = isBad(finding);
    const cells = [
      bad ? `**${marks[finding.outcome]}**` : marks[finding.outcome],
      finding.subject,
      asText(finding.check),
      `\`${finding.setting}\``,
      asText(foundIn(finding)),
      bad ? asText(finding.allowed) : "",
      bad ? asText(finding.fix) : "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const head = ["", "Of", "Check", "Setting", "Found", "Allowed", "Fix"];
  return [
    `### ${asText(verdictWords(reported))}`,
    "",
    `| ${head.join(" | ")} |`,
    `|${"---|".repeat(head.length)}`,
    ...rows,
    "",
  ].join("\n");
}
