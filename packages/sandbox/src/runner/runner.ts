import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { LABEL } from "../core/context.ts";
import { updateWithPatience } from "../core/full-disk.ts";
import { describeError } from "../core/log.ts";
import { endTracked } from "../core/process.ts";
import { must } from "../gitlab/errors.ts";
import { type Instance, type RunnerService, traceFile } from "../gitlab/instance.ts";
import { claimJob, producersOf } from "../gitlab/pipelines/dispatch.ts";
import { finishJob } from "../gitlab/pipelines/jobs.ts";
import type { Job } from "../gitlab/pipelines/records.ts";
import type { State } from "../gitlab/state.ts";
import { writeShim } from "./docker-shim.ts";
import { executeJob, JOB_LABEL } from "./execute.ts";
import { removeByLabel } from "./images.ts";
import { openTrace } from "./trace.ts";

/** How many jobs run at the same time; the environment variable SANDBOX_RUNNER_CONCURRENCY sets it. */
const DEFAULT_CONCURRENCY = 2;

/** Ends what a crash has left behind and starts to take pending jobs, in the order of their numbers. */
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

  const patiently = <R>(change: (state: State) => R) =>
    updateWithPatience(instance.store, instance.ctx.abort, change);

  const wake = () => {
    turn = turn
      .then(takeJobs)
      .catch((error: unknown) => instance.log.error(`runner: ${describeError(error)}`));
  };

  async function takeJobs(): Promise<void> {
    while (!closed && running.size < concurrency) {
      const started = await patiently((state) => claimJob(state));
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
      await patiently((state) => finishJob(state, job.id, result));
      instance.log.info(`job ${job.id} (${job.name}): ${result.status}`);
    } catch (error) {
      instance.log.error(`job ${job.id}: ${describeError(error)}`);
      await patiently((state) =>
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
