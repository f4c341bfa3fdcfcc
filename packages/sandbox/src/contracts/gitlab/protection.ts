import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import { flag, integer, moment, needed, object, objects, paging, text } from "./common.ts";

/** Who may do something with a protected ref: https://docs.gitlab.com/api/protected_branches/ */
const level = entity({
  access_level: z.int().nullable(),
  access_level_description: z.string(),
  deploy_key_id: z.int().nullable(),
  group_id: z.int().nullable(),
  id: z.int(),
  user_id: z.int().nullable(),
});

const protectedBranch = entity({
  allow_force_push: z.boolean(),
  code_owner_approval_required: z.boolean(),
  id: z.int(),
  inherited: z.boolean(),
  merge_access_levels: z.array(level),
  name: z.string(),
  push_access_levels: z.array(level),
  unprotect_access_levels: z.array(level),
});

/** https://docs.gitlab.com/api/protected_tags/ */
const protectedTag = entity({ create_access_levels: z.array(level), name: z.string() });

/** https://docs.gitlab.com/api/instance_level_ci_variables/ */
const instanceVariable = entity({
  description: z.string().nullable(),
  key: z.string(),
  masked: z.boolean(),
  protected: z.boolean(),
  raw: z.boolean(),
  value: z.string().nullable(),
  variable_type: z.enum(["env_var", "file"]),
});

/** https://docs.gitlab.com/api/project_level_variables/, https://docs.gitlab.com/api/group_level_variables/ */
const variable = entity({ ...instanceVariable.shape, environment_scope: z.string(), hidden: z.boolean() });

/** https://docs.gitlab.com/api/deploy_keys/ */
const deployKey = entity({
  can_push: z.boolean(),
  created_at: moment,
  expires_at: moment.nullable(),
  fingerprint: z.string(),
  fingerprint_sha256: z.string(),
  id: z.int(),
  key: z.string(),
  last_used_at: moment.nullable(),
  title: z.string(),
  usage_type: z.string(),
});

/** What every CI/CD variable has besides its key and value: https://docs.gitlab.com/ci/variables/ */
const variableSettings = {
  protected: flag,
  masked: flag,
  raw: flag,
  variable_type: text,
  description: text,
};

/** What guards refs and credentials. */
export const operations: Record<string, Operation> = {
  "GET /projects/:id/protected_branches": {
    request: entity({ ...paging, search: text }),
    responses: { 200: z.array(protectedBranch) },
    users: ["drift", "plugin"],
  },
  "GET /projects/:id/protected_branches/:name": { responses: { 200: protectedBranch }, users: ["plugin"] },
  "POST /projects/:id/protected_branches": {
    request: entity({
      name: needed,
      push_access_level: integer,
      merge_access_level: integer,
      allow_force_push: flag,
      unprotect_access_level: integer,
      allowed_to_push: objects,
      allowed_to_merge: objects,
      allowed_to_unprotect: objects,
      code_owner_approval_required: flag,
    }),
    responses: { 201: protectedBranch },
    users: ["plugin"],
  },
  "PATCH /projects/:id/protected_branches/:name": {
    request: entity({
      allow_force_push: flag,
      unprotect_access_level: integer,
      allowed_to_push: objects,
      allowed_to_merge: objects,
      allowed_to_unprotect: objects,
      code_owner_approval_required: flag,
    }),
    responses: { 200: protectedBranch },
    users: ["plugin"],
  },
  "DELETE /projects/:id/protected_branches/:name": { responses: { 204: "nothing" }, users: ["plugin"] },
  "GET /projects/:id/protected_tags": {
    request: entity({ ...paging }),
    responses: { 200: z.array(protectedTag) },
    users: ["drift"],
  },
  "GET /projects/:id/protected_tags/:name": { responses: { 200: protectedTag }, users: ["plugin"] },
  "POST /projects/:id/protected_tags": {
    request: entity({ name: needed, create_access_level: integer, allowed_to_create: objects }),
    responses: { 201: protectedTag },
    users: ["plugin"],
  },
  "DELETE /projects/:id/protected_tags/:name": { responses: { 204: "nothing" }, users: ["plugin"] },
  "GET /projects/:id/variables": {
    request: entity({ ...paging }),
    responses: { 200: z.array(variable) },
    users: ["drift", "client"],
  },
  "GET /projects/:id/variables/:key": {
    request: entity({ filter: object }),
    responses: { 200: variable },
    users: ["plugin"],
  },
  "POST /projects/:id/variables": {
    request: entity({
      ...variableSettings,
      key: needed,
      value: needed,
      masked_and_hidden: flag,
      environment_scope: text,
    }),
    responses: { 201: variable },
    users: ["plugin"],
  },
  "PUT /projects/:id/variables/:key": {
    request: entity({
      ...variableSettings,
      // Of the path; a client says it once more.
      key: text,
      value: text,
      environment_scope: text,
      filter: object,
    }),
    responses: { 200: variable },
    users: ["plugin"],
  },
  "DELETE /projects/:id/variables/:key": {
    request: entity({ filter: object }),
    responses: { 204: "nothing" },
    users: ["plugin"],
  },
  "GET /groups/:id/variables": {
    request: entity({ ...paging }),
    responses: { 200: z.array(variable) },
    users: ["drift", "client"],
  },
  "GET /groups/:id/variables/:key": { responses: { 200: variable }, users: ["client"] },
  "POST /groups/:id/variables": {
    request: entity({
      ...variableSettings,
      key: needed,
      value: needed,
      masked_and_hidden: flag,
      environment_scope: text,
    }),
    responses: { 201: variable },
    users: ["client"],
  },
  "PUT /groups/:id/variables/:key": {
    request: entity({
      ...variableSettings,
      value: text,
      environment_scope: text,
    }),
    responses: { 200: variable },
    users: ["client"],
  },
  "DELETE /groups/:id/variables/:key": { responses: { 204: "nothing" }, users: ["client"] },
  "GET /admin/ci/variables": {
    request: entity({ ...paging }),
    responses: { 200: z.array(instanceVariable) },
    users: ["client"],
  },
  "GET /admin/ci/variables/:key": { responses: { 200: instanceVariable }, users: ["client"] },
  "POST /admin/ci/variables": {
    request: entity({
      ...variableSettings,
      key: needed,
      value: text,
    }),
    responses: { 201: instanceVariable },
    users: ["client"],
  },
  "PUT /admin/ci/variables/:key": {
    request: entity({
      ...variableSettings,
      value: text,
    }),
    responses: { 200: instanceVariable },
    users: ["client"],
  },
  "DELETE /admin/ci/variables/:key": { responses: { 204: "nothing" }, users: ["client"] },
  "GET /projects/:id/deploy_keys": {
    request: entity({ ...paging }),
    responses: { 200: z.array(deployKey) },
    users: ["drift", "plugin"],
  },
  "GET /projects/:id/deploy_keys/:key_id": { responses: { 200: deployKey }, users: ["plugin"] },
  "POST /projects/:id/deploy_keys": {
    request: entity({ key: needed, title: needed, can_push: flag, expires_at: text }),
    responses: { 201: deployKey },
    users: ["plugin"],
  },
  "PUT /projects/:id/deploy_keys/:key_id": {
    request: entity({ title: text, can_push: flag }),
    responses: { 200: deployKey },
    users: ["plugin"],
  },
  "DELETE /projects/:id/deploy_keys/:key_id": { responses: { 204: "nothing" }, users: ["plugin"] },
};
