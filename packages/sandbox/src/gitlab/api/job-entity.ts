import { existsSync, statSync } from "node:fs";
import { projectUrl } from "../addresses.ts";
import { must } from "../errors.ts";
import { readCommit } from "../git/git.ts";
import { type Instance, jobArtifactsDir, repositoryDir, traceFile } from "../instance.ts";
import type { Job } from "../pipelines/records.ts";
import { failureAllowed } from "../pipelines/status.ts";
import type { State } from "../state.ts";
import { seconds, shortEntity } from "./pipeline-entity.ts";
import { commitEntity } from "./repository-read.ts";
import { runnerShort } from "./runners.ts";
import { findUser, userEntity } from "./users.ts";

/** A job as the API shows it: https://docs.gitlab.com/api/jobs/ */
export async function jobEntity(
  instance: Instance,
  state: State,
  job: Job,
): Promise<Record<string, unknown>> {
  const project = must(
    state.projects.find(({ id }) => id === job.projectId),
    "Project",
  );
  const pipeline = must(state.pipelines.find(({ id }) => id === job.pipelineId));
  const user = findUser(state, job.userId);
  const runner = state.runners.find(({ id }) => id === job.runnerId);
  const commit = await readCommit(repositoryDir(instance, project.id), pipeline.sha);
  const trace = traceFile(instance, job.id);
  const archive = fileFacts(
    `${jobArtifactsDir(instance, pipeline.id, job.id)}.zip`,
    "archive",
    "artifacts.zip",
    "zip",
  );
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
    commit: commitEntity({ instance, state }, project, commit),
    pipeline: shortEntity(instance, state, pipeline),
    web_url: `${projectUrl(instance, state, project)}/-/jobs/${job.id}`,
    project: { ci_job_token_scope_enabled: false },
    ...(archive === undefined ? {} : { artifacts_file: { filename: archive.filename, size: archive.size } }),
    artifacts: [archive, fileFacts(trace, "trace", "job.log", null)].filter((file) => file !== undefined),
    runner: runner === undefined ? null : runnerShort(runner),
    runner_manager: null,
    artifacts_expire_at: null,
    archived: false,
    tag_list: job.tags,
  };
}

/** A file that a job left, or undefined. */
function fileFacts(file: string, type: string, filename: string, format: string | null) {
  if (!existsSync(file)) return undefined;
  return { file_type: type, size: statSync(file).size, filename, file_format: format };
}
