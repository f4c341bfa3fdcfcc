import { z } from "zod";
import { entity, type Operation, wire } from "../contract.ts";
import { id, moment } from "./common.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#account */
const account = entity({
  allow_tracking: z.boolean(),
  beta: z.boolean(),
  country_of_residence: z.string().nullable(),
  created_at: moment,
  default_organization: z.null(),
  default_team: z.null(),
  delinquent_at: moment.nullable(),
  email: z.string(),
  federated: z.boolean(),
  id,
  identity_provider: z.null(),
  last_login: moment.nullable(),
  name: z.string().nullable(),
  sms_number: z.string().nullable(),
  suspended_at: moment.nullable(),
  two_factor_authentication: z.boolean(),
  updated_at: moment,
  verified: z.boolean(),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#team */
const team = entity({
  created_at: moment,
  credit_card_collections: z.boolean(),
  default: z.boolean(),
  enterprise_account: z.null(),
  id,
  identity_provider: z.null(),
  membership_limit: z.number().nullable(),
  name: z.string(),
  provisioned_licenses: z.boolean(),
  role: z.enum(["admin", "collaborator", "member", "owner"]).nullable(),
  type: z.enum(["enterprise", "team"]),
  updated_at: moment,
});

/** https://devcenter.heroku.com/articles/platform-api-reference#team-member */
const teamMember = entity({
  created_at: moment,
  email: z.string(),
  federated: z.boolean(),
  id,
  identity_provider: z.null(),
  role: z.enum(["admin", "collaborator", "member", "owner"]).nullable(),
  two_factor_authentication: z.boolean(),
  updated_at: moment,
  user: entity({ id, email: z.string(), name: z.string().nullable() }),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization */
const authorization = entity({
  access_token: entity({ id, token: z.string(), expires_in: z.int().nullable() }),
  client: z.null(),
  created_at: moment,
  description: z.string(),
  grant: z.null(),
  id,
  refresh_token: z.null(),
  scope: z.array(z.string()),
  session: z.null(),
  updated_at: moment,
  user: entity({ id, email: z.string(), full_name: z.string().nullable() }),
});

const authorizations = z.array(authorization);

export const operations: Record<string, Operation> = {
  "GET /teams/:team/members": {
    responses: { 200: z.array(teamMember), 206: z.array(teamMember) },
    users: ["test"],
  },
  "PUT /teams/:team/members": {
    request: z.strictObject({ email: z.string(), role: z.enum(["admin", "member", "viewer"]) }),
    responses: { 200: teamMember, 201: teamMember },
    users: ["test"],
  },
  "DELETE /teams/:team/members/:member": { responses: { 200: teamMember }, users: ["test"] },
  "GET /account": { responses: { 200: account }, users: ["preflight", "plugin", "client"] },
  "GET /account/rate-limits": { responses: { 200: entity({ remaining: z.int() }) }, users: ["client"] },

  "GET /teams": { responses: { 200: z.array(team), 206: z.array(team) }, users: ["client"] },
  "GET /teams/:team": { responses: { 200: team }, users: ["preflight"] },
  "POST /teams": { request: entity({ name: z.string() }), responses: { 201: team }, users: ["test"] },

  "POST /oauth/authorizations": {
    request: entity({
      // None is all: https://devcenter.heroku.com/articles/oauth#scopes. The command line sends text for a number.
      scope: z.array(z.string()).min(1).optional(),
      description: z.string().nullish(),
      expires_in: wire("integer", z.union([z.int().positive(), z.string().regex(/^\d+$/)]).nullish()),
    }),
    responses: { 201: authorization },
    users: ["program", "client"],
  },
  "GET /oauth/authorizations": {
    responses: { 200: authorizations, 206: authorizations },
    users: ["program", "preflight", "status", "drift", "client"],
  },
  "GET /oauth/authorizations/:authorization": {
    responses: { 200: authorization },
    users: ["program", "drift", "client"],
  },
  "DELETE /oauth/authorizations/:authorization": {
    responses: { 200: authorization },
    users: ["program", "client"],
  },
  "POST /oauth/authorizations/:authorization/actions/regenerate-tokens": {
    request: entity({}),
    responses: { 200: authorization },
    users: ["client"],
  },
};
