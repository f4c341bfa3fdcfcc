import { must } from "../errors.ts";
import type { Instance } from "../instance.ts";
import { nextId, now, type State } from "../state.ts";
import type { PlannedJob } from "./config-types.ts";
import { finishDeployment } from "./deployments.ts";
import type { Job, Pipeline } from "./records.ts";
import { ensureResourceGroup } from "./resource-groups.ts";
import { advance, currentJobs, isDone, predecessors } from "./status.ts";

/** What a runner reports of a job that has ended. */
export interface JobResult {
  status: "success" | "failed" | "canceled";
  reason?: string;
  exitCode?: number;
  /** Where the job's environment is, once it is known. */
  environmentUrl?: string;
}

/** A job of a pipeline, or the copy that a retry makes. */
export function newJob(
  state: State,
  pipeline: Pick<Pipeline, "id" | "projectId" | "userId">,
  planned: PlannedJob,
): Job {
  if (planned.resourceGroup !== null) ensureResourceGroup(state, pipeline.projectId, planned.resourceGroup);
  return {
    ...planned,
    id: nextId(state, "job"),
    projectId: pipeline.projectId,
    pipelineId: pipeline.id,
    status: "created",
    userId: pipeline.userId,
    createdAt: now(),
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    failureReason: null,
    exitCode: null,
    retried: false,
    runnerId: null,
  };
}

/** Notes a job's end and what follows from it. */
export function finishJob(state: State, jobId: number, result: JobResult): Job | undefined {
  const job = state.jobs.find((candidate) => candidate.id === jobId);
  if (job === undefined || isDone(job.status)) return job;
  job.status = result.status;
  job.failureReason = result.status === "failed" ? (result.reason ?? "unknown_failure") : null;
  job.exitCode = result.exitCode ?? null;
  job.finishedAt = now();
  // The job's token ends with it.
  state.tokens = state.tokens.filter((token) => token.jobId !== jobId);
  finishDeployment(state, job, result.environmentUrl);
  const pipeline = state.pipelines.find(({ id }) => id === job.pipelineId);
  if (pipeline === undefined) return job;
  if (result.status === "failed" && retriesLeft(state, job, result.reason ?? ""))
    retryJob(state, job, job.userId);
  advance(state, pipeline);
  return job;
}

function retriesLeft(state: State, job: Job, reason: string): boolean {
  const setting = job.config.data.retry;
  if (setting === undefined) return false;
  const { max = 0, when = "always" } = (typeof setting === "number" ? { max: setting } : setting) as {
    max?: number;
    when?: string | string[];
  };
  const reasons = [when].flat();
  if (!reasons.includes("always") && !reasons.includes(reason)) return false;
  const tries = state.jobs.filter(
    (other) => other.pipelineId === job.pipelineId && other.name === job.name && other.retried,
  );
  return tries.length < max;
}

/** Replaces a job by a fresh copy of it, and lets those that were skipped because of it wait again. */
export function retryJob(state: State, job: Job, userId: number): Job {
  const pipeline = must(state.pipelines.find(({ id }) => id === job.pipelineId));
  job.retried = true;
  const { name, stage, when, allowFailure, needs, tags, resourceGroup, environment, config } = job;
  const planned = { name, stage, when, allowFailure, needs, tags, resourceGroup, environment, config };
  const copy = newJob(state, { ...pipeline, userId }, planned);
  copy.status = "pending";
  copy.queuedAt = now();
  state.jobs.push(copy);
  for (const other of currentJobs(state, pipeline.id)) {
    const later = predecessors(pipeline, [copy], other).length > 0;
    if (later && other.status === "skipped") {
      other.status = "created";
      other.finishedAt = null;
    }
  }
  advance(state, pipeline);
  return copy;
}

/** Cancels a job that has not ended, and waits until nothing of it runs. */
export async function cancelJob(instance: Instance, jobId: number): Promise<void> {
  const job = instance.store.data.jobs.find(({ id }) => id === jobId);
  if (job === undefined || isDone(job.status)) return;
  if (job.status === "running") await instance.runner.cancel(jobId);
  await instance.store.update((state) => finishJob(state, jobId, { status: "canceled" }));
  instance.runner.wake();
}
