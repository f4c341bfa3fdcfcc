import { effectiveLevel } from "../access.ts";
import { ApiError, forbidden, must } from "../errors.ts";
import { resolveRef } from "../git/git.ts";
import { repositoryDir } from "../instance.ts";
import { createPipeline } from "../pipelines/create.ts";
import { cancelJob, retryJob } from "../pipelines/jobs.ts";
import type { Pipeline, PipelineVariable } from "../pipelines/records.ts";
import { DEVELOPER, MAINTAINER, OWNER, type Project } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { jobEntity } from "./job-entity.ts";
import { checkRef, readable } from "./pipeline-access.ts";
import { fullEntity, shortEntity } from "./pipeline-entity.ts";

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
    return Promise.all(call.page(jobs).map((job) => jobEntity(instance, call.state, job)));
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

function find(call: Call, project: Project): Pipeline {
  const id = call.number("pipeline_id");
  return must(
    call.state.pipelines.find((pipeline) => pipeline.id === id && pipeline.projectId === project.id),
  );
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
