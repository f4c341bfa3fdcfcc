/**
 * Has a pipeline of the server project build the runtime image and release what the repository has, and waits until
 * it has ended. What happens meanwhile goes to standard error, which Pulumi shows; no credential is in it.
 * With argument `keep` it only repeats what it printed last.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { GitLabError, gitlab, gitlabGet, gitlabList, gitlabPost } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { ServiceUnavailable } from "../../lib/http/patience.ts";
import { Unreachable } from "../../lib/http/request.ts";
import { endOf } from "../../lib/process/run.ts";
import { main, variable, withoutCredentials } from "./command.ts";

/** The job that builds the images, and the file in which it says by which names: `image/repository/.gitlab-ci.yml`. */
const BUILD_JOB = "build_runtime";
const BUILT_FILE = "runtime.env";
const BUILT_RUNTIME = "BUILT_RUNTIME_IMAGE";
const BUILT_TRAINING = "BUILT_TRAINING_IMAGE";

export interface PipelineRequest {
  readonly account: Account;
  /** Id of the server project. */
  readonly project: string;
  readonly branch: string;
  /** Whether the pipeline is to build the training image, too. */
  readonly training: boolean;
  /** Told a line at a time. */
  say(line: string): void;
  /** How long things may take; other ones are for tests. */
  readonly limits?: Limits;
}

export interface Limits {
  readonly pollSeconds: number;
  /** From the first look to the end of the pipeline: as long as GitLab lets a job run by default. */
  readonly totalSeconds: number;
  /** For a job to be taken where GitLab knows of no runner that is online. */
  readonly runnerSeconds: number;
}

const LIMITS: Limits = { pollSeconds: 3, totalSeconds: 3600, runnerSeconds: 180 };

export interface PipelineResult {
  readonly pipeline: string;
  /** The runtime image by digest. */
  readonly runtimeImage: string;
  /** The training image by digest, where it was wanted. */
  readonly trainingImage?: string;
}

/** https://docs.gitlab.com/api/pipelines/ */
interface Pipeline {
  readonly id: number;
  readonly status: string;
  readonly web_url: string;
}

/** https://docs.gitlab.com/api/jobs/ */
interface Job {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly web_url: string;
  readonly failure_reason?: string;
}

/** Statuses of a pipeline of which no job has started: it will see the variables as they are now. */
const NOT_STARTED = ["created", "preparing", "pending"];
/** Statuses after which nothing follows by itself. */
const ENDED = ["success", "failed", "canceled", "skipped", "manual", "scheduled"];

const again = "Then run `npx pulumi up` again.";
const orHere = "Or build on a machine with docker: pulumi config set mlops:firstRelease local";

/** @throws with the end of the failed job's log, or with what the pipeline waits for in vain */
export async function releaseByPipeline(request: PipelineRequest): Promise<PipelineResult> {
  const { say } = request;
  const { id, web_url: url } = await start(request);
  say(`Pipeline ${url} builds the runtime image and releases it.`);
  const { status, jobs } = await end(request, { id, url });
  if (status !== "success") throw new Error(await failure(request, url, status, jobs));
  const build = jobs.find(({ name }) => name === BUILD_JOB);
  if (!build) {
    throw new Error(
      `Pipeline ${url} has no job ${BUILD_JOB}: the server's repository has another .gitlab-ci.yml than the one of ` +
        `image/repository/.\nTake .gitlab-ci.yml and ci/ from there, commit and push. ${again}`,
    );
  }
  return { pipeline: url, ...(await builtImages(request, build)) };
}

/** A pipeline of the branch: one that an interrupted update left waiting, or a new one. */
async function start({ account, project, branch, say }: PipelineRequest): Promise<Pipeline> {
  const path = `/projects/${project}`;
  const { commit } = await gitlab<{ commit: { id: string } }>(
    account,
    `${path}/repository/branches/${encodeURIComponent(branch)}`,
  );
  const query = `sha=${commit.id}&ref=${encodeURIComponent(branch)}&source=api`;
  const waiting = (await gitlabList<Pipeline>(account, `${path}/pipelines?${query}`)).find(({ status }) =>
    NOT_STARTED.includes(status),
  );
  if (waiting) {
    say("A pipeline of an earlier update is still waiting.");
    return waiting;
  }
  return gitlabPost<Pipeline>(account, `${path}/pipeline`, { ref: branch });
}

async function end(
  request: PipelineRequest,
  { id, url }: { id: number; url: string },
): Promise<{ status: string; jobs: Job[] }> {
  const { account, project, say, limits = LIMITS } = request;
  const path = `/projects/${project}/pipelines/${id}`;
  const began = Date.now();
  const told = new Map<string, string>();
  const look = async () => ({
    status: (await gitlab<Pipeline>(account, path)).status,
    jobs: await gitlabList<Job>(account, `${path}/jobs`),
  });
  for (let taken = began; ; await sleep(limits.pollSeconds * 1000)) {
    const seen = await unlessAway(look);
    for (const { name, status } of seen?.jobs ?? []) {
      if (told.get(name) !== status) say(`${name}: ${status}`);
      told.set(name, status);
    }
    if (seen && ENDED.includes(seen.status)) return seen;
    if (!seen || !waitsForRunner(seen.jobs)) taken = Date.now();
    else await lookForRunner(request, url, (Date.now() - taken) / 1000);
    if ((Date.now() - began) / 1000 >= limits.totalSeconds) throw timedOut(url, limits, seen?.status);
  }
}

function timedOut(url: string, { totalSeconds }: Limits, status: string | undefined): Error {
  return new Error(
    `Pipeline ${url} has not ended within ${duration(totalSeconds)}: ` +
      `${status ? `it is ${status}` : "GitLab does not answer"}. It goes on without this update.\n` +
      "Look at it. Once it has ended, run `npx pulumi up` again: an image that was built is not built again.",
  );
}

/** GitLab may be away for a moment, in an hour of waiting. */
async function unlessAway<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Unreachable || error instanceof ServiceUnavailable) return undefined;
    if (error instanceof GitLabError && error.status >= 500) return undefined;
    throw error;
  }
}

const waitsForRunner = (jobs: readonly Job[]) =>
  jobs.some(({ status }) => status === "pending") && !jobs.some(({ status }) => status === "running");

/**
 * Runners that are busy take the job later; where there is none, nobody ever will.
 * https://docs.gitlab.com/api/runners/#list-all-runners-in-a-project
 */
async function lookForRunner(request: PipelineRequest, url: string, waited: number): Promise<void> {
  const { account, project, limits = LIMITS } = request;
  if (waited < limits.runnerSeconds) return;
  const online = await unlessAway(() => gitlabList(account, `/projects/${project}/runners?status=online`));
  if (!online || online.length > 0) return;
  throw new Error(
    `No runner has taken the jobs of pipeline ${url} for ${duration(waited)}: GitLab knows of none that is online ` +
      "and serves this project.\nRegister one (https://docs.gitlab.com/runner/register/) whose jobs may use docker: " +
      "privileged, or with the docker socket. On gitlab.com, look whether the project may use GitLab's own runners: " +
      `that wants an account whose identity is verified.\n${again} It goes on with the same pipeline. ${orHere}`,
  );
}

/** Whole minutes, or seconds below two of them. */
function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}

async function failure(
  { account, project }: PipelineRequest,
  url: string,
  status: string,
  jobs: readonly Job[],
): Promise<string> {
  const failed = jobs.find((job) => job.status === "failed");
  if (!failed) {
    const which = jobs.map((job) => `${job.name} is ${job.status}`).join(", ");
    return `Pipeline ${url} ended as ${status}${which && `: ${which}`}.\nLook at it. ${again}`;
  }
  const log = await gitlabGet(account, `/projects/${project}/jobs/${failed.id}/trace`);
  return (
    `Job ${failed.name} of pipeline ${url} failed${failed.failure_reason ? ` (${failed.failure_reason})` : ""}. ` +
    `Its log, ${failed.web_url}, ends with:\n\n${endOf(readable(log.text), 20)}\n\nRepair what it says. ${again}`
  );
}

/** A job's log without colours, the runner's section marks and what a progress line was overwritten with. */
function readable(log: string): string {
  return stripVTControlCharacters(log)
    .split("\n")
    .map(
      (line) =>
        line
          .replaceAll(/section_(start|end):\d+:\S+\r/g, "")
          .trimEnd()
          .split("\r")
          .at(-1) ?? "",
    )
    .filter((line) => line !== "")
    .join("\n");
}

/** https://docs.gitlab.com/api/job_artifacts/#download-a-single-artifact-file-by-job-id */
async function builtImages(
  { account, project, training }: PipelineRequest,
  job: Job,
): Promise<Omit<PipelineResult, "pipeline">> {
  const answer = await gitlabGet(account, `/projects/${project}/jobs/${job.id}/artifacts/${BUILT_FILE}`);
  const named = (name: string) =>
    answer.status === 200
      ? new RegExp(`^${name}=(\\S+@sha256:[0-9a-f]{64})$`, "m").exec(answer.text)?.[1]
      : undefined;
  const missing = (what: string, or = "") =>
    new Error(
      `Job ${job.web_url} succeeded, but its artifact ${BUILT_FILE} does not name the ${what} image by digest ` +
        `(GitLab answered ${answer.status}).\nTake .gitlab-ci.yml and ci/ of image/repository/ into the server's ` +
        `repository, commit and push.${or} ${again}`,
    );
  const runtimeImage = named(BUILT_RUNTIME);
  if (!runtimeImage) throw missing("runtime");
  if (!training) return { runtimeImage };
  const trainingImage = named(BUILT_TRAINING);
  if (!trainingImage)
    throw missing("training", " Or do without: pulumi config set mlops:trainingImage none.");
  return { runtimeImage, trainingImage };
}

if (import.meta.main) {
  await main(async () => {
    if (process.argv[2] === "keep") return JSON.parse(variable("PULUMI_COMMAND_STDOUT"));
    return releaseByPipeline({
      account: { url: variable("GITLAB_URL"), token: variable("GITLAB_TOKEN") },
      project: variable("PROJECT"),
      branch: variable("BRANCH"),
      training: process.env.TRAINING === "yes",
      say: (line) => process.stderr.write(`${withoutCredentials(line)}\n`),
    });
  });
}
