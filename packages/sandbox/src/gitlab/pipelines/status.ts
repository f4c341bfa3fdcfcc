import type { JobResult } from "../../runner/execute.ts";
import { must } from "../api/call.ts";
import { type Job, nextId, now, type Pipeline, type PipelineStatus, type State } from "../state.ts";
import { newJob } from "./create.ts";

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
  for (let changed = true; changed; ) {
    changed = false;
    for (const job of jobs) {
      if (job.status !== "created") continue;
      const next = nextStatus(pipeline, jobs, job);
      if (next === undefined) continue;
      job.status = next;
      if (next === "pending") job.queuedAt = now();
      if (next === "skipped") job.finishedAt = now();
      changed = true;
    }
  }
  if (pipeline.yamlErrors !== null) return;
  const status = statusOf(jobs);
  if (status === pipeline.status) return;
  pipeline.status = status;
  pipeline.updatedAt = now();
  if (status === "running" && pipeline.startedAt === null) pipeline.startedAt = now();
  pipeline.finishedAt = isDone(status) ? now() : null;
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

function predecessors(pipeline: Pipeline, jobs: Job[], job: Job): Job[] {
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

/** Notes that a job with an environment has begun: https://docs.gitlab.com/ci/environments/ */
export function startDeployment(state: State, job: Job, slugOf: (text: string) => string): void {
  const { environment: wanted } = job;
  if (wanted === null) return;
  const pipeline = must(state.pipelines.find(({ id }) => id === job.pipelineId));
  const at = now();
  let environment = state.environments.find((e) => e.projectId === job.projectId && e.name === wanted.name);
  if (environment === undefined) {
    environment = {
      id: nextId(state, "environment"),
      projectId: job.projectId,
      name: wanted.name,
      slug: slugOf(wanted.name).slice(0, 24),
      externalUrl: null,
      tier: /prod|live/i.test(wanted.name)
        ? "production"
        : /stag|pre/i.test(wanted.name)
          ? "staging"
          : "other",
      state: "available",
      createdAt: at,
      updatedAt: at,
    };
    state.environments.push(environment);
  }
  if (wanted.action !== "start") return;
  const { id: environmentId } = environment;
  state.deployments.push({
    id: nextId(state, "deployment"),
    iid: state.deployments.filter((d) => d.projectId === job.projectId).length + 1,
    projectId: job.projectId,
    environmentId,
    jobId: job.id,
    ref: pipeline.ref,
    sha: pipeline.sha,
    status: "running",
    userId: job.userId,
    createdAt: at,
    updatedAt: at,
  });
}

function finishDeployment(state: State, job: Job, url: string | undefined): void {
  const deployment = state.deployments.find((candidate) => candidate.jobId === job.id);
  if (deployment !== undefined) {
    deployment.status = job.status;
    deployment.updatedAt = now();
  }
  if (job.environment === null || job.status !== "success") return;
  const { name, action } = job.environment;
  const environment = state.environments.find((e) => e.projectId === job.projectId && e.name === name);
  if (environment === undefined) return;
  environment.updatedAt = now();
  if (action === "stop") environment.state = "stopped";
  else if (url !== undefined && /^https?:\/\//.test(url)) environment.externalUrl = url;
}
