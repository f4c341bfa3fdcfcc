import { textTable } from "../report/table.ts";
import type { Sample } from "./measure.ts";
import { trendOf } from "./trend.ts";

/** What a soak came to. */
export interface Soaked {
  /** What was measured in each round, after each of its operations. */
  readonly rounds: Sample[][];
  /** How often each operation was done. */
  readonly done: Map<string, number>;
  readonly failures: string[];
}

const rows: ReadonlyArray<readonly [key: keyof Sample, label: string, unit: string]> = [
  ["daemonMemory", "memory of the sandbox's process", "MiB"],
  ["daemonHandles", "open files of the sandbox's process", ""],
  ["appMemory", "memory of the app's container", "MiB"],
];

/** The table of a soak, and whether nothing in it grows. What cannot be told yet does not count as growth. */
export function tableOf({ rounds, done, failures }: Soaked): { text: string; isFlat: boolean } {
  const operations = [...done].map(([name, times]) => `${times} x ${name}`).join(", ");
  const head = `${rounds.length} rounds: ${operations || "no operation was done"}`;
  const failed = failures.map((one) => `FAILED ${one}`);
  if (rounds.length === 0) return { text: [head, ...failed].join("\n"), isFlat: true };
  const trends = rows.map(([key, label, unit]) => {
    // The level of a round is the lowest in it: what work takes for a moment does not count.
    const levels = rounds.map((samples) => Math.min(...samples.map((one) => one[key])));
    return { label, unit, ...trendOf(levels) };
  });
  const number = (value: number, unit: string) => `${value.toFixed(0)}${unit && ` ${unit}`}`;
  const table = textTable([
    ["what", "median", "change", "verdict"],
    ...trends.map(({ label, unit, median, change, grows }) => [
      label,
      number(median, unit),
      grows === undefined ? "-" : number(change, unit),
      grows === undefined ? "too few rounds to tell" : grows ? "GROWS" : "flat",
    ]),
  ]);
  return {
    text: [head, "", table, ...failed].join("\n"),
    isFlat: trends.every(({ grows }) => grows !== true),
  };
}
