import { writeFile } from "node:fs/promises";
import type { Leftover } from "@tag-to-endpoint/throwaway/accounts";
import type { Difference } from "./shapes.ts";
import type { StepOutcome } from "./steps.ts";

export interface Outcome {
  readonly steps: StepOutcome[];
  left: readonly Leftover[];
}

export interface Report extends Outcome {
  /** Operations that were seen. */
  readonly operations: readonly string[];
  readonly differences: readonly Difference[];
}

/**
 * Writes the report as Markdown and as JSON. Both go to other people: steps, times, operations, names and types of
 * properties are in them, and no value, name or address of the accounts. @returns the files
 */
export async function writeReports(base: string, report: Report): Promise<string[]> {
  const files = { [`${base}.md`]: markdown(report), [`${base}.json`]: json(report) };
  for (const [file, text] of Object.entries(files)) await writeFile(file, text);
  return Object.keys(files);
}

function json({ steps, left, operations, differences }: Report): string {
  const told = {
    steps: steps.map(({ title, seconds, failed }) => ({ title, seconds, ok: failed === undefined })),
    left: left.map(({ entry: { service, kind } }) => ({ service, kind })),
    operations,
    differences,
  };
  return `${JSON.stringify(told, undefined, 2)}\n`;
}

function markdown({ steps, left, operations, differences }: Report): string {
  const lines = [
    "# Verification on real accounts",
    "",
    "| Step | | Seconds |",
    "|---|---|---|",
    ...steps.map(
      ({ title, seconds, failed }) => `| ${title} | ${failed === undefined ? "ok" : "failed"} | ${seconds} |`,
    ),
    "",
    left.length === 0
      ? "Nothing that was made is left."
      : `Left behind: ${left.map(({ entry: { service, kind } }) => `${service} ${kind}`).join(", ")}.`,
    "",
    "## Answers that differ from the sandbox's",
    "",
    `${operations.length} operations were seen. Jobs talk to the services from their runners, which is not seen here.`,
    "",
    ...(differences.length === 0
      ? ["None differs."]
      : ["| Operation | Status | Difference |", "|---|---|---|"]),
    ...differences.map(
      ({ operation, status, difference }) =>
        `| \`${operation}\` | ${status} | ${difference.replaceAll("|", "\\|")} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
