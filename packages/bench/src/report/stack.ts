import { writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";
import type { Facts } from "../machine.ts";
import type { Run } from "../run.ts";
import { costs, groups } from "../stack/phases.ts";
import { summarise } from "../statistics.ts";
import { resultFile } from "./result-file.ts";
import { textTable } from "./table.ts";
import { type Timeline, timelinePlot } from "./timeline.ts";

/** One command of one round; several stacks at once have no processes of their own. */
export type StackResult = Timeline;

/** Seconds that a command may take, on two idle cores. */
const targets: Readonly<Record<string, number>> = {
  "up of a new stack": 10,
  "preview without a change": 3,
  "up without a change": 3,
  destroy: 3,
};

/** Prints the table and writes the results as JSON and as a picture to `packages/bench/results/`. */
export function writeStackReport(run: Run, machine: Facts, rounds: number, results: StackResult[]): void {
  const file = resultFile("stack");
  writeFileSync(`${file}.json`, `${JSON.stringify({ machine, rounds, results }, null, 2)}\n`);
  const last = results.slice(-Object.keys(targets).length - 1).filter(({ phases }) => phases.length > 0);
  writeFileSync(`${file}.svg`, timelinePlot(last));
  process.stdout.write(`\n${stackTable(results)}\n\n`);
  process.stdout.write(
    "Medians of the rounds; processor time by kind of process. The sandbox's own is not in it.\n" +
      `machine: ${Object.entries(machine)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}\n`,
  );
  run.say(`written: ${path.relative(root, file)}.json and .svg (a line for each process of the last round)`);
}

/** A row for each command: its time, where it went, and whether the target is reached. */
export function stackTable(results: readonly StackResult[]): string {
  const rows = [...Map.groupBy(results, ({ title }) => title)].map(([title, those]) => {
    const wall = summarise(those.map((one) => one.wall)).median / 1000;
    const cpu = those.map(({ phases }) => costs(phases));
    const each = groups.map(
      (group) => `${(summarise(cpu.map((one) => one[group])).median / 1000).toFixed(2)} s`,
    );
    const target = targets[title];
    const verdict = target === undefined ? "" : `below ${target} s: ${wall < target ? "reached" : "MISSED"}`;
    return [
      title,
      `${wall.toFixed(1)} s`,
      ...(those[0]?.phases.length ? each : groups.map(() => "")),
      verdict,
    ];
  });
  return textTable([["", "time", ...groups, "target"], ...rows]);
}
