import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import { commit } from "./commit.ts";
import { flag, integer, list, moment, needed, objects, paging, text } from "./common.ts";
import { user } from "./users.ts";

/** A pipeline within jobs and commits: https://docs.gitlab.com/api/pipelines/ */
export const pipeline = entity({
  created_at: moment,
  id: z.int(),
  iid: z.int(),
  project_id: z.int(),
  ref: z.string(),
  sha: z.string(),
  source: z.string(),
  status: z.string(),
  updated_at: moment,
  web_url: z.url(),
});

const name = z.string().nullable();

const listedPipeline = entity({ ...pipeline.shape, name });

const fullPipeline = entity({
  ...pipeline.shape,
  before_sha: z.string(),
  committed_at: moment.nullable(),
  coverage: z.number().nullable(),
  detailed_status: entity({
    details_path: z.string(),
    favicon: z.string().nullable(),
    group: z.string(),
    has_details: z.boolean(),
    icon: z.string(),
    illustration: z.null(),
    label: z.string(),
    text: z.string(),
    tooltip: z.string(),
  }),
  duration: z.int().nullable(),
  finished_at: moment.nullable(),
  queued_duration: z.int().nullable(),
  started_at: moment.nullable(),
  tag: z.boolean(),
  user,
  yaml_errors: z.string().nullable(),
});

const namedPipeline = entity({ ...fullPipeline.shape, name });

/** A runner within lists and jobs: https://docs.gitlab.com/api/runners/ */
const runner = entity({
  active: z.boolean(),
  created_at: moment,
  description: z.string(),
  id: z.int(),
  ip_address: z.string(),
  is_shared: z.boolean(),
  name: z.string(),
  online: z.boolean(),
  paused: z.boolean(),
  runner_type: z.enum(["instance_type", "group_type", "project_type"]),
  status: z.string(),
});

const fullRunner = entity({
  ...runner.shape,
  access_level: z.string(),
  architecture: z.string().nullable(),
  contacted_at: moment.nullable(),
  groups: z.array(z.never()),
  locked: z.boolean(),
  maintenance_note: z.string().nullable(),
  maximum_timeout: z.int().nullable(),
  platform: z.string().nullable(),
  projects: z.array(entity({ id: z.int(), name: z.string(), path: z.string() })),
  revision: z.string().nullable(),
  run_untagged: z.boolean(),
  tag_list: z.array(z.string()),
  version: z.string().nullable(),
});

/** https://docs.gitlab.com/api/jobs/ */
const job = entity({
  allow_failure: z.boolean(),
  archived: z.boolean(),
  artifacts: z.array(
    entity({
      file_format: z.string().nullable(),
      file_type: z.string(),
      filename: z.string(),
      size: z.int(),
    }),
  ),
  artifacts_expire_at: moment.nullable(),
  artifacts_file: entity({ filename: z.string(), size: z.int() }).optional(),
  commit,
  coverage: z.number().nullable(),
  created_at: moment,
  duration: z.number().nullable(),
  erased_at: moment.nullable(),
  failure_reason: z.string().optional(),
  finished_at: moment.nullable(),
  id: z.int(),
  name: z.string(),
  pipeline,
  project: entity({ ci_job_token_scope_enabled: z.boolean() }),
  queued_duration: z.number().nullable(),
  ref: z.string(),
  runner: runner.nullable(),
  runner_manager: z.null(),
  stage: z.string(),
  started_at: moment.nullable(),
  status: z.string(),
  tag: z.boolean(),
  tag_list: z.array(z.string()),
  user,
  web_url: z.url(),
});

/** https://docs.gitlab.com/api/deployments/ */
const deployment = entity({
  created_at: moment,
  deployable: job.nullable(),
  id: z.int(),
  iid: z.int(),
  ref: z.string(),
  sha: z.string(),
  status: z.string(),
  updated_at: moment,
  user,
});

const fullDeployment = entity({
  ...deployment.shape,
  environment: entity({ id: z.int(), name: z.string(), slug: z.string() }),
});

/** https://docs.gitlab.com/api/environments/ */
const environment = entity({
  auto_stop_at: moment.nullable(),
  created_at: moment,
  description: z.string().nullable(),
  external_url: z.string().nullable(),
  id: z.int(),
  last_deployment: deployment.nullable(),
  name: z.string(),
  slug: z.string(),
  state: z.string(),
  tier: z.string(),
  updated_at: moment,
});

/** https://docs.gitlab.com/api/resource_groups/ */
const resourceGroup = entity({
  created_at: moment,
  id: z.int(),
  key: z.string(),
  process_mode: z.string(),
  updated_at: moment,
});

/** Which runners are listed: https://docs.gitlab.com/api/runners/#list-all-runners */
const runnerFilters = {
  scope: text,
  type: text,
  paused: flag,
  status: text,
  tag_list: list,
  version_prefix: text,
};

/** Pipelines, jobs and what runs and follows them. */
export const operations: Record<string, Operation> = {
  "GET /projects/:id/pipelines": {
    request: entity({
      ...paging,
      status: text,
      ref: text,
      sha: text,
      yaml_errors: flag,
      username: text,
      updated_before: text,
      updated_after: text,
      created_before: text,
      created_after: text,
      order_by: text,
      sort: text,
      source: text,
      name: text,
    }),
    responses: { 200: z.array(listedPipeline) },
    users: ["rotation", "journey", "command line", "client"],
  },
  "GET /projects/:id/pipelines/latest": {
    request: entity({ ref: text }),
    responses: { 200: namedPipeline },
    users: ["client"],
  },
  "GET /projects/:id/pipelines/:pipeline_id": {
    responses: { 200: namedPipeline },
    users: ["journey", "client"],
  },
  "GET /projects/:id/pipelines/:pipeline_id/jobs": {
    request: entity({ ...paging, include_retried: flag }),
    responses: { 200: z.array(job) },
    users: ["rotation", "journey", "client"],
  },
  "POST /projects/:id/pipeline": {
    request: entity({ ref: needed, variables: objects }),
    responses: { 201: fullPipeline },
    users: ["rotation", "client"],
  },
  "POST /projects/:id/pipelines/:pipeline_id/retry": { responses: { 201: fullPipeline }, users: ["client"] },
  "POST /projects/:id/pipelines/:pipeline_id/cancel": { responses: { 200: fullPipeline }, users: ["client"] },
  "DELETE /projects/:id/pipelines/:pipeline_id": { responses: { 204: "nothing" }, users: ["client"] },
  "GET /projects/:id/jobs": {
    request: entity({ ...paging, scope: list }),
    responses: { 200: z.array(job) },
    users: ["rotation", "client"],
  },
  "GET /projects/:id/jobs/:job_id": { responses: { 200: job }, users: ["client"] },
  "GET /projects/:id/jobs/:job_id/trace": { responses: { 200: "file" }, users: ["journey", "client"] },
  "POST /projects/:id/jobs/:job_id/retry": { responses: { 201: job }, users: ["client"] },
  "POST /projects/:id/jobs/:job_id/cancel": {
    request: entity({ force: flag }),
    responses: { 201: job },
    users: ["client"],
  },
  "POST /projects/:id/jobs/:job_id/play": { responses: { 200: job }, users: ["client"] },
  "GET /job": { responses: { 200: job }, users: ["client"] },
  "GET /projects/:id/environments": {
    request: entity({ ...paging, name: text, search: text, states: text }),
    responses: { 200: z.array(environment) },
    users: ["client"],
  },
  "GET /projects/:id/environments/:environment_id": { responses: { 200: environment }, users: ["client"] },
  "GET /projects/:id/deployments": {
    request: entity({
      ...paging,
      order_by: text,
      sort: text,
      updated_after: text,
      updated_before: text,
      finished_after: text,
      finished_before: text,
      environment: text,
      status: text,
    }),
    responses: { 200: z.array(fullDeployment) },
    users: ["pipelines", "client"],
  },
  "GET /projects/:id/deployments/:deployment_id": { responses: { 200: fullDeployment }, users: ["client"] },
  "GET /projects/:id/resource_groups/:key": { responses: { 200: resourceGroup }, users: ["client"] },
  "PUT /projects/:id/resource_groups/:key": {
    request: entity({ process_mode: text }),
    responses: { 200: resourceGroup },
    users: ["client"],
  },
  // https://docs.gitlab.com/api/job_artifacts/
  "GET /projects/:id/jobs/:job_id/artifacts": { responses: { 200: "file" }, users: ["client"] },
  "GET /projects/:id/jobs/:job_id/artifacts/*": { responses: { 200: "file" }, users: ["client"] },
  "GET /projects/:id/jobs/artifacts/:ref_name/download": {
    request: entity({ job: needed }),
    responses: { 200: "file" },
    users: ["client"],
  },
  "GET /projects/:id/jobs/artifacts/:ref_name/raw/*": {
    request: entity({ job: needed }),
    responses: { 200: "file" },
    users: ["client"],
  },
  "GET /groups/:id/runners": {
    request: entity({ ...paging, type: text, status: text, paused: flag, tag_list: list }),
    responses: { 200: z.array(runner) },
    users: ["drift"],
  },
  "GET /runners": {
    request: entity({
      ...runnerFilters,
      ...paging,
    }),
    responses: { 200: z.array(runner) },
    users: ["client"],
  },
  "GET /runners/all": {
    request: entity({
      ...runnerFilters,
      ...paging,
    }),
    responses: { 200: z.array(runner) },
    users: ["client"],
  },
  "GET /runners/:runner_id": { responses: { 200: fullRunner }, users: ["plugin"] },
  "PUT /runners/:runner_id": {
    request: entity({
      description: text,
      active: flag,
      paused: flag,
      tag_list: list,
      run_untagged: flag,
      locked: flag,
      access_level: text,
      maximum_timeout: integer,
      maintenance_note: text,
    }),
    responses: { 200: fullRunner },
    users: ["plugin"],
  },
  "DELETE /runners/:runner_id": { responses: { 204: "nothing" }, users: ["plugin"] },
  "GET /projects/:id/runners": {
    request: entity({
      ...runnerFilters,
      ...paging,
    }),
    responses: { 200: z.array(runner) },
    users: ["drift", "client"],
  },
  "POST /user/runners": {
    request: entity({
      runner_type: needed,
      group_id: integer,
      project_id: integer,
      description: text,
      maintenance_note: text,
      paused: flag,
      locked: flag,
      access_level: text,
      run_untagged: flag,
      tag_list: list,
      maximum_timeout: integer,
    }),
    responses: { 201: entity({ id: z.int(), token: z.string(), token_expires_at: moment.nullable() }) },
    users: ["plugin"],
  },
};
