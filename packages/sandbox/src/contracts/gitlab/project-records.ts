import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import {
  date,
  flag,
  moment,
  needed,
  neededFlag,
  neededInteger,
  neededList,
  objects,
  paging,
  text,
} from "./common.ts";
import { project } from "./projects.ts";
import { user } from "./users.ts";

/** Events that a hook can be asked to be told of. */
const askedEvents = [
  "push_events",
  "tag_push_events",
  "merge_requests_events",
  "issues_events",
  "confidential_issues_events",
  "note_events",
  "confidential_note_events",
  "pipeline_events",
  "wiki_page_events",
  "deployment_events",
  "feature_flag_events",
  "job_events",
  "releases_events",
  "milestone_events",
  "emoji_events",
  "resource_access_token_events",
  "vulnerability_events",
] as const;

const hookEvents = [...askedEvents, "repository_update_events"] as const;

const each = <const Names extends readonly string[], T extends z.ZodType>(names: Names, schema: T) =>
  Object.fromEntries(names.map((name) => [name, schema])) as Record<Names[number], T>;

/** https://docs.gitlab.com/api/project_webhooks/ */
const hook = entity({
  ...each(hookEvents, z.boolean()),
  alert_status: z.string(),
  branch_filter_strategy: z.string(),
  created_at: moment,
  custom_headers: z.array(z.never()),
  custom_webhook_template: z.string().nullable(),
  description: z.string().nullable(),
  disabled_until: moment.nullable(),
  enable_ssl_verification: z.boolean(),
  id: z.int(),
  name: z.string().nullable(),
  project_id: z.int(),
  push_events_branch_filter: z.string().nullable(),
  url: z.string(),
  url_variables: z.array(z.never()),
});

/** https://docs.gitlab.com/api/pipeline_schedules/ */
const schedule = entity({
  active: z.boolean(),
  created_at: moment,
  cron: z.string(),
  cron_timezone: z.string(),
  description: z.string(),
  id: z.int(),
  next_run_at: moment.nullable(),
  owner: user,
  ref: z.string(),
  updated_at: moment,
});

/** https://docs.gitlab.com/api/pipeline_triggers/ */
const trigger = entity({
  created_at: moment,
  description: z.string(),
  expires_at: moment.nullable(),
  id: z.int(),
  last_used: moment.nullable(),
  owner: user,
  token: z.string(),
  updated_at: moment,
});

/** https://docs.gitlab.com/api/deploy_tokens/ */
const deployToken = entity({
  expired: z.boolean(),
  expires_at: moment.nullable(),
  id: z.int(),
  name: z.string(),
  revoked: z.boolean(),
  scopes: z.array(z.string()),
  username: z.string(),
});

const shape = project.shape;

/** A project as a list of the job token's has it. */
const listedProject = entity({
  avatar_url: shape.avatar_url,
  created_at: shape.created_at,
  default_branch: shape.default_branch,
  description: shape.description,
  forks_count: shape.forks_count,
  http_url_to_repo: shape.http_url_to_repo,
  id: shape.id,
  last_activity_at: shape.last_activity_at,
  name: shape.name,
  name_with_namespace: shape.name_with_namespace,
  namespace: shape.namespace,
  path: shape.path,
  path_with_namespace: shape.path_with_namespace,
  readme_url: shape.readme_url,
  ssh_url_to_repo: shape.ssh_url_to_repo,
  star_count: shape.star_count,
  tag_list: shape.tag_list,
  topics: shape.topics,
  visibility: shape.visibility,
  web_url: shape.web_url,
});

const listedGroup = entity({ id: z.int(), name: z.string(), web_url: z.url() });

/** https://docs.gitlab.com/api/remote_mirrors/ */
const mirror = entity({
  auth_method: z.string(),
  enabled: z.boolean(),
  host_keys: z.array(z.never()),
  id: z.int(),
  keep_divergent_refs: z.boolean(),
  last_error: z.string().nullable(),
  last_successful_update_at: moment.nullable(),
  last_update_at: moment.nullable(),
  last_update_started_at: moment.nullable(),
  only_protected_branches: z.boolean(),
  update_status: z.string(),
  url: z.string(),
});

/** https://docs.gitlab.com/api/project_integrations/ */
const integration = entity({
  ...each(
    [
      "active",
      "alert_events",
      "comment_on_event_enabled",
      "commit_events",
      "confidential_issues_events",
      "confidential_note_events",
      "deployment_events",
      "incident_events",
      "inherited",
      "issues_events",
      "job_events",
      "merge_requests_events",
      "note_events",
      "pipeline_events",
      "push_events",
      "tag_push_events",
      "vulnerability_events",
      "wiki_page_events",
    ],
    z.boolean(),
  ),
  created_at: moment,
  id: z.int(),
  slug: z.string(),
  title: z.string(),
  updated_at: moment,
});

/** https://docs.gitlab.com/api/audit_events/#project-audit-events */
const auditEvent = entity({
  author_id: z.int(),
  created_at: moment,
  details: z.record(z.string(), z.unknown()),
  entity_id: z.int(),
  entity_type: z.string(),
  event_name: z.string(),
  id: z.int(),
});

const deployTokens: Record<string, Operation> = Object.fromEntries(
  (["projects", "groups"] as const).flatMap((kind): [string, Operation][] => [
    [
      `GET /${kind}/:id/deploy_tokens`,
      {
        request: entity({ ...paging, active: flag }),
        responses: { 200: z.array(deployToken) },
        users: ["drift"],
      },
    ],
    [
      `POST /${kind}/:id/deploy_tokens`,
      {
        request: entity({ name: needed, scopes: neededList, expires_at: text, username: text }),
        responses: { 201: entity({ ...deployToken.shape, token: z.string() }) },
        users: ["test"],
      },
    ],
    [`DELETE /${kind}/:id/deploy_tokens/:token_id`, { responses: { 204: "nothing" }, users: ["drift"] }],
  ]),
);

/** What people connect to a project. */
export const operations: Record<string, Operation> = {
  ...deployTokens,
  "GET /projects/:id/hooks": {
    request: entity(paging),
    responses: { 200: z.array(hook) },
    users: ["drift", "client"],
  },
  "POST /projects/:id/hooks": {
    request: entity({
      ...each(askedEvents, flag),
      url: needed,
      name: text,
      description: text,
      enable_ssl_verification: flag,
      token: text,
      push_events_branch_filter: text,
      branch_filter_strategy: text,
      custom_webhook_template: text,
      url_variables: objects,
      custom_headers: objects,
    }),
    responses: { 201: hook },
    users: ["test"],
  },
  "DELETE /projects/:id/hooks/:hook_id": { responses: { 204: "nothing" }, users: ["drift"] },
  "GET /projects/:id/pipeline_schedules": {
    request: entity({ ...paging, scope: text }),
    responses: { 200: z.array(schedule) },
    users: ["drift"],
  },
  "POST /projects/:id/pipeline_schedules": {
    request: entity({
      description: needed,
      ref: needed,
      cron: needed,
      cron_timezone: text,
      active: flag,
      inputs: objects,
    }),
    responses: {
      201: entity({ ...schedule.shape, last_pipeline: z.null(), variables: z.array(z.never()) }),
    },
    users: ["test"],
  },
  "DELETE /projects/:id/pipeline_schedules/:pipeline_schedule_id": {
    responses: { 204: "nothing" },
    users: ["drift"],
  },
  "GET /projects/:id/triggers": {
    request: entity(paging),
    responses: { 200: z.array(trigger) },
    users: ["drift"],
  },
  "POST /projects/:id/triggers": {
    request: entity({ description: needed, expires_at: text }),
    responses: { 201: trigger },
    users: ["test"],
  },
  "DELETE /projects/:id/triggers/:trigger_id": { responses: { 204: "nothing" }, users: ["drift"] },
  "GET /projects/:id/job_token_scope": {
    responses: { 200: entity({ inbound_enabled: z.boolean(), outbound_enabled: z.boolean() }) },
    users: ["drift"],
  },
  "PATCH /projects/:id/job_token_scope": {
    request: entity({ enabled: neededFlag }),
    responses: { 204: "nothing" },
    users: ["drift", "test"],
  },
  "GET /projects/:id/job_token_scope/allowlist": {
    request: entity(paging),
    responses: { 200: z.array(listedProject) },
    users: ["drift"],
  },
  "POST /projects/:id/job_token_scope/allowlist": {
    request: entity({ target_project_id: neededInteger }),
    responses: { 201: listedProject },
    users: ["test"],
  },
  "DELETE /projects/:id/job_token_scope/allowlist/:target_project_id": {
    responses: { 204: "nothing" },
    users: ["drift"],
  },
  "GET /projects/:id/job_token_scope/groups_allowlist": {
    request: entity(paging),
    responses: { 200: z.array(listedGroup) },
    users: ["drift"],
  },
  "POST /projects/:id/job_token_scope/groups_allowlist": {
    request: entity({ target_group_id: neededInteger }),
    responses: { 201: listedGroup },
    users: ["test"],
  },
  "DELETE /projects/:id/job_token_scope/groups_allowlist/:target_group_id": {
    responses: { 204: "nothing" },
    users: ["drift"],
  },
  "POST /projects/:id/share": {
    request: entity({ group_id: neededInteger, group_access: neededInteger, expires_at: text }),
    responses: {
      201: entity({
        expires_at: date.nullable(),
        group_access: z.int(),
        group_id: z.int(),
        id: z.int(),
        project_id: z.int(),
      }),
    },
    users: ["test"],
  },
  "DELETE /projects/:id/share/:group_id": { responses: { 204: "nothing" }, users: ["drift"] },
  "PUT /projects/:id/transfer": {
    request: entity({ namespace: needed }),
    responses: { 200: project },
    users: ["plugin", "test"],
  },
  "GET /projects/:id/remote_mirrors": {
    request: entity(paging),
    responses: { 200: z.array(mirror) },
    users: ["drift"],
  },
  "POST /projects/:id/remote_mirrors": {
    request: entity({
      url: needed,
      enabled: flag,
      only_protected_branches: flag,
      keep_divergent_refs: flag,
    }),
    responses: { 201: mirror },
    users: ["test"],
  },
  "DELETE /projects/:id/remote_mirrors/:mirror_id": { responses: { 204: "nothing" }, users: ["drift"] },
  "GET /projects/:id/integrations": {
    request: entity(paging),
    responses: { 200: z.array(integration) },
    users: ["drift", "client"],
  },
  "PUT /projects/:id/integrations/:slug": {
    request: z.record(z.string(), z.unknown()),
    responses: { 200: entity({ ...integration.shape, properties: z.record(z.string(), z.unknown()) }) },
    users: ["test"],
  },
  "DELETE /projects/:id/integrations/:slug": { responses: { 204: "nothing" }, users: ["drift"] },
  "GET /projects/:id/audit_events": {
    request: entity({ ...paging, created_after: text, created_before: text }),
    responses: { 200: z.array(auditEvent) },
    users: ["drift"],
  },
};
