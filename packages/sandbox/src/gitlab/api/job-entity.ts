import { existsSync, statSync } from "node:fs";
import { projectUrl } from "../addresses.ts";
import { must } from "../errors.ts";
import { type Instance, traceFile } from "../instance.ts";
import type { Job } from "../pipelines/records.ts";
import { failureAllowed } from "../pipelines/status.ts";
import type { State } from "../state.ts";
import { basicPipeline, seconds } from "./pipeline-entity.ts";
import { runnerShort } from "./runners.ts";
import { findUser, userEntity } from "./users.ts";

/** A job as the API shows it: https://docs.gitlab.com/api/jobs/ */
export function jobEntity(instance: Instance, state: State, job: Job): Record<string, unknown> {
  const project = must(
    state.projects.find(({ id }) => id === job.projectId),
    "Project",
  );
  const pipeline = must(state.pipelines.find(({ id }) => id === job.pipelineId));
  const user = findUser(state, job.userId);
  const runner = state.runners.find(({ id }) => id === job.runnerId);
  const trace = traceFile(instance, job.id);
  return {
    id: job.id,
    status: job.status,
    stage: job.stage,
    name: job.name,
    ref: pipeline.ref,
    tag: pipeline.tag,
    coverage: null,
    allow_failure: typeof job.allowFailure === "boolean" ? job.allowFailure : failureAllowed(job),
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    erased_at: null,
    duration: seconds(job.startedAt, job.finishedAt),
    queued_duration: seconds(job.queuedAt, job.startedAt),
    ...(job.failureReason === null ? {} : { failure_reason: job.failureReason }),
    user: user === undefined ? null : userEntity(instance, user),
    commit: { id: pipeline.sha, short_id: pipeline.sha.slice(0, 8) },
    pipeline: basicPipeline(instance, state, pipeline),
    web_url: `${projectUrl(instance, state, project)}/-/jobs/${job.id}`,
    project: { ci_job_token_scope_enabled: false },
    artifacts: existsSync(trace)
      ? [{ file_type: "trace", size: statSync(trace).size, filename: "job.log", file_format: null }]
      : [],
    runner: runner === undefined ? null : runnerShort(runner),
    runner_manager: null,
    artifacts_expire_at: null,
    archived: false,
    tag_list: job.tags,
  };
}
