/** The tables of docs/posture.md, made from the rules of `npm run posture`. */
import { partition } from "../../../lib/text/lists.ts";
import { asText } from "../../../lib/text/markdown.ts";
import type { Rule } from "../../../operations/posture/rule.ts";
import { wellFacts } from "../posture/facts.ts";

/** The rules that a stack may fail knowingly, those with one reason in one row. */
export function leftTable(rules: readonly Rule[]): string {
  const left = rules.flatMap((rule) => {
    const reason = reasonOf(rule);
    return reason === undefined ? [] : [{ reason, rule }];
  });
  const rows = partition(left, ({ reason }) => reason).map((same) => [
    asText(same[0]?.reason ?? ""),
    same.map(({ rule: { source, id } }) => (source === "cis" ? id : `\`${id}\``)).join(", "),
    [...new Set(same.map(({ rule: { mend } }) => asText(mend)))].join("; "),
  ]);
  return table(["Why it is left", "Rules", "What mends it"], rows);
}

/** The rules that are neither benchmark's. */
export function ownTable(rules: readonly Rule[]): string {
  const own = rules.filter(({ source }) => source === "own");
  return table(
    ["Rule", "Wants", "About"],
    own.map(({ id, title, about }) => [
      `\`${id}\``,
      asText(title),
      about === "project" ? "each project" : `the ${about}`,
    ]),
  );
}

/** The reason for a stack without a project of its own; a tier comes first, since it says most. */
function reasonOf({ tier, left }: Rule): string | undefined {
  if (tier !== undefined) return `needs GitLab ${tier}`;
  return typeof left === "function" ? left({ ...wellFacts, projects: [] }) : left;
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`);
  return lines.join("");
}
