import { writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";
import { type Breakdown, type Stage, stages } from "../delivery/stages.ts";
import type { Warmth } from "../delivery/way.ts";
import { format, ratioText } from "../figures.ts";
import type { Facts } from "../machine.ts";
import type { Run } from "../run.ts";
import { summarise } from "../statistics.ts";
import { type Bar, barsPlot } from "./bars.ts";
import { resultFile } from "./result-file.ts";
import { textTable } from "./table.ts";

/** How long one tag took. */
export interface DeliveryResult extends Breakdown {
  readonly side: "chapter" | "ours";
  readonly warmth: Warmth;
}

/** At most this part of the chapter's time, and with warm caches at most this many seconds. */
const PART = 1 / 5;
const WARM_SECONDS = 10;

const columns = [
  ["chapter", "cold"],
  ["ours", "cold"],
  ["chapter", "warm"],
  ["ours", "warm"],
] as const;

/** Prints the tables and writes the results as JSON and as a picture to `packages/bench/results/`. */
export function writeDeliveryReport(
  run: Run,
  machine: Facts,
  rounds: number,
  results: DeliveryResult[],
): void {
  const file = resultFile("delivery");
  writeFileSync(`${file}.json`, `${JSON.stringify({ machine, rounds, stages, results }, null, 2)}\n`);
  const subtitle = `${machine.processor}, ${machine.cores} cores; medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}`;
  writeFileSync(
    `${file}.svg`,
    barsPlot("From git push of a tag to the first right prediction", subtitle, bars(results)),
  );
  process.stdout.write(`\n${deliveryTable(results)}\n\n${verdicts(results).join("\n")}\n`);
  process.stdout.write(
    `machine: ${Object.entries(machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}\nMedians of the rounds. packages/bench/README.md says what cold and warm are.\n`,
  );
  run.say(`written: ${path.relative(root, file)}.json and .svg`);
}

const of = (results: readonly DeliveryResult[], side: string, warmth: string) =>
  results.filter((one) => one.side === side && one.warmth === warmth);

const median = (results: readonly DeliveryResult[], value: (one: DeliveryResult) => number) =>
  summarise(results.map(value)).median;

/** A row for each stage and one for the whole; medians of each, so that the rows need not sum up to the last one. */
export function deliveryTable(results: readonly DeliveryResult[]): string {
  const row = (name: string, value: (one: DeliveryResult) => number) => [
    name,
    ...columns.map(([side, warmth]) => format(median(of(results, side, warmth), value), "seconds")),
  ];
  return textTable([
    ["", ...columns.map(([side, warmth]) => `${side}, ${warmth}`)],
    ...stages.map((stage) => row(stage, (one) => one.stages[stage])),
    row("all of it", (one) => one.total),
  ]);
}

/** What the targets come to. */
export function verdicts(results: readonly DeliveryResult[]): string[] {
  const total = (side: string, warmth: string) => median(of(results, side, warmth), (one) => one.total);
  const reached = (is: boolean) => (is ? "reached" : "MISSED");
  const parts = (["cold", "warm"] as const).map((warmth) => {
    const ratio = total("ours", warmth) / total("chapter", warmth);
    return `${warmth}: ${ratioText(ratio)} of the chapter's time; at most 1/${1 / PART}: ${reached(ratio <= PART)}`;
  });
  const warm = total("ours", "warm");
  const limit = `at most ${format(WARM_SECONDS, "seconds")}: ${reached(warm <= WARM_SECONDS)}`;
  return [...parts, `warm: ${format(warm, "seconds")}; ${limit}`];
}

/** A bar for each column: the round whose whole is the median, so that its parts sum up to it. */
export function bars(results: readonly DeliveryResult[]): Bar<Stage>[] {
  return columns.map(([side, warmth]) => {
    const sorted = of(results, side, warmth).toSorted((a, b) => a.total - b.total);
    const middle = sorted[Math.floor((sorted.length - 1) / 2)];
    if (!middle) throw new Error(`${side}, ${warmth}: nothing was measured`);
    return { name: `${side}, ${warmth}`, parts: stages.map((stage) => [stage, middle.stages[stage]]) };
  });
}
