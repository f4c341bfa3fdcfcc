import { effectiveLevel } from "../access.ts";
import { ApiError, forbidden, notFound } from "../errors.ts";
import { resolveRef } from "../git/git.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import { createPipeline } from "../pipelines/create.ts";
import { retryJob } from "../pipelines/status.ts";
import { canCreateTag, canMergeBranch, canPushBranch } from "../protection.ts";
import {
  DEVELOPER,
  GUEST,
  MAINTAINER,
  OWNER,
  type Pipeline,
  type PipelineVariable,
  type Project,
  REPORTER,
  type State,
} from "../state.ts";
import type { Api, Call } from "./call.ts";
import { must } from "./call.ts";
import { jobEntity } from "./job-entity.ts";
import { cancelJob } from "./jobs.ts";
import { projectUrl } from "./project-entity.ts";
import { findUser, userEntity } from "./users.ts";

const TYPES = ["env_var", "file"] as const;
const OVERRIDE_LEVEL: Record<string, number> = {
  developer: DEVELOPER,
  maintainer: MAINTAINER,
  owner: OWNER,
  no_one_allowed: OWNER + 1,
};

/** Pipelines: https://docs.gitlab.com/api/pipelines/ */
export function pipelineRoutes(api: Api): void {
  const { instance } = api;
  const base = "/projects/:id/pipelines";
  api.get(base, (call) => {
    const project = readable(call);
    const { params } = call;
    const wanted = (field: string, value: string) => {
      const given = params.string(field);
      return given === undefined || given === value;
    };
    const scope = params.string("scope");
    const found = call.state.pipelines
      .filter((pipeline) => pipeline.projectId === project.id)
      .filter((p) => wanted("ref", p.ref) && wanted("sha", p.sha) && wanted("status", p.status))
      .filter(
        (p) => wanted("source", p.source) && (scope !== "tags" || p.tag) && (scope !== "branches" || !p.tag),
      )
      .filter((p) => scope !== "finished" || p.finishedAt !== null)
      .filter((p) => !["running", "pending"].includes(scope ?? "") || p.status === scope);
    const ascending = params.string("sort") === "asc";
    found.sort((a, b) => (ascending ? a.id - b.id : b.id - a.id));
    return call.page(found).map((pipeline) => shortEntity(instance, call.state, pipeline));
  });
  api.get(`${base}/latest`, (call) => {
    const project = readable(call);
    const ref = call.params.string("ref") ?? project.defaultBranch;
    const latest = call.state.pipelines.findLast((p) => p.projectId === project.id && p.ref === ref);
    return fullEntity(instance, call.state, must(latest));
  });
  api.get(`${base}/:pipeline_id`, (call) => fullEntity(instance, call.state, find(call, readable(call))));
  api.get(`${base}/:pipeline_id/variables`, (call) => {
    const project = call.project(DEVELOPER);
    const pipeline = find(call, project);
    const own = pipeline.userId === call.caller.user.id;
    if (!own && effectiveLevel(call.state, call.principal, project) < MAINTAINER) throw forbidden();
    return pipeline.variables.map(({ key, sealed, type }) => ({
      key,
      value: instance.vault.open(sealed),
      variable_type: type,
      raw: false,
    }));
  });
  api.get(`${base}/:pipeline_id/jobs`, (call) => {
    const project = readable(call);
    const pipeline = find(call, project);
    const scopes = call.params.list("scope");
    const retried = call.params.boolean("include_retried") ?? false;
    const jobs = call.state.jobs
      .filter((job) => job.pipelineId === pipeline.id && (retried || !job.retried))
      .filter((job) => scopes === undefined || scopes.includes(job.status))
      .sort((a, b) => b.id - a.id);
    return call.page(jobs).map((job) => jobEntity(instance, call.state, job));
  });
  // The API has both the singular and the plural path.
  for (const path of ["/projects/:id/pipeline", base]) api.post(path, (call) => create(call));
  api.post(`${base}/:pipeline_id/retry`, async (call) => {
    const project = call.project(DEVELOPER);
    const pipeline = find(call, project);
    checkRef(call.state, project, call, pipeline);
    await instance.store.update((state) => {
      const failed = state.jobs.filter(
        (job) =>
          job.pipelineId === pipeline.id && !job.retried && ["failed", "canceled"].includes(job.status),
      );
      for (const job of failed) retryJob(state, job, call.caller.user.id);
    });
    instance.runner.wake();
    return fullEntity(instance, call.state, find(call, project));
  });
  api.post(`${base}/:pipeline_id/cancel`, async (call) => {
    const project = call.project(DEVELOPER);
    const pipeline = find(call, project);
    const jobs = call.state.jobs.filter((job) => job.pipelineId === pipeline.id);
    for (const job of jobs) await cancelJob(instance, job.id);
    call.status(200);
    return fullEntity(instance, call.state, find(call, project));
  });
  api.delete(`${base}/:pipeline_id`, async (call) => {
    const { id } = find(call, call.project(OWNER));
    const jobs = call.state.jobs.filter((job) => job.pipelineId === id);
    for (const job of jobs) await cancelJob(instance, job.id);
    await instance.store.update((state) => {
      state.pipelines = state.pipelines.filter((pipeline) => pipeline.id !== id);
      state.jobs = state.jobs.filter((job) => job.pipelineId !== id);
    });
    return call.noContent();
  });
}

/** The project, when the caller may see its pipelines. */
export function readable(call: Call): Project {
  const project = call.project();
  const level = effectiveLevel(call.state, call.principal, project);
  const open = project.settings.public_jobs !== false;
  if (project.visibility === "private" || !open) {
    if (level < (open ? GUEST : REPORTER)) throw forbidden();
  }
  return project;
}

function find(call: Call, project: Project): Pipeline {
  const id = call.number("pipeline_id");
  return must(
    call.state.pipelines.find((pipeline) => pipeline.id === id && pipeline.projectId === project.id),
  );
}

/** Running a pipeline of a protected ref takes the right to push or merge to it, or to create the tag. */
export function checkRef(
  state: State,
  project: Project,
  call: Call,
  at: Pick<Pipeline, "ref" | "tag">,
): void {
  const { user } = call.caller;
  const allowed = at.tag
    ? canCreateTag(state, project, user, at.ref)
    : canPushBranch(state, project, user, at.ref) || canMergeBranch(state, project, user, at.ref);
  if (allowed) return;
  throw new ApiError(400, {
    message: {
      base: [
        `You do not have sufficient permission to run a pipeline on '${at.ref}'. Please select a different branch or contact your administrator for assistance. <a href=https://docs.gitlab.com/ci/pipelines/#pipeline-security-on-protected-branches>Learn more</a>`,
      ],
    },
  });
}

async function create(call: Call): Promise<unknown> {
  const { caller, instance, params } = call;
  const project = call.project(DEVELOPER);
  const ref = params.requireString("ref");
  const dir = repositoryDir(instance, project.id);
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  const isBranch =
    !ref.startsWith("refs/tags/") && (await resolveRef(dir, `refs/heads/${name}`)) !== undefined;
  const isTag = !isBranch && (await resolveRef(dir, `refs/tags/${name}`)) !== undefined;
  if (!isBranch && !isTag) throw new ApiError(400, { message: { base: ["Reference not found"] } });
  checkRef(call.state, project, call, { ref: name, tag: isTag });
  const variables = readVariables(call, project);
  const pipeline = await createPipeline(instance, {
    projectId: project.id,
    ref: name,
    tag: isTag,
    beforeSha: "0".repeat(40),
    source: "api",
    user: caller.user,
    variables,
  });
  return fullEntity(instance, call.state, must(pipeline));
}

function readVariables(call: Call, project: Project): PipelineVariable[] {
  const list = call.params.maps("variables") ?? [];
  if (list.length === 0) return [];
  const role = String(project.settings.ci_pipeline_variables_minimum_override_role ?? "developer");
  if (effectiveLevel(call.state, call.principal, project) < (OVERRIDE_LEVEL[role] ?? OWNER)) {
    throw new ApiError(400, { message: { base: ["Insufficient permissions to set pipeline variables"] } });
  }
  return list.map((entry) => ({
    key: variableKey(entry.requireString("key")),
    sealed: call.instance.vault.seal(entry.string("value") ?? ""),
    type: entry.oneOf("variable_type", TYPES) ?? "env_var",
  }));
}

function variableKey(key: string): string {
  if (/^[a-zA-Z0-9_]+$/.test(key)) return key;
  throw new ApiError(400, {
    message: { base: [`Variables key can contain only letters, digits and '_'.`] },
  });
}

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

function fullEntity(instance: Instance, state: State, pipeline: Pipeline): Record<string, unknown> {
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
    queued_duration: seconds(pipeline.createdAt, pipeline.startedAt),
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
