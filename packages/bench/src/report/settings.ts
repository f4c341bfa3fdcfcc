import { writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";
import type { Effort } from "../effort.ts";
import { format, ratioText } from "../figures.ts";
import type { Facts } from "../machine.ts";
import type { Run } from "../run.ts";
import { summarise } from "../statistics.ts";
import type { VariantResults } from "../variants.ts";
import { resultFile } from "./result-file.ts";
import { textTable } from "./table.ts";

/** Prints a table per kind of load and writes all values as JSON to `packages/bench/results/`. */
export function writeSettingsReport(
  run: Run,
  machine: Facts,
  effort: Effort,
  results: VariantResults[],
): void {
  const file = resultFile("settings");
  writeFileSync(`${file}.json`, `${JSON.stringify({ machine, effort, results }, null, 2)}\n`);
  for (const load of Object.keys(results[0]?.loads ?? {})) {
    process.stdout.write(`\n${load}\n${settingsTable(load, results)}\n`);
  }
  process.stdout.write(
    "\nMedians of the rounds; in brackets the ratio to the default's. Memory is that after all load.\n",
  );
  run.say(`written: ${path.relative(root, file)}.json`);
}

/** Every variant under one kind of load, with the ratio of its medians to the default's (the first). */
export function settingsTable(load: string, results: VariantResults[]): string {
  const served = results.filter(({ problem }) => problem === undefined);
  const failed = results.filter(({ problem }) => problem !== undefined);
  const medians = served.map((result) => {
    const values = result.loads[load];
    if (values === undefined) throw new Error(`${result.name} was not measured with ${load}`);
    return [values.requestsPerSecond, values.p50, values.p99, result.memory].map(
      (all) => summarise(all).median,
    );
  });
  const units = ["requests/s", "milliseconds", "milliseconds", "bytes"] as const;
  const rows = served.map((result, row) => [
    result.name,
    ...units.map((unit, column) => {
      const value = medians[row]?.[column] ?? Number.NaN;
      return `${format(value, unit)} (${ratioText(value / (medians[0]?.[column] ?? Number.NaN))})`;
    }),
  ]);
  const missing = failed.map(({ name }) => [name, "does not serve", "", "", ""]);
  return textTable([["", "requests", "p50", "p99", "memory"], ...rows, ...missing]);
}
