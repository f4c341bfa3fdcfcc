import { writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";
import type { ImageEffort } from "../effort.ts";
import { describeTarget, type Figure, format, judge, ratioText, type Unit } from "../figures.ts";
import type { Facts } from "../machine.ts";
import type { Run } from "../run.ts";
import type { Summary } from "../statistics.ts";
import { figuresPlot } from "./plot.ts";
import { resultFile } from "./result-file.ts";
import { textTable } from "./table.ts";

/** Everything that a run of the image bench found out. */
export interface ImageResults {
  machine: Facts;
  versions: Record<string, Facts>;
  effort: ImageEffort;
  conditions: Record<string, string>;
  bases: Record<string, string>;
  figures: Figure[];
}

/** Prints the table and writes the results as JSON and as a plot to `packages/bench/results/`. */
export function writeImageReport(run: Run, results: ImageResults): void {
  const file = resultFile("image");
  const figures = results.figures.map((figure) => ({
    ...figure,
    ...judge(figure),
    rounds: { chapter: figure.chapter, ours: figure.ours },
  }));
  writeFileSync(`${file}.json`, `${JSON.stringify({ ...results, figures }, null, 2)}\n`);
  const { machine, conditions, bases, versions } = results;
  const subtitle = `${machine.processor}, ${machine.cores} cores; chapter's base: ${bases.chapter}; medians of ${results.effort.rounds} rounds`;
  writeFileSync(`${file}.svg`, figuresPlot("The serving image and the chapter's", subtitle, results.figures));
  process.stdout.write(`\n${figureTable(results.figures)}\n\n`);
  for (const side of ["chapter", "ours"]) {
    const packages = Object.entries(versions[side] ?? {}).map(([name, version]) => `${name} ${version}`);
    process.stdout.write(`${side}: on ${bases[side]}, run as ${conditions[side]}; ${packages.join(", ")}\n`);
  }
  process.stdout.write(
    `machine: ${Object.entries(machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}\n` +
      "Median (smallest to largest). MB are 10^6 bytes. container: cgroup memory less inactive file cache, as docker\n" +
      "stats has it; processes: sum of PSS. packages/bench/README.md says how each is measured.\n",
  );
  run.say(`written: ${path.relative(root, file)}.json and .svg`);
}

/** All figures as a text table, with the verdict beside each that has a target. */
export function figureTable(figures: Figure[]): string {
  const rows = figures.map((figure) => {
    const judgement = judge(figure);
    const verdict = figure.target
      ? `${describeTarget(figure.target, figure.unit)}: ${judgement.reached ? "reached" : "MISSED"}`
      : "";
    // A ratio of percentages would compare nothing.
    const ratio = figure.unit === "percent" ? "" : ratioText(judgement.ratio);
    const cells = [judgement.chapter, judgement.ours].map((summary) => range(summary, figure.unit));
    return [`${figure.group}: ${figure.name}`, ...cells, ratio, verdict];
  });
  return textTable([["", "chapter", "ours", "ours/chapter", "target"], ...rows]);
}

function range({ median, min, max }: Summary, unit: Unit): string {
  if (min === max) return format(median, unit);
  return `${format(median, unit)} (${format(min, unit)} to ${format(max, unit)})`;
}
