import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import { date, flag, integer, list, moment, needed, neededInteger, object, paging, text } from "./common.ts";
import { namespace } from "./namespace.ts";
import { project } from "./projects.ts";
import { user } from "./users.ts";

/** https://docs.gitlab.com/api/groups/ */
const group = entity({
  id: z.int(),
  web_url: z.url(),
  name: z.string(),
  path: z.string(),
  description: z.string(),
  visibility: z.enum(["private", "internal", "public"]),
  share_with_group_lock: z.boolean(),
  require_two_factor_authentication: z.boolean(),
  two_factor_grace_period: z.int(),
  project_creation_level: z.string(),
  auto_devops_enabled: z.boolean().nullable(),
  subgroup_creation_level: z.string(),
  emails_disabled: z.boolean(),
  emails_enabled: z.boolean(),
  mentions_disabled: z.boolean().nullable(),
  lfs_enabled: z.boolean(),
  default_branch: z.string().nullable(),
  default_branch_protection: z.int(),
  request_access_enabled: z.boolean(),
  shared_runners_setting: z.string(),
  max_artifacts_size: z.int().nullable(),
  wiki_access_level: z.string(),
  default_branch_protection_defaults: entity({
    allowed_to_push: z.array(entity({ access_level: z.int() })),
    allow_force_push: z.boolean(),
    allowed_to_merge: z.array(entity({ access_level: z.int() })),
    developer_can_initial_push: z.boolean(),
  }),
  avatar_url: z.url().nullable(),
  full_name: z.string(),
  full_path: z.string(),
  created_at: moment,
  parent_id: z.int().nullable(),
});

/** A group by itself shows more. */
const groupDetail = entity({
  ...group.shape,
  extra_shared_runners_minutes_limit: z.int().nullable(),
  ldap_access: z.int().nullable(),
  ldap_cn: z.string().nullable(),
  membership_lock: z.boolean(),
  prevent_forking_outside_group: z.boolean().nullable(),
  projects: z.array(project).optional(),
  runners_token: z.string().nullable(),
  shared_projects: z.array(z.never()).optional(),
  shared_runners_minutes_limit: z.int().nullable(),
  shared_with_groups: z.array(z.never()),
});

/** Owners read more of it than others. */
const fullNamespace = entity({
  ...namespace.shape,
  billable_members_count: z.int().optional(),
  end_date: date.nullish(),
  max_seats_used: z.int().optional(),
  max_seats_used_changed_at: moment.nullish(),
  members_count_with_descendants: z.int().optional(),
  plan: z.string().optional(),
  seats_in_use: z.int().optional(),
  trial: z.boolean().optional(),
  trial_ends_on: date.nullish(),
});

/** https://docs.gitlab.com/api/members/ */
const member = entity({
  ...user.shape,
  access_level: z.int(),
  created_at: moment,
  created_by: user.optional(),
  expires_at: date.nullable(),
  membership_state: z.string(),
});

/** https://docs.gitlab.com/api/settings/. An instance has hundreds more; named are those that the sandbox acts on. */
const applicationSettings = z.looseObject({
  id: z.int(),
  check_namespace_plan: z.boolean(),
  container_registry_token_expire_delay: z.int(),
  default_branch_name: z.string().nullable(),
  default_branch_protection: z.int(),
  default_group_visibility: z.string().nullable(),
  default_project_visibility: z.string().nullable(),
  deletion_adjourned_period: z.int(),
  rate_limiting_response_text: z.union([z.string(), z.int()]).nullable(),
  restricted_visibility_levels: z.array(z.unknown()),
  signup_enabled: z.boolean(),
  throttle_authenticated_api_enabled: z.boolean(),
  throttle_authenticated_api_period_in_seconds: z.int(),
  throttle_authenticated_api_requests_per_period: z.int(),
  throttle_unauthenticated_api_enabled: z.boolean(),
  throttle_unauthenticated_api_period_in_seconds: z.int(),
  throttle_unauthenticated_api_requests_per_period: z.int(),
});

/** https://docs.gitlab.com/api/metadata/ */
const metadata = entity({
  enterprise: z.boolean(),
  kas: entity({
    enabled: z.boolean(),
    externalK8sProxyUrl: z.url().nullable(),
    externalUrl: z.url().nullable(),
    version: z.string().nullable(),
  }),
  revision: z.string(),
  version: z.string(),
});

const accepted = entity({ message: z.string() });

/** What a group is made with and can be changed in: https://docs.gitlab.com/api/groups/#update-group-attributes */
const groupSettings = {
  description: text,
  visibility: text,
  share_with_group_lock: flag,
  require_two_factor_authentication: flag,
  two_factor_grace_period: integer,
  project_creation_level: text,
  auto_devops_enabled: flag,
  subgroup_creation_level: text,
  emails_disabled: flag,
  emails_enabled: flag,
  show_diff_preview_in_email: flag,
  mentions_disabled: flag,
  lfs_enabled: flag,
  request_access_enabled: flag,
  default_branch: text,
  default_branch_protection: integer,
  shared_runners_setting: text,
  membership_lock: flag,
  ldap_cn: text,
  ldap_access: integer,
  shared_runners_minutes_limit: integer,
  extra_shared_runners_minutes_limit: integer,
  wiki_access_level: text,
};

/** Groups, namespaces and the instance. */
export const operations: Record<string, Operation> = {
  "GET /groups": {
    request: entity({
      ...paging,
      statistics: flag,
      archived: flag,
      skip_groups: list,
      all_available: flag,
      visibility: text,
      search: text,
      owned: flag,
      order_by: text,
      sort: text,
      min_access_level: integer,
      top_level_only: flag,
      marked_for_deletion_on: text,
      active: flag,
      repository_storage: text,
      with_custom_attributes: flag,
    }),
    responses: { 200: z.array(group) },
    users: ["client"],
  },
  "GET /groups/:id/subgroups": {
    request: z.looseObject(paging),
    responses: { 200: z.array(group) },
    users: ["client"],
  },
  "GET /groups/:id": {
    request: entity({ with_custom_attributes: flag, with_projects: flag }),
    responses: { 200: groupDetail },
    users: ["preflight", "client"],
  },
  "POST /groups": {
    request: entity({
      ...groupSettings,
      name: needed,
      path: needed,
      parent_id: integer,
    }),
    responses: { 201: group },
    users: ["test", "client"],
  },
  "PUT /groups/:id": {
    request: entity({
      ...groupSettings,
      name: text,
      path: text,
      max_artifacts_size: integer,
      prevent_forking_outside_group: flag,
      auto_duo_code_review_enabled: flag,
    }),
    responses: { 200: group },
    users: ["test", "client"],
  },
  "DELETE /groups/:id": { responses: { 202: accepted }, users: ["test"] },
  "GET /groups/:id/members": {
    request: entity({
      ...paging,
      query: text,
      user_ids: list,
      skip_users: list,
      show_seat_info: flag,
      with_saml_identity: flag,
    }),
    responses: { 200: z.array(member) },
    users: ["client"],
  },
  "GET /groups/:id/members/all": {
    request: entity({ ...paging, query: text, user_ids: list, show_seat_info: flag, state: text }),
    responses: { 200: z.array(member) },
    users: ["client"],
  },
  "GET /groups/:id/members/all/:user_id": { responses: { 200: member }, users: ["preflight"] },
  "GET /groups/:id/members/:user_id": { responses: { 200: member }, users: ["client"] },
  "POST /groups/:id/members": {
    request: entity({ access_level: neededInteger, user_id: integer, username: text, expires_at: text }),
    responses: { 201: member },
    users: ["test"],
  },
  "PUT /groups/:id/members/:user_id": {
    request: entity({ access_level: neededInteger, expires_at: text }),
    responses: { 200: member },
    users: ["test"],
  },
  "DELETE /groups/:id/members/:user_id": { responses: { 204: "nothing" }, users: ["test"] },
  "GET /projects/:id/members": {
    request: entity({
      ...paging,
      query: text,
      user_ids: list,
      skip_users: list,
      show_seat_info: flag,
      with_saml_identity: flag,
    }),
    responses: { 200: z.array(member) },
    users: ["drift", "client"],
  },
  "GET /projects/:id/members/all": {
    request: entity({ ...paging, query: text, user_ids: list, show_seat_info: flag, state: text }),
    responses: { 200: z.array(member) },
    users: ["drift", "client"],
  },
  "GET /projects/:id/members/all/:user_id": { responses: { 200: member }, users: ["client"] },
  "GET /projects/:id/members/:user_id": { responses: { 200: member }, users: ["plugin"] },
  "POST /projects/:id/members": {
    request: entity({ access_level: neededInteger, user_id: integer, username: text, expires_at: text }),
    responses: { 201: member },
    users: ["plugin"],
  },
  "PUT /projects/:id/members/:user_id": {
    request: entity({ access_level: neededInteger, expires_at: text }),
    responses: { 200: member },
    users: ["plugin"],
  },
  "DELETE /projects/:id/members/:user_id": { responses: { 204: "nothing" }, users: ["plugin"] },
  "GET /namespaces": {
    request: entity({
      ...paging,
      search: text,
      owned_only: flag,
      top_level_only: flag,
      full_path_search: flag,
      requested_hosted_plan: text,
    }),
    responses: { 200: z.array(fullNamespace) },
    users: ["client"],
  },
  "GET /namespaces/:id": { responses: { 200: fullNamespace }, users: ["preflight", "program"] },
  "PUT /namespaces/:id": {
    request: entity({
      shared_runners_minutes_limit: integer,
      extra_shared_runners_minutes_limit: integer,
      gitlab_subscription_attributes: object,
    }),
    responses: { 200: fullNamespace },
    users: ["test"],
  },
  // https://docs.gitlab.com/api/version/
  "GET /version": {
    responses: { 200: entity({ version: z.string(), revision: z.string() }) },
    users: ["client"],
  },
  "GET /metadata": { responses: { 200: metadata }, users: ["preflight", "plugin"] },
  "GET /application/settings": { responses: { 200: applicationSettings }, users: ["client"] },
  "PUT /application/settings": {
    request: entity({
      check_namespace_plan: flag,
      container_registry_token_expire_delay: integer,
      default_branch_name: text,
      default_branch_protection: integer,
      default_group_visibility: text,
      default_project_visibility: text,
      deletion_adjourned_period: integer,
      rate_limiting_response_text: text,
      restricted_visibility_levels: list,
      signup_enabled: flag,
      throttle_authenticated_api_enabled: flag,
      throttle_authenticated_api_period_in_seconds: integer,
      throttle_authenticated_api_requests_per_period: integer,
      throttle_unauthenticated_api_enabled: flag,
      throttle_unauthenticated_api_period_in_seconds: integer,
      throttle_unauthenticated_api_requests_per_period: integer,
    }),
    responses: { 200: applicationSettings },
    users: ["test"],
  },
};
