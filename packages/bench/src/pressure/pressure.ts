import { writeFile } from "node:fs/promises";
import { modelProject, type PressureResult, press, stackOutputs } from "@tag-to-endpoint/journey";
import { resultFile } from "../report/result-file.ts";
import { textTable } from "../report/table.ts";
import { summarise } from "../statistics.ts";
import { withStack } from "./stack.ts";

export interface PressureSettings {
  readonly models: number;
  readonly rounds: number;
}

/** The template that every model is made of: it trains in seconds. */
const template = "iris-decision-tree";

/** Minutes that a version may take, and that a stack takes beside. */
const MINUTES_EACH = 2;
const MINUTES_MORE = 10;

/**
 * Many models tag at the same moment, again and again, in a sandbox of their own. Prints what came of it.
 * @returns whether no version was lost, overtaken or green without being live
 */
export async function benchPressure({ models, rounds }: PressureSettings): Promise<boolean> {
  const started = Date.now();
  const say = (text: string) =>
    process.stdout.write(`${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s  ${text}\n`);
  const wanted = Array.from({ length: models }, (_, index) => ({ name: `model-${index + 1}`, template }));
  let result: PressureResult | undefined;
  say(`a sandbox and a stack with ${models} models`);
  await withStack(wanted, async (environment) => {
    const outputs = await stackOutputs(environment);
    const projects = wanted.map(({ name }) => modelProject(outputs, name));
    const patienceSeconds = (models * rounds * MINUTES_EACH + MINUTES_MORE) * 60;
    result = await press(environment, outputs, { models: projects, rounds, patienceSeconds }, say);
  });
  if (result === undefined) return false;
  process.stdout.write(`\n${pressureReport(result)}\n`);
  const file = `${resultFile("pressure")}.json`;
  await writeFile(file, `${JSON.stringify({ models, rounds, ...result }, undefined, 2)}\n`);
  process.stdout.write(`\n${file}\n`);
  return result.problems.length === 0;
}

/** What came of the tags, as text: a row for each round, the deployments, and each problem. */
export function pressureReport(result: PressureResult): string {
  const { versions, deliveries, slowestAnswer, failedAnswers, seconds, problems } = result;
  const rounds = Map.groupBy(versions, ({ version }) => version);
  const rows = [...rounds].map(([version, those]) => {
    const served = those.flatMap(({ pushedAt, servedAt }) =>
      servedAt === undefined ? [] : [servedAt - pushedAt],
    );
    const { min, median, max } = served.length === 0 ? { min: 0, median: 0, max: 0 } : summarise(served);
    return [version, `${served.length} of ${those.length}`, ...[min, median, max].map(inSeconds)];
  });
  const releases = deliveries.filter(({ isRelease }) => isRelease).length;
  return [
    textTable([["tag", "served", "first", "median", "last"], ...rows]),
    "",
    `${deliveries.length} pipelines delivered ${versions.length} versions in ${releases} releases, in ${Math.round(seconds)} s.`,
    `The slowest of the questions to the app meanwhile took ${inSeconds(slowestAnswer)}; ${failedAnswers.length} were not answered.`,
    problems.length === 0
      ? "Nothing was lost, and nothing was overtaken."
      : [`${problems.length} problems:`, ...problems.map((problem) => `  ${problem}`)].join("\n"),
  ].join("\n");
}

const inSeconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
