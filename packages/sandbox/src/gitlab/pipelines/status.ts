import { now, type State } from "../state.ts";
import type { Job, Pipeline, PipelineStatus } from "./records.ts";

/** Statuses after which nothing follows by itself. */
const DONE: PipelineStatus[] = ["success", "failed", "canceled", "skipped"];

export const isDone = (status: PipelineStatus) => DONE.includes(status);

/** The jobs of a pipeline that count: those that no retry has replaced. */
export function currentJobs(state: State, pipelineId: number): Job[] {
  return state.jobs.filter((job) => job.pipelineId === pipelineId && !job.retried);
}

/** Whether a job's end counts as success for what follows. */
function passed(job: Job): boolean {
  if (job.status === "success") return true;
  if (job.status === "manual" || job.status === "skipped")
    return job.allowFailure === true || job.status === "skipped";
  return job.status === "failed" && failureAllowed(job);
}

/** Whether a failure of the job does not fail its pipeline. */
export function failureAllowed(job: Job): boolean {
  if (typeof job.allowFailure === "boolean") return job.allowFailure;
  return job.exitCode !== null && job.allowFailure.exitCodes.includes(job.exitCode);
}

/** Moves every job on whose turn has come, and the pipeline's own status with them. */
export function advance(state: State, pipeline: Pipeline): void {
  const jobs = currentJobs(state, pipeline.id);
  // One job's move may be what another one waits for.
  for (let moved = true; moved; ) {
    moved = false;
    for (const job of jobs) moved = moveOn(pipeline, jobs, job) || moved;
  }
  if (pipeline.yamlErrors !== null) return;
  const status = statusOf(jobs);
  if (status === pipeline.status) return;
  pipeline.status = status;
  pipeline.updatedAt = now();
  if (status === "running" && pipeline.startedAt === null) pipeline.startedAt = now();
  pipeline.finishedAt = isDone(status) ? now() : null;
}

/** Moves a waiting job on if it can; tells whether it did. */
function moveOn(pipeline: Pipeline, jobs: Job[], job: Job): boolean {
  const next = job.status === "created" ? nextStatus(pipeline, jobs, job) : undefined;
  if (next === undefined) return false;
  job.status = next;
  if (next === "pending") job.queuedAt = now();
  if (next === "skipped") job.finishedAt = now();
  return true;
}

/** What a waiting job becomes, or undefined while it has to wait on. */
function nextStatus(pipeline: Pipeline, jobs: Job[], job: Job): PipelineStatus | undefined {
  const before = predecessors(pipeline, jobs, job);
  // A manual job that is not optional blocks what comes after it.
  if (before.some((other) => !isDone(other.status) && !(other.status === "manual" && passed(other)))) {
    return undefined;
  }
  const failed = before.some((other) => !passed(other));
  if (job.when === "always") return "pending";
  if (job.when === "on_failure") return failed ? "pending" : "skipped";
  // With `needs`, a skipped job takes those that need it along.
  const broken = failed || (job.needs !== null && before.some((other) => other.status === "skipped"));
  if (broken) return "skipped";
  return job.when === "manual" ? "manual" : "pending";
}

export function predecessors(pipeline: Pipeline, jobs: Job[], job: Job): Job[] {
  const { needs } = job;
  if (needs !== null) return jobs.filter((other) => needs.some((need) => need.job === other.name));
  const stage = pipeline.stages.indexOf(job.stage);
  return jobs.filter((other) => pipeline.stages.indexOf(other.stage) < stage);
}

/** A pipeline's status from its jobs': https://docs.gitlab.com/ci/pipelines/ */
function statusOf(jobs: Job[]): PipelineStatus {
  const statuses = jobs.map((job) => job.status);
  const some = (...wanted: PipelineStatus[]) => statuses.some((status) => wanted.includes(status));
  const blocked = jobs.some((job) => job.status === "manual" && job.allowFailure === false);
  if (some("running")) return "running";
  if (some("pending")) return some("success", "failed", "canceled") ? "running" : "pending";
  if (blocked) return "manual";
  if (some("created")) return some("success", "failed", "canceled") ? "running" : "created";
  if (jobs.some((job) => job.status === "failed" && !failureAllowed(job))) return "failed";
  if (jobs.some((job) => job.status === "canceled" && job.allowFailure !== true)) return "canceled";
  const counted = statuses.filter((status) => status !== "manual");
  if (counted.length > 0 && counted.every((status) => status === "skipped")) return "skipped";
  return counted.length === 0 ? "manual" : "success";
}
