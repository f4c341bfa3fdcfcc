import { projectUrl } from "../addresses.ts";
import { notFound } from "../errors.ts";
import type { Instance } from "../instance.ts";
import type { Pipeline } from "../pipelines/records.ts";
import type { State } from "../state.ts";
import { findUser, userEntity } from "./users.ts";

/** A pipeline within lists and jobs. */
export function shortEntity(instance: Instance, state: State, pipeline: Pipeline): Record<string, unknown> {
  const project = state.projects.find(({ id }) => id === pipeline.projectId);
  if (project === undefined) throw notFound("Project");
  return {
    id: pipeline.id,
    iid: pipeline.iid,
    project_id: pipeline.projectId,
    sha: pipeline.sha,
    ref: pipeline.ref,
    status: pipeline.status,
    source: pipeline.source,
    created_at: pipeline.createdAt,
    updated_at: pipeline.updatedAt,
    web_url: `${projectUrl(instance, state, project)}/-/pipelines/${pipeline.id}`,
    name: pipeline.name,
  };
}

/** Seconds between two moments; null while one of them is missing. */
export function seconds(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}

export function fullEntity(instance: Instance, state: State, pipeline: Pipeline): Record<string, unknown> {
  const user = findUser(state, pipeline.userId);
  const short = shortEntity(instance, state, pipeline);
  const duration = seconds(pipeline.startedAt, pipeline.finishedAt);
  const path = new URL(String(short.web_url)).pathname;
  return {
    ...short,
    before_sha: pipeline.beforeSha,
    tag: pipeline.tag,
    yaml_errors: pipeline.yamlErrors,
    user: user === undefined ? null : userEntity(instance, user),
    started_at: pipeline.startedAt,
    finished_at: pipeline.finishedAt,
    committed_at: null,
    duration: duration === null ? null : Math.round(duration),
    // Whole seconds, and null for less than one.
    queued_duration: Math.floor(seconds(pipeline.createdAt, pipeline.startedAt) ?? 0) || null,
    coverage: null,
    archived: false,
    detailed_status: {
      icon: `status_${pipeline.status}`,
      text: pipeline.status === "success" ? "Passed" : pipeline.status,
      label: pipeline.status === "success" ? "passed" : pipeline.status,
      group: pipeline.status,
      tooltip: pipeline.status === "success" ? "passed" : pipeline.status,
      has_details: true,
      details_path: path,
      illustration: null,
      favicon: null,
    },
  };
}
