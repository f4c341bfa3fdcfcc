/**
 * For vitest, around a run: sandboxes hold their answers to the contracts and record them, and the run fails where one
 * differs, whatever the test made of it. `npm run likeness` reads what was recorded.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { LIKENESS, readRecords, recordsFolder } from "@tag-to-endpoint/sandbox";

export function setup(): () => void {
  const folder = join(recordsFolder, `${new Date().toISOString().replaceAll(/\D/g, "")}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.env[LIKENESS] = resolve(folder);
  return () => {
    const wrong = readRecords(folder).flatMap(({ operation, client, problems }) =>
      problems.map((problem) => `${operation} (${client}): ${problem}`),
    );
    if (wrong.length === 0) return;
    throw new Error(`The sandbox differs from its contract:\n${[...new Set(wrong)].sort().join("\n")}`);
  };
}
