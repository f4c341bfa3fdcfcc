import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import { flag, integer, moment, paging, text } from "./common.ts";

const values = {
  commit_message_regex: text,
  commit_message_negative_regex: text,
  branch_name_regex: text,
  deny_delete_tag: flag,
  member_check: flag,
  prevent_secrets: flag,
  author_email_regex: text,
  file_name_regex: text,
  max_file_size: integer,
  commit_committer_check: flag,
  commit_committer_name_check: flag,
  reject_unsigned_commits: flag,
  reject_non_dco_commits: flag,
};

/** https://docs.gitlab.com/api/group_push_rules/ */
const groupPushRule = entity({
  created_at: moment,
  id: z.int(),
  commit_message_regex: z.string().nullable(),
  commit_message_negative_regex: z.string().nullable(),
  branch_name_regex: z.string().nullable(),
  deny_delete_tag: z.boolean().nullable(),
  member_check: z.boolean().nullable(),
  prevent_secrets: z.boolean().nullable(),
  author_email_regex: z.string().nullable(),
  file_name_regex: z.string().nullable(),
  max_file_size: z.int(),
  commit_committer_check: z.boolean().nullable(),
  commit_committer_name_check: z.boolean().nullable(),
  reject_unsigned_commits: z.boolean().nullable(),
  reject_non_dco_commits: z.boolean().nullable(),
});

/** https://docs.gitlab.com/api/merge_request_approvals/#get-approval-configuration-for-a-project */
const approvals = entity({
  approvals_before_merge: z.int(),
  reset_approvals_on_push: z.boolean(),
  selective_code_owner_removals: z.boolean(),
  disable_overriding_approvers_per_merge_request: z.boolean(),
  merge_requests_author_approval: z.boolean(),
  merge_requests_disable_committers_approval: z.boolean(),
  require_password_to_approve: z.boolean(),
  require_reauthentication_to_approve: z.boolean(),
});

/** https://docs.gitlab.com/api/project_push_rules/ */
const pushRule = entity({ ...groupPushRule.shape, project_id: z.int() });

/** Push rules, and lists that are empty in a sandbox. */
export const operations: Record<string, Operation> = {
  "GET /projects/:id/push_rule": {
    responses: { 200: z.union([pushRule, z.null()]) },
    users: ["preflight", "plugin"],
  },
  "POST /projects/:id/push_rule": { request: entity(values), responses: { 201: pushRule }, users: ["test"] },
  "PUT /projects/:id/push_rule": { request: entity(values), responses: { 200: pushRule }, users: ["test"] },
  "DELETE /projects/:id/push_rule": { responses: { 204: "nothing" }, users: ["test"] },
  "GET /groups/:id/push_rule": { responses: { 200: groupPushRule }, users: ["preflight", "client"] },
  "POST /groups/:id/push_rule": {
    request: entity(values),
    responses: { 201: groupPushRule },
    users: ["test"],
  },
  "PUT /groups/:id/push_rule": {
    request: entity(values),
    responses: { 200: groupPushRule },
    users: ["test"],
  },
  "DELETE /groups/:id/push_rule": { responses: { 204: "nothing" }, users: ["test"] },
  "GET /projects/:id/merge_requests": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["client"],
  },
  "GET /projects/:id/forks": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["client"],
  },
  "GET /projects/:id/approvals": { responses: { 200: approvals }, users: ["posture", "client"] },
  "GET /projects/:id/approval_rules": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["posture", "client"],
  },
  "GET /projects/:id/protected_environments": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["posture", "client"],
  },
  "GET /groups/:id/merge_requests": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["client"],
  },
  "GET /groups/:id/hooks": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["client"],
  },
  "GET /groups/:id/protected_branches": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["client"],
  },
  "GET /merge_requests": {
    request: z.looseObject(paging),
    responses: { 200: z.array(z.never()) },
    users: ["client"],
  },
  "GET /hooks": { request: z.looseObject(paging), responses: { 200: z.array(z.never()) }, users: ["client"] },
};
