import { type ExitCode, exitCode } from "@tag-to-endpoint/command-line";
import { readRegister, type StackRecord } from "../register.ts";
import { type Standing, standingOf } from "../standing.ts";
import { findStrays, linesOf } from "../strays.ts";
import { tracesOf, wordsOf } from "../traces.ts";

/** Shows the stacks that are there, and what runs that were killed left. */
export async function list(): Promise<ExitCode> {
  const stacks = await Promise.all(
    readRegister().map(async (record) => ({
      record,
      standing: standingOf(record),
      traces: wordsOf(await tracesOf(record)),
    })),
  );
  const strays = linesOf(await findStrays());
  process.stdout.write(`${textOf(stacks, strays)}\n`);
  const isWell = strays.length === 0 && stacks.every(({ standing }) => !standing.needsPerson);
  return isWell ? exitCode.done : exitCode.attention;
}

interface Shown {
  readonly record: StackRecord;
  readonly standing: Standing;
  readonly traces: string;
}

function textOf(stacks: readonly Shown[], strays: readonly string[]): string {
  if (stacks.length + strays.length === 0) return "There is no throwaway stack, and nothing is left of one.";
  const lines: string[] = [];
  if (stacks.length > 0) {
    const head = ["NAME", "STATE", "AGE", "ENDS IN", "OWNER", "HAS"];
    const rows = stacks.map(({ record, standing: { state, age, remaining, owner }, traces }) => [
      record.stack,
      state,
      age,
      remaining,
      owner,
      traces,
    ]);
    lines.push(...columns([head, ...rows]));
  }
  lines.push(
    ...stacks.flatMap(({ record: { stack, failure } }) => (failure ? [`${stack}: ${failure}`] : [])),
  );
  if (strays.length > 0)
    lines.push("Of stacks that nobody knows any more:", ...strays.map((one) => `  ${one}`));
  if (strays.length > 0 || stacks.some(({ standing }) => standing.needsPerson)) {
    lines.push("Remove what runs that were killed left: npm run throwaway -- down --all");
  }
  return lines.join("\n");
}

/** Rows with aligned columns. */
function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
