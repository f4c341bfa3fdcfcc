import { setTimeout as sleep } from "node:timers/promises";
import { type Environment, gitlab } from "@tag-to-endpoint/journey";
import { irisAnswer } from "../contenders.ts";
import { ask } from "../measure/ask.ts";
import type { Ends } from "./stages.ts";
import type { JobName, Way } from "./way.ts";

/** Milliseconds between two looks at jobs and logs, and between two requests for a prediction. */
const LOOK_MS = 100;
const ASK_MS = 50;
/** After which a tag that has brought no answer has failed. */
const LIMIT_MS = 15 * 60_000;

interface Job {
  id: number;
  created_at: string;
  started_at: string | null;
  status: string;
}

/** What is known of a job so far. */
interface Seen {
  job?: Job;
  log: string;
}

const ENDED = ["failed", "canceled", "skipped"];

/**
 * Watches a tag that is being pushed from outside, as a user can: by the API's jobs, their logs and the endpoint.
 * @param before the number of the server's newest pipeline before the push
 * @returns when each stage ended
 * @throws where a job fails, or no right answer comes
 */
export async function watch(
  environment: Environment,
  way: Way,
  tag: string,
  before: number,
  signal: AbortSignal,
): Promise<Ends> {
  const ends: Ends = {};
  const answered = firstRightAnswer(way, tag, signal).then((time) => {
    ends["release, boot, first right answer"] = time;
  });
  const done = { answered: false };
  const finished = answered.finally(() => {
    done.answered = true;
  });
  const seen: Record<JobName, Seen> = { train: { log: "" }, deploy: { log: "" } };
  const looking = (async () => {
    while (!done.answered) {
      await look(environment, way, tag, before, seen);
      note(way, seen, ends);
      await sleep(LOOK_MS, undefined, { signal });
    }
  })();
  await Promise.all([finished, looking]);
  return ends;
}

async function look(
  environment: Environment,
  way: Way,
  tag: string,
  before: number,
  seen: Record<JobName, Seen>,
): Promise<void> {
  const api = gitlab(environment);
  const jobOf = async (project: string, isIt: (pipeline: { id: number }) => boolean, ref?: string) => {
    const pipelines = await api.Pipelines.all(project, { ...(ref && { ref }), perPage: 5, maxPages: 1 });
    const pipeline = pipelines.find(isIt);
    const jobs = pipeline ? await api.Jobs.all(project, { pipelineId: pipeline.id }) : [];
    // The job that trains or deploys is the last of its pipeline.
    return jobs.sort((a, b) => a.id - b.id).at(-1) as unknown as Job | undefined;
  };
  const found = {
    train: await jobOf(way.model, () => true, tag),
    deploy: await jobOf(way.server, ({ id }) => id > before),
  };
  for (const [name, project] of [["train", way.model] as const, ["deploy", way.server] as const]) {
    const job = found[name];
    if (!job) continue;
    const log = job.started_at ? String(await api.Jobs.showLog(project, job.id)) : "";
    seen[name] = { job, log };
    if (ENDED.includes(job.status)) {
      throw new Error(`${way.side}: job ${job.id} of ${project} is ${job.status}:\n${log.slice(-2000)}`);
    }
  }
}

/** Notes the ends that have been reached since the last look. */
function note(way: Way, { train, deploy }: Record<JobName, Seen>, ends: Ends): void {
  const now = Date.now();
  const at = (time: string | null | undefined) => (time ? Date.parse(time) : undefined);
  const known: Ends = {
    "push to start of the job": at(train.job?.started_at),
    "commit to the server's repository": at(deploy.job?.created_at),
    "start of the deploy job": at(deploy.job?.started_at),
  } as Ends;
  for (const [stage, time] of Object.entries(known)) {
    if (time !== undefined) ends[stage as keyof Ends] ??= time;
  }
  for (const { stage, job, text } of way.marks) {
    if (ends[stage] === undefined && { train, deploy }[job].log.includes(text)) ends[stage] = now;
  }
}

async function firstRightAnswer(way: Way, tag: string, signal: AbortSignal): Promise<number> {
  const url = new URL(`mlapi/v2/models/iris-decision-tree/versions/${tag}/infer`, way.appUrl);
  let last = "";
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(ASK_MS, undefined, { signal })) {
    last = await ask(url);
    if (last.includes(irisAnswer)) return Date.now();
  }
  throw new Error(`${way.side}: ${url} gave no right answer in time. The last one: ${last.slice(0, 500)}`);
}
