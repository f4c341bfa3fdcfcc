import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import { date, flag, integer, list, moment, needed, paging, text } from "./common.ts";

/** A user as part of other answers: https://docs.gitlab.com/api/users/ */
export const user = entity({
  id: z.int(),
  username: z.string(),
  public_email: z.string().nullable(),
  name: z.string(),
  state: z.enum(["active", "blocked"]),
  locked: z.boolean(),
  avatar_url: z.url().nullable(),
  web_url: z.url(),
});

/** What users read of themselves and administrators of everybody: https://docs.gitlab.com/api/users/#get-the-current-user */
const fullUser = entity({
  ...user.shape,
  bio: z.string(),
  bot: z.boolean(),
  can_create_group: z.boolean(),
  can_create_project: z.boolean(),
  color_scheme_id: z.int(),
  commit_email: z.string(),
  confirmed_at: moment.nullable(),
  created_at: moment,
  current_sign_in_at: moment.nullable(),
  email: z.string(),
  external: z.boolean(),
  identities: z.array(z.never()),
  discord: z.string(),
  extra_shared_runners_minutes_limit: z.int().nullable(),
  followers: z.int(),
  following: z.int(),
  github: z.string(),
  // For administrators.
  is_admin: z.boolean().optional(),
  linkedin: z.string(),
  local_time: z.string().nullable(),
  pronouns: z.string().nullable(),
  scim_identities: z.array(z.never()),
  shared_runners_minutes_limit: z.int().nullable(),
  twitter: z.string(),
  work_information: z.string().nullable(),
  job_title: z.string(),
  last_activity_on: date.nullable(),
  last_sign_in_at: moment.nullable(),
  location: z.string(),
  namespace_id: z.int(),
  organization: z.string(),
  private_profile: z.boolean(),
  projects_limit: z.int(),
  theme_id: z.int(),
  two_factor_enabled: z.boolean(),
  website_url: z.string(),
});

/** https://docs.gitlab.com/api/personal_access_tokens/ */
const token = entity({
  active: z.boolean(),
  created_at: moment,
  description: z.string().nullable(),
  expires_at: date.nullable(),
  id: z.int(),
  last_used_at: moment.nullable(),
  name: z.string(),
  revoked: z.boolean(),
  scopes: z.array(z.string()),
  user_id: z.int(),
});

const newToken = entity({ ...token.shape, token: z.string() });

/** https://docs.gitlab.com/api/project_access_tokens/ */
const projectToken = entity({
  ...token.shape,
  // None for a token that was revoked: its user is no member any more.
  access_level: z.int().nullable(),
});

const newProjectToken = entity({ ...projectToken.shape, token: z.string() });

/** Users, their tokens and what they own. */
export const operations: Record<string, Operation> = {
  // https://docs.gitlab.com/api/users/
  "GET /user": { responses: { 200: fullUser }, users: ["preflight", "client"] },
  "GET /users": {
    request: entity({ ...paging, username: text, search: text, active: flag, blocked: flag, external: flag }),
    responses: { 200: z.array(z.union([fullUser, user])) },
    users: ["client"],
  },
  "GET /users/:user_id": { responses: { 200: z.union([fullUser, user]) }, users: ["plugin", "client"] },
  "POST /users": {
    request: entity({
      username: needed,
      name: needed,
      email: needed,
      password: text,
      reset_password: flag,
      force_random_password: flag,
      admin: flag,
      skip_confirmation: flag,
    }),
    responses: { 201: fullUser },
    users: ["test"],
  },
  "DELETE /users/:user_id": {
    request: entity({ hard_delete: flag }),
    responses: { 204: "nothing" },
    users: ["test"],
  },
  // https://docs.gitlab.com/api/user_moderation/
  "POST /users/:user_id/block": { responses: { 201: z.boolean() }, users: ["test"] },
  "POST /users/:user_id/unblock": { responses: { 201: z.boolean() }, users: ["test"] },
  "POST /users/:user_id/personal_access_tokens": {
    request: entity({ name: needed, scopes: list, expires_at: text, description: text }),
    responses: { 201: newToken },
    users: ["test"],
  },
  // https://docs.gitlab.com/api/personal_access_tokens/
  "GET /personal_access_tokens": {
    request: entity({
      ...paging,
      user_id: integer,
      revoked: flag,
      state: text,
      created_before: text,
      created_after: text,
      last_used_before: text,
      last_used_after: text,
      expires_before: text,
      expires_after: text,
      search: text,
      sort: text,
    }),
    responses: { 200: z.array(token) },
    users: ["client"],
  },
  "GET /personal_access_tokens/self": { responses: { 200: token }, users: ["preflight"] },
  "GET /personal_access_tokens/:token_id": { responses: { 200: token }, users: ["client"] },
  "POST /personal_access_tokens/self/rotate": {
    request: entity({ expires_at: text }),
    responses: { 200: newToken },
    users: ["client"],
  },
  "POST /personal_access_tokens/:token_id/rotate": {
    request: entity({ expires_at: text }),
    responses: { 200: newToken },
    users: ["client"],
  },
  "DELETE /personal_access_tokens/self": { responses: { 204: "nothing" }, users: ["client"] },
  "DELETE /personal_access_tokens/:token_id": { responses: { 204: "nothing" }, users: ["client"] },
  // https://docs.gitlab.com/api/project_access_tokens/
  "GET /projects/:id/access_tokens": {
    request: entity({ ...paging, state: text, revoked: flag, search: text }),
    responses: { 200: z.array(projectToken) },
    users: ["status", "plugin", "drift"],
  },
  "GET /projects/:id/access_tokens/:token_id": { responses: { 200: projectToken }, users: ["plugin"] },
  "POST /projects/:id/access_tokens": {
    request: entity({
      name: needed,
      scopes: list,
      access_level: integer,
      expires_at: text,
      description: text,
    }),
    responses: { 201: newProjectToken },
    users: ["plugin"],
  },
  "POST /projects/:id/access_tokens/self/rotate": {
    request: entity({ expires_at: text }),
    responses: { 200: newProjectToken },
    users: ["client"],
  },
  "POST /projects/:id/access_tokens/:token_id/rotate": {
    request: entity({ expires_at: text }),
    responses: { 200: newProjectToken },
    users: ["plugin"],
  },
  "DELETE /projects/:id/access_tokens/:token_id": { responses: { 204: "nothing" }, users: ["plugin"] },
};
