import { z } from "zod";
import { entity, type Operation, wire } from "../contract.ts";
import { id, moment, named } from "./common.ts";

const owner = entity({ id, email: z.string() });

/** What an app has, whoever it belongs to. */
const common = {
  archived_at: moment.nullable(),
  build_stack: named,
  buildpack_provided_description: z.string().nullable(),
  created_at: moment,
  git_url: z.string(),
  id,
  internal_routing: z.boolean().nullable(),
  maintenance: z.boolean(),
  name: z.string(),
  owner,
  region: named,
  released_at: moment.nullable(),
  repo_size: z.int().nullable(),
  slug_size: z.int().nullable(),
  space: z.null(),
  stack: named,
  updated_at: moment,
  web_url: z.url(),
};

/** https://devcenter.heroku.com/articles/platform-api-reference#app */
export const app = entity({
  ...common,
  acm: z.boolean(),
  generation: named,
  organization: named.nullable(),
  team: named.nullable(),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#team-app */
export const teamApp = entity({
  ...common,
  joined: z.boolean(),
  locked: z.boolean(),
  team: entity({ name: z.string() }).nullable(),
});

/** A region or a stack, by id or by name; the official provider sends it as an object. */
const identity = wire("string", z.union([z.string(), entity({ name: z.string() })]));

const creation = {
  name: z.string().nullish(),
  region: identity.nullish(),
  stack: identity.nullish(),
};

export const operations: Record<string, Operation> = {
  "POST /apps": { request: entity(creation), responses: { 201: app }, users: ["plugin", "client"] },
  "GET /apps": { responses: { 200: z.array(app), 206: z.array(app) }, users: ["client"] },
  "GET /users/:account/apps": { responses: { 200: z.array(app), 206: z.array(app) }, users: ["client"] },
  "GET /apps/:app": { responses: { 200: app }, users: ["preflight", "pipelines", "plugin", "client"] },
  "PATCH /apps/:app": {
    request: entity({
      name: z.string().optional(),
      build_stack: identity.optional(),
      maintenance: z.boolean().optional(),
    }),
    responses: { 200: app },
    users: ["plugin", "client"],
  },
  "DELETE /apps/:app": { responses: { 200: app }, users: ["plugin", "client"] },

  "POST /teams/apps": {
    request: entity({
      ...creation,
      team: z.string().nullish(),
      locked: z.boolean().nullish(),
      personal: z.boolean().nullish(),
      space: z.string().nullish(),
      internal_routing: z.boolean().nullish(),
    }),
    responses: { 201: teamApp },
    users: ["plugin"],
  },
  "GET /teams/apps/:app": { responses: { 200: teamApp }, users: ["plugin"] },
  "PATCH /teams/apps/:app": {
    request: entity({ locked: z.boolean() }),
    responses: { 200: teamApp },
    users: ["plugin"],
  },
  "GET /teams/:team/apps": { responses: { 200: z.array(teamApp), 206: z.array(teamApp) }, users: ["client"] },

  // https://devcenter.heroku.com/articles/platform-api-reference#app-enable-acm
  "POST /apps/:app/acm": { request: entity({}), responses: { 200: app }, users: ["plugin"] },
  "DELETE /apps/:app/acm": { responses: { 200: app }, users: ["plugin"] },
};
