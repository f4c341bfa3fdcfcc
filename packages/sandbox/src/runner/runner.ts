import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { LABEL } from "../core/context.ts";
import { describeError } from "../core/log.ts";
import { endTracked } from "../core/process.ts";
import { must } from "../gitlab/api/call.ts";
import { addToken } from "../gitlab/api/personal-tokens.ts";
import { type Instance, type RunnerControl, traceFile } from "../gitlab/instance.ts";
import { slug } from "../gitlab/pipelines/predefined-variables.ts";
import { currentJobs, finishJob, startDeployment } from "../gitlab/pipelines/status.ts";
import { type Job, now, type Runner, type State } from "../gitlab/state.ts";
import { writeShim } from "./docker-shim.ts";
import { executeJob, JOB_LABEL } from "./execute.ts";
import { removeByLabel } from "./images.ts";
import { openTrace } from "./trace.ts";

/** How many jobs run at the same time; the environment variable SANDBOX_RUNNER_CONCURRENCY sets it. */
const DEFAULT_CONCURRENCY = 2;

/** The runner of the sandbox: takes pending jobs in the order of their numbers. */
export interface RunnerService extends RunnerControl {
  close(): Promise<void>;
}

/** Ends what a crash has left behind and starts to take jobs. */
export async function startRunner(instance: Instance): Promise<RunnerService> {
  await recover(instance);
  const concurrency = concurrencySetting();
  const running = new Map<number, { abort: AbortController; done: Promise<void> }>();
  const shimDir = join(instance.dir, "bin");
  mkdirSync(shimDir, { recursive: true, mode: 0o700 });
  const docker = findDocker();
  writeShim(join(shimDir, "gitlab-docker"), docker);
  let closed = false;
  let turn: Promise<void> = Promise.resolve();

  const wake = () => {
    turn = turn
      .then(takeJobs)
      .catch((error: unknown) => instance.log.error(`runner: ${describeError(error)}`));
  };

  async function takeJobs(): Promise<void> {
    while (!closed && running.size < concurrency) {
      const started = await instance.store.update((state) => claim(state));
      if (started === undefined) return;
      const { job, token } = started;
      const abort = new AbortController();
      const done = runOne(job, token, abort.signal).finally(() => {
        running.delete(job.id);
        wake();
      });
      running.set(job.id, { abort, done });
    }
  }

  async function runOne(job: Job, token: string, signal: AbortSignal): Promise<void> {
    const { data } = instance.store;
    try {
      const pipeline = must(data.pipelines.find(({ id }) => id === job.pipelineId));
      const result = await executeJob(instance, {
        job,
        pipeline,
        project: must(data.projects.find(({ id }) => id === job.projectId)),
        user: must(data.users.find(({ id }) => id === job.userId)),
        token,
        producers: producersOf(data, pipeline.stages, job),
        docker,
        socket: dockerSocket(),
        shimDir,
        signal,
      });
      await instance.store.update((state) => finishJob(state, job.id, result));
      instance.log.info(`job ${job.id} (${job.name}): ${result.status}`);
    } catch (error) {
      instance.log.error(`job ${job.id}: ${describeError(error)}`);
      await instance.store.update((state) =>
        finishJob(state, job.id, { status: "failed", reason: "runner_system_failure" }),
      );
    }
  }

  return {
    wake,
    async cancel(jobId) {
      const entry = running.get(jobId);
      entry?.abort.abort("canceled");
      await entry?.done;
    },
    async close() {
      closed = true;
      await turn;
      for (const { abort } of running.values()) abort.abort("stopped");
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}

function concurrencySetting(): number {
  const text = process.env.SANDBOX_RUNNER_CONCURRENCY;
  if (text === undefined || text === "") return DEFAULT_CONCURRENCY;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`SANDBOX_RUNNER_CONCURRENCY is "${text}"; it must be a whole number from 1 on`);
  }
  return value;
}

/** Takes the next job that may run, with its token. */
function claim(state: State): { job: Job; token: string } | undefined {
  for (const job of state.jobs) {
    if (job.status !== "pending") continue;
    const runner = state.runners.find((candidate) => serves(state, candidate, job));
    if (runner === undefined || isBlocked(state, job)) continue;
    job.status = "running";
    job.startedAt = now();
    job.runnerId = runner.id;
    runner.contactedAt = job.startedAt;
    const pipeline = must(state.pipelines.find(({ id }) => id === job.pipelineId));
    pipeline.status = "running";
    pipeline.startedAt ??= job.startedAt;
    pipeline.updatedAt = job.startedAt;
    startDeployment(state, job, slug);
    const { plain } = addToken(state, {
      userId: job.userId,
      projectId: job.projectId,
      jobId: job.id,
      name: `job ${job.id}`,
      description: null,
      scopes: [],
      expiresAt: null,
    });
    return { job: structuredClone(job), token: plain };
  }
  return undefined;
}

/** Whether a runner may take a job: https://docs.gitlab.com/ci/runners/runners_scope/ and its tags. */
function serves(state: State, runner: Runner, job: Job): boolean {
  if (runner.paused) return false;
  const project = must(state.projects.find(({ id }) => id === job.projectId));
  if (runner.type === "instance_type" && project.settings.shared_runners_enabled === false) return false;
  if (runner.type === "project_type" && !runner.ownerIds.includes(project.id)) return false;
  if (runner.type === "group_type") {
    const { namespace } = project;
    if (namespace.kind !== "group" || !runner.ownerIds.includes(namespace.id)) return false;
  }
  if (job.tags.length === 0) return runner.runUntagged;
  return job.tags.every((tag) => runner.tags.includes(tag));
}

/** Jobs of one resource group of a project run one at a time: https://docs.gitlab.com/ci/resource_groups/ */
function isBlocked(state: State, job: Job): boolean {
  if (job.resourceGroup === null) return false;
  return state.jobs.some(
    (other) =>
      other.status === "running" &&
      other.projectId === job.projectId &&
      other.resourceGroup === job.resourceGroup,
  );
}

/** The jobs whose artifacts a job gets: https://docs.gitlab.com/ci/jobs/job_artifacts/ */
function producersOf(state: State, stages: string[], job: Job): Job[] {
  const { dependencies } = job.config.data as { dependencies?: string[] };
  return currentJobs(state, job.pipelineId).filter((other) => {
    if (other.config.data.artifacts === undefined || other.status !== "success") return false;
    if (dependencies !== undefined) return dependencies.includes(other.name);
    if (job.needs !== null) return job.needs.some((need) => need.artifacts && need.job === other.name);
    return stages.indexOf(other.stage) < stages.indexOf(job.stage);
  });
}

/** A job that ran when the service was killed has failed: its processes and containers go. */
async function recover(instance: Instance): Promise<void> {
  const { ctx, store } = instance;
  const lost = store.data.jobs.filter((job) => job.status === "running");
  for (const job of lost) {
    await endTracked(ctx.stateDir, `gitlab-job-${job.id}`);
    const trace = openTrace(traceFile(instance, job.id), (text) => text);
    trace.error("ERROR: Job failed (system failure): the sandbox ended while the job ran");
    trace.close();
  }
  await store.update((state) => {
    for (const job of lost) finishJob(state, job.id, { status: "failed", reason: "runner_system_failure" });
  });
  await removeByLabel(ctx.docker, [`${LABEL}=${ctx.id}`, JOB_LABEL]);
  await rm(join(instance.dir, "work"), { recursive: true, force: true });
}

function findDocker(): string {
  try {
    return execFileSync("/bin/sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim();
  } catch (cause) {
    throw new Error("the runner needs the docker command (Debian package docker.io) on PATH", { cause });
  }
}

function dockerSocket(): string {
  const host = process.env.DOCKER_HOST ?? "";
  return host.startsWith("unix://") ? host.slice("unix://".length) : "/var/run/docker.sock";
}
