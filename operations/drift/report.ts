import type { Format } from "@tag-to-endpoint/command-line";
import { called } from "../../lib/kinds/called.ts";
import { types } from "../../lib/pulumi/types.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import { asText } from "../../lib/text/markdown.ts";
import type { AttributeDrift, DriftedResource } from "./resources.ts";
import type { Unmanaged } from "./unmanaged/check.ts";

/** The services compared with the stack. */
export interface Report {
  readonly stack: string;
  readonly drift: readonly DriftedResource[];
  /** What is not the stack's and weakens it. */
  readonly unmanaged: readonly Unmanaged[];
  readonly notes: readonly string[];
}

/** Whether there is something to act upon. */
export function hasDrift({ drift, unmanaged }: Report): boolean {
  return drift.length + unmanaged.length > 0;
}

/** Command line that puts back all that is the stack's. */
function restoreAll({ stack, drift }: Report): string | undefined {
  const revoked = drift.filter(({ restore }) => restore.includes("--target-replace"));
  if (drift.length < 2 || revoked.length > 0) return undefined;
  const all = `npx pulumi up --stack ${stack} --refresh`;
  // An app that is gone comes first: nothing that belongs to it can be refreshed until there is one again.
  const first = drift.find(({ what, urn }) => what === "deleted" && typeOf(urn) === types.heroku.app);
  return first ? `${first.restore} && ${all}` : all;
}

/** Renders a report. JSON has a field `drifted` for scripts. */
export function render(report: Report, format: Format): string {
  if (format === "json") return `${JSON.stringify({ drifted: hasDrift(report), ...report }, null, 2)}\n`;
  return format === "text" ? text(report) : markdown(report);
}

function headline({ stack, drift, unmanaged }: Report): string {
  if (drift.length + unmanaged.length === 0) return `Stack ${stack}: no drift.`;
  const parts = [
    `${drift.length} changed outside`,
    ...(unmanaged.length > 0 ? [`${unmanaged.length} not made by the stack`] : []),
  ];
  return `Stack ${stack}: ${parts.join(", ")}.`;
}

/** In the words of a review: `who may create: Maintainers -> Developers`. */
function changeWords({ label, before, after }: AttributeDrift): string {
  return `${label}: ${before} -> ${after}`;
}

function text(report: Report): string {
  const lines = [headline(report)];
  let section = "";
  for (const one of report.drift) {
    if (one.section !== section) lines.push("", one.section);
    section = one.section;
    lines.push(`  ${called(one)}${one.what === "deleted" ? ": DELETED" : ""}`);
    if (one.note) lines.push(`    ${one.note}`);
    lines.push(...one.attributes.map((attribute) => `    ${changeWords(attribute)}`));
    lines.push(`    restore: ${one.restore}`);
  }
  const all = restoreAll(report);
  if (all) lines.push("", `To put all of it back: ${all}`);
  if (report.unmanaged.length > 0) lines.push("", "Not made by the stack");
  for (const one of report.unmanaged) {
    lines.push(`  ${called(one)}`, `    ${one.effect}`, `    ${one.remedy}`);
  }
  if (report.notes.length > 0) lines.push("", ...report.notes.map((note) => `Note: ${note}`));
  return `${lines.join("\n")}\n`;
}

function markdown(report: Report): string {
  const lines = [`### ${asText(headline(report))}`];
  if (report.drift.length > 0) {
    lines.push("", "| What | Stack -> now |", "|---|---|");
    for (const one of report.drift) {
      const gone = one.note ? `**deleted**: ${asText(one.note)}` : "**deleted**";
      const cell = one.what === "deleted" ? gone : one.attributes.map(changeWords).map(asText).join("<br>");
      lines.push(`| ${asText(called(one))} | ${cell} |`);
    }
    const all = restoreAll(report);
    const commands = [...report.drift.map(({ restore }) => restore), ...(all ? ["# all of it", all] : [])];
    lines.push("", "Restore:", "", "```sh", ...commands, "```");
  }
  if (report.unmanaged.length > 0) {
    lines.push("", "#### Not made by the stack", "", "| What | Effect | To do |", "|---|---|---|");
    for (const one of report.unmanaged) {
      lines.push(`| ${[called(one), one.effect, one.remedy].map(asText).join(" | ")} |`);
    }
  }
  if (report.notes.length > 0) lines.push("", ...report.notes.map((note) => `- ${asText(note)}`));
  return `${lines.join("\n")}\n`;
}
