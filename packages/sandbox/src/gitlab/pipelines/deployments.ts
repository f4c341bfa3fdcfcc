import { must } from "../errors.ts";
import { nextId, now, type State } from "../state.ts";
import type { Job } from "./records.ts";
import { environmentSlug } from "./slug.ts";

/** Notes that a job with an environment has begun: https://docs.gitlab.com/ci/environments/ */
export function startDeployment(state: State, job: Job): void {
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
      slug: environmentSlug(wanted.name),
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

/**
 * Whether a newer commit was deployed before this job's turn came, where the project prevents outdated deployment jobs.
 * A job that somebody retries is a new job: that is how GitLab rolls back.
 * https://docs.gitlab.com/ci/environments/deployment_safety/#prevent-outdated-deployment-jobs
 */
export function isOutdated(state: State, job: Job): boolean {
  const project = state.projects.find(({ id }) => id === job.projectId);
  if (project?.settings.ci_forward_deployment_enabled === false || job.environment?.action !== "start")
    return false;
  const environment = state.environments.find(
    ({ projectId, name }) => projectId === job.projectId && name === job.environment?.name,
  );
  const last = state.deployments.findLast(
    ({ environmentId, status }) => environmentId === environment?.id && status === "success",
  );
  const { sha } = must(state.pipelines.find(({ id }) => id === job.pipelineId));
  return last !== undefined && last.sha !== sha && job.id < last.jobId;
}

export function finishDeployment(state: State, job: Job, url: string | undefined): void {
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
