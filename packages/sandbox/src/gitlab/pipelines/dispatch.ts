import { must } from "../errors.ts";
import { now, type Runner, type State } from "../state.ts";
import { addToken } from "../tokens.ts";
import { isOutdated, startDeployment } from "./deployments.ts";
import { finishJob } from "./jobs.ts";
import type { Job } from "./records.ts";
import { isTurnOf } from "./resource-groups.ts";
import { currentJobs } from "./status.ts";

/** Takes the next job that may run, with its token. */
export function claimJob(state: State): { job: Job; token: string } | undefined {
  for (const job of state.jobs) {
    if (job.status !== "pending") continue;
    const runner = state.runners.find((candidate) => serves(state, candidate, job));
    if (runner === undefined || !isTurnOf(state, job)) continue;
    if (isOutdated(state, job)) {
      finishJob(state, job.id, { status: "failed", reason: "failed_outdated_deployment_job" });
      return claimJob(state);
    }
    job.status = "running";
    job.startedAt = now();
    job.runnerId = runner.id;
    runner.contactedAt = job.startedAt;
    const pipeline = must(state.pipelines.find(({ id }) => id === job.pipelineId));
    pipeline.status = "running";
    pipeline.startedAt ??= job.startedAt;
    pipeline.updatedAt = job.startedAt;
    startDeployment(state, job);
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

/** The jobs whose artifacts a job gets: https://docs.gitlab.com/ci/jobs/job_artifacts/ */
export function producersOf(state: State, stages: string[], job: Job): Job[] {
  const { dependencies } = job.config.data as { dependencies?: string[] };
  return currentJobs(state, job.pipelineId).filter((other) => {
    if (other.config.data.artifacts === undefined || other.status !== "success") return false;
    if (dependencies !== undefined) return dependencies.includes(other.name);
    if (job.needs !== null) return job.needs.some((need) => need.artifacts && need.job === other.name);
    return stages.indexOf(other.stage) < stages.indexOf(job.stage);
  });
}
