import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Environment, gitlab, type StackOutputs } from "../environment.ts";
import { clone, type ModelProject, pushTag } from "../release.ts";
import { findProblems } from "./problems.ts";
import type { PressureResult } from "./result.ts";
import { broughtBy, finished, startWatch, type Watch } from "./watch.ts";

/** How hard to press. */
export interface PressureOrder {
  readonly models: readonly ModelProject[];
  /** How often all of them tag at the same moment. A round begins when the models of the one before are trained. */
  readonly rounds: number;
  /** How long one round may train, and all deployments may take after the last; in seconds. */
  readonly patienceSeconds: number;
}

type OnLine = (line: string) => void;

/**
 * Has all models tag at the same moment, round after round, watches what the app serves meanwhile, and finds what was
 * lost, overtaken, or green without being live. Rejects when a service does not answer, or the patience is over.
 */
export async function press(
  environment: Environment,
  outputs: StackOutputs,
  order: PressureOrder,
  onLine: OnLine = () => {},
): Promise<PressureResult> {
  const started = Date.now();
  const now = () => Date.now() - started;
  const { models } = order;
  const server = models[0]?.serverPath ?? "";
  const before = await newestPipeline(environment, server);
  const watch = startWatch(environment, outputs, { server, before, models, now });
  const pressing = pushAll(environment, order, { watch, now, onLine });
  pressing.catch(() => undefined);
  try {
    await Promise.race([pressing, watch.broken]);
  } finally {
    await watch.end();
  }
  const commits = await brought(environment, server);
  const seen = { ...watch.seen(), commits };
  return { ...seen, seconds: now() / 1000, problems: findProblems(seen) };
}

interface Pressing {
  readonly watch: Watch;
  readonly now: () => number;
  readonly onLine: OnLine;
}

async function pushAll(
  environment: Environment,
  order: PressureOrder,
  { watch, now, onLine }: Pressing,
): Promise<void> {
  const folders = await Promise.all(order.models.map((model) => clone(environment, model)));
  for (let round = 1; round <= order.rounds; round++) {
    const version = `v1.0.${round}`;
    const pushedAt = now();
    await Promise.all(folders.map((folder) => pushTag(environment, folder, version)));
    watch.expect(order.models.map(({ name }) => ({ model: name, version, pushedAt })));
    await trained(environment, order, version, (line) => onLine(`round ${round}: ${line}`));
  }
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  await deployed(watch, order.patienceSeconds, onLine);
}

/** Waits until the pipelines of a tag have ended in all models' projects. */
function trained(
  environment: Environment,
  { models, patienceSeconds }: PressureOrder,
  tag: string,
  onLine: OnLine,
): Promise<void> {
  const api = gitlab(environment);
  return until(patienceSeconds, onLine, async () => {
    const lists = await Promise.all(models.map(({ path }) => api.Pipelines.all(path, { ref: tag })));
    const ended = lists.filter(([newest]) => newest !== undefined && finished.has(newest.status)).length;
    return {
      isDone: ended === models.length,
      line: `${ended} of ${models.length} pipelines of ${tag} have ended`,
    };
  });
}

/** Waits until all deployments of the server's project have ended. */
function deployed(watch: Watch, patienceSeconds: number, onLine: OnLine): Promise<void> {
  return until(patienceSeconds, onLine, async () => {
    const { versions } = watch.seen();
    const served = versions.filter(({ servedAt }) => servedAt !== undefined).length;
    const waiting = watch.running();
    return {
      // A push that is accepted has its pipeline; the second look has begun after the last push.
      isDone: waiting === 0 && watch.looks() > 1,
      line: `${served} of ${versions.length} versions are served, ${waiting} deployments to go`,
    };
  });
}

/** Looks once a second, and tells each line that is new. Rejects with the last one when time is up. */
async function until(
  seconds: number,
  onLine: OnLine,
  look: () => Promise<{ isDone: boolean; line: string }>,
): Promise<void> {
  let shown = "";
  for (const end = Date.now() + seconds * 1000; ; await delay(1000)) {
    const { isDone, line } = await look();
    if (line !== shown) onLine(line);
    shown = line;
    if (isDone) return;
    if (Date.now() > end) throw new Error(`After ${seconds} s: ${line}`);
  }
}

async function newestPipeline(environment: Environment, server: string): Promise<number> {
  const [newest] = await gitlab(environment).Pipelines.all(server, { perPage: 1, maxPages: 1 });
  return newest?.id ?? 0;
}

/** What came to the server's repository, oldest first. */
async function brought(environment: Environment, server: string): Promise<string[]> {
  const commits = await gitlab(environment).Commits.all(server, { perPage: 100 });
  const titles = commits.map(({ title }) => broughtBy(title));
  return titles.filter((one) => one !== undefined).reverse();
}
