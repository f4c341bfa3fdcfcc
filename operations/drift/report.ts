import type { Format } from "@tag-to-endpoint/command-line";
import { called } from "../../lib/kinds/called.ts";
import { types } from "../../lib/pulumi/types.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import { asText } from "../../lib/text/markdown.ts";
import { acceptedWords } from "./accepted.ts";
import type { AttributeDrift, DriftedResource } from "./resources.ts";
import type { Unmanaged } from "./unmanaged/check.ts";

/** What is not the stack's, with the command line that takes it away. */
export type Told = Omit<Unmanaged, "undo"> & { readonly restore?: string };

/** The services compared with the stack. */
export interface Report {
  readonly stack: string;
  readonly drift: readonly DriftedResource[];
  /** What is not the stack's and weakens it. */
  readonly unmanaged: readonly Told[];
  readonly notes: readonly string[];
  /** How many findings the stack accepts by its setting. */
  readonly accepted?: number;
}

/** Whether there is something to act upon. */
export function hasDrift({ drift, unmanaged }: Report): boolean {
  return drift.length + unmanaged.length > 0;
}

/** Command line that puts back all that is the stack's. */
function restoreAll({ stack, drift }: Report): string | undefined {
  // What an update does not put back has a command of its own.
  const others = drift.filter(
    ({ restore }) => !/^npx pulumi (up|refresh) /.test(restore) || restore.includes("--target-replace"),
  );
  if (drift.length < 2 || others.length > 0) return undefined;
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

/** How a finding that is meant to be is accepted, on the first one. */
function acceptance({ stack, unmanaged, accepted = 0 }: Report): string[] {
  const [first] = unmanaged;
  if (!first) return [];
  const words = `'${acceptedWords(first).replaceAll("'", String.raw`'\''`)}'`;
  return [
    "What is meant to be there goes into setting driftAccepted, such as:",
    `npx pulumi config set --stack ${stack} --path 'driftAccepted[${accepted}]' ${words}`,
  ];
}

const sinceLines = ({ since }: { readonly since?: string }) => (since ? [`since ${since}`] : []);

function changeLines(one: DriftedResource): string[] {
  return [
    `  ${called(one)}${one.what === "deleted" ? ": DELETED" : ""}`,
    ...[
      ...(one.note ? [one.note] : []),
      ...one.attributes.map(changeWords),
      ...sinceLines(one),
      `restore: ${one.restore}`,
    ].map((line) => `    ${line}`),
  ];
}

function foundLines(one: Told): string[] {
  const restore = one.restore ? [`restore: ${one.restore}`] : [];
  const lines = [one.effect, ...sinceLines(one), one.remedy, ...restore];
  return [`  ${called(one)}`, ...lines.map((line) => `    ${line}`)];
}

function text(report: Report): string {
  const lines = [headline(report)];
  let section = "";
  for (const one of report.drift) {
    if (one.section !== section) lines.push("", one.section);
    section = one.section;
    lines.push(...changeLines(one));
  }
  const all = restoreAll(report);
  if (all) lines.push("", `To put all of it back: ${all}`);
  if (report.unmanaged.length > 0) lines.push("", "Not made by the stack");
  lines.push(...report.unmanaged.flatMap(foundLines));
  const [how, command] = acceptance(report);
  if (how && command) lines.push("", how, `  ${command}`);
  if (report.notes.length > 0) lines.push("", ...report.notes.map((note) => `Note: ${note}`));
  return `${lines.join("\n")}\n`;
}

function changeRow(one: DriftedResource): string {
  const gone = one.note ? `**deleted**: ${asText(one.note)}` : "**deleted**";
  const changes = one.what === "deleted" ? [gone] : one.attributes.map(changeWords).map(asText);
  return `| ${asText(called(one))} | ${[...changes, ...sinceLines(one).map(asText)].join("<br>")} |`;
}

function foundRow(one: Told): string {
  const [since] = sinceLines(one);
  const effect = since ? `${one.effect} (${since})` : one.effect;
  return `| ${[called(one), effect, one.remedy].map(asText).join(" | ")} |`;
}

const shellBlock = (title: string, commands: readonly string[]) =>
  commands.length > 0 ? ["", title, "", "```sh", ...commands, "```"] : [];

function markdown(report: Report): string {
  const lines = [`### ${asText(headline(report))}`];
  if (report.drift.length > 0) {
    const all = restoreAll(report);
    const commands = [...report.drift.map(({ restore }) => restore), ...(all ? ["# all of it", all] : [])];
    lines.push("", "| What | Stack -> now |", "|---|---|", ...report.drift.map(changeRow));
    lines.push(...shellBlock("Restore:", commands));
  }
  if (report.unmanaged.length > 0) {
    lines.push("", "#### Not made by the stack", "", "| What | Effect | To do |", "|---|---|---|");
    lines.push(...report.unmanaged.map(foundRow));
    lines.push(
      ...shellBlock(
        "Restore:",
        report.unmanaged.flatMap(({ restore }) => restore ?? []),
      ),
    );
  }
  if (report.notes.length > 0) lines.push("", ...report.notes.map((note) => `- ${asText(note)}`));
  return `${lines.join("\n")}\n`;
}
