import { setTimeout as delay } from "node:timers/promises";
import { type Environment, gitlab, type StackOutputs } from "../environment.ts";
import type { ModelProject } from "../release.ts";
import type { Delivery, PressedVersion, Seen } from "./result.ts";
import { servedVersions } from "./served.ts";

/** Looks again and again at what the app serves and at the server's pipelines. */
export interface Watch {
  /** Adds versions that are on their way. */
  expect(versions: readonly PressedVersion[]): void;
  seen(): Seen;
  /** Deployments that have not ended, as far as was seen last. */
  running(): number;
  /** How often all was looked at since the last version was expected. */
  looks(): number;
  /** Rejects when a look failed. */
  readonly broken: Promise<never>;
  end(): Promise<void>;
}

export interface Watched {
  /** Path of the server's project. */
  readonly server: string;
  /** Number of the last pipeline that is not looked at. */
  readonly before: number;
  readonly models: readonly ModelProject[];
  /** Milliseconds since the start. */
  readonly now: () => number;
}

export const finished = new Set(["success", "failed", "canceled", "skipped"]);

/** `NAME VERSION` of a commit that brought a version. */
export const broughtBy = (title: unknown) => /^Release model (\S+ \S+)$/.exec(String(title))?.[1];

function note(expected: readonly PressedVersion[], served: readonly string[], at: number): void {
  for (const one of expected) {
    if (served.includes(one.version)) one.servedAt ??= at;
    else if (one.servedAt !== undefined) one.vanishedAt ??= at;
  }
}

export function startWatch(environment: Environment, outputs: StackOutputs, watched: Watched): Watch {
  const versions: PressedVersion[] = [];
  const deliveries = new Map<number, Delivery>();
  const failedAnswers: string[] = [];
  let slowestAnswer = 0;
  let running = 0;
  let looks = 0;
  let isOver = false;
  const { server, now } = watched;
  const api = gitlab(environment);

  /** What the app serves of a model; undefined where it gave no proper answer. */
  async function askApp(model: string): Promise<readonly string[] | undefined> {
    try {
      const { status, versions: served, milliseconds } = await servedVersions(outputs, model);
      slowestAnswer = Math.max(slowestAnswer, milliseconds);
      // 404 is a model that it does not have yet.
      if (status === 200 || status === 404) return served;
      failedAnswers.push(`${model}: ${status}, ${Math.round(now() / 1000)} s after the start`);
    } catch (error) {
      failedAnswers.push(`${model}: ${String(error)}, ${Math.round(now() / 1000)} s after the start`);
    }
    return undefined;
  }

  async function lookAtApp(): Promise<void> {
    for (const { name } of watched.models) {
      // What is expected from here on was not asked for.
      const expected = versions.filter(({ model }) => model === name);
      const served = await askApp(name);
      if (served !== undefined) note(expected, served, now());
    }
  }

  async function lookAtPipelines(): Promise<void> {
    const own = (await api.Pipelines.all(server, { perPage: 100 })).filter(({ id }) => id > watched.before);
    running = own.filter(({ status }) => !finished.has(status)).length;
    for (const { id, sha, status, web_url: webUrl } of own) {
      if (!finished.has(status) || deliveries.get(id)?.status === status) continue;
      const jobs = await api.Jobs.all(server, { pipelineId: id });
      const traces = await Promise.all(jobs.map((job) => api.Jobs.showLog(server, job.id)));
      const brought = broughtBy((await api.Commits.show(server, sha)).title);
      const [model = "", version = ""] = brought?.split(" ") ?? [];
      const wasServed = brought === undefined || ((await askApp(model))?.includes(version) ?? false);
      const isRelease = traces.some((text) => /^Release v\d+ of \S+ is live\.\r?$/m.test(String(text)));
      deliveries.set(id, {
        ...{ id, status, webUrl: String(webUrl), isRelease, wasServed },
        ...(brought !== undefined && { brought }),
      });
    }
  }

  const done = (async () => {
    for (; !isOver; await delay(1000)) {
      await lookAtApp();
      await lookAtPipelines();
      looks += 1;
    }
  })();
  const broken = new Promise<never>((_, reject) => void done.catch(reject));
  // `end` tells it, too.
  broken.catch(() => undefined);
  return {
    expect(more) {
      versions.push(...more);
      looks = 0;
    },
    seen: () => ({
      versions,
      deliveries: [...deliveries.values()].sort((a, b) => a.id - b.id),
      slowestAnswer,
      failedAnswers,
    }),
    running: () => running,
    looks: () => looks,
    broken,
    async end() {
      isOver = true;
      await done;
    },
  };
}
