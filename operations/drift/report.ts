import { asText, type Format } from "../cli/report-format.ts";
import { type Change, KINDS, type Kind } from "./changes.ts";
import type { Finding } from "./outside.ts";

/** What a look at the services gave, compared with the stack. */
export interface Report {
  readonly stack: string;
  readonly drift: readonly Change[];
  /** What is not the stack's and weakens it. */
  readonly outside: readonly Finding[];
  readonly notes: readonly string[];
}

const TITLES: Readonly<Record<Kind, string>> = {
  protection: "Protection",
  variable: "CI/CD variables",
  token: "Credentials",
  project: "Projects",
  app: "Heroku",
  other: "Other",
};

/** Whether there is something to act upon. */
export function hasDrift({ drift, outside }: Report): boolean {
  return drift.length + outside.length > 0;
}

/** Command line that puts back all that is the stack's. */
function restoreAll({ stack, drift }: Report): string | undefined {
  const revoked = drift.filter(({ restore }) => restore.includes("--target-replace"));
  if (drift.length < 2 || revoked.length > 0) return undefined;
  return `npx pulumi up --stack ${stack} --refresh`;
}

/** Renders a report. JSON has a field `drifted` for scripts. */
export function render(report: Report, format: Format): string {
  if (format === "json") return `${JSON.stringify({ drifted: hasDrift(report), ...report }, null, 2)}\n`;
  return format === "text" ? text(report) : markdown(report);
}

function headline({ stack, drift, outside }: Report): string {
  if (drift.length + outside.length === 0) return `Stack ${stack}: no drift.`;
  const parts = [
    `${drift.length} changed outside`,
    ...(outside.length > 0 ? [`${outside.length} not the stack's`] : []),
  ];
  return `Stack ${stack}: ${parts.join(", ")}.`;
}

function text(report: Report): string {
  const lines = [headline(report)];
  for (const kind of KINDS) {
    const changes = report.drift.filter((change) => change.kind === kind);
    if (changes.length > 0) lines.push("", TITLES[kind]);
    for (const change of changes) {
      lines.push(`  ${change.where}: ${change.subject}${change.what === "deleted" ? ": DELETED" : ""}`);
      for (const { name, old, new: value } of change.attributes)
        lines.push(`    ${name}: ${old} -> ${value}`);
      lines.push(`    restore: ${change.restore}`);
    }
  }
  const all = restoreAll(report);
  if (all) lines.push("", `All of it: ${all}`);
  if (report.outside.length > 0) lines.push("", "Not the stack's");
  for (const { where, subject, effect, remedy } of report.outside) {
    lines.push(`  ${where}: ${subject}`, `    ${effect}`, `    ${remedy}`);
  }
  if (report.notes.length > 0) lines.push("", ...report.notes.map((note) => `Note: ${note}`));
  return `${lines.join("\n")}\n`;
}

function markdown(report: Report): string {
  const lines = [`### ${asText(headline(report))}`];
  if (report.drift.length > 0) {
    lines.push("", "| Where | What | Stack -> now |", "|---|---|---|");
    for (const { where, subject, what, attributes } of report.drift) {
      const values = attributes.map(({ name, old, new: value }) => `${name}: ${old} -> ${value}`);
      const cell = what === "deleted" ? "**deleted**" : values.map(asText).join("<br>");
      lines.push(`| ${asText(where)} | ${asText(subject)} | ${cell} |`);
    }
    const all = restoreAll(report);
    const commands = [...report.drift.map(({ restore }) => restore), ...(all ? ["# all of it", all] : [])];
    lines.push("", "Restore:", "", "```sh", ...commands, "```");
  }
  if (report.outside.length > 0) {
    lines.push("", "#### Not the stack's", "", "| Where | What | Effect | To do |", "|---|---|---|---|");
    for (const one of report.outside) {
      lines.push(`| ${[one.where, one.subject, one.effect, one.remedy].map(asText).join(" | ")} |`);
    }
  }
  if (report.notes.length > 0) lines.push("", ...report.notes.map((note) => `- ${asText(note)}`));
  return `${lines.join("\n")}\n`;
}
