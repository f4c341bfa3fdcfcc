import { z } from "zod";
import { entity, type Operation, wire } from "../contract.ts";
import { id, moment, named } from "./common.ts";

const user = entity({ id, email: z.string() });

/** https://devcenter.heroku.com/articles/platform-api-reference#release */
const release = entity({
  addon_plan_names: z.array(z.string()),
  app: named,
  artifacts: z.array(entity({ id, type: z.string() })),
  created_at: moment,
  current: z.boolean(),
  description: z.string(),
  eligible_for_rollback: z.boolean(),
  id,
  output_stream_url: z.url().nullable(),
  slug: entity({ id }).nullable(),
  status: z.enum(["failed", "pending", "succeeded", "expired"]),
  updated_at: moment,
  user,
  version: z.int(),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#formation */
const formation = entity({
  app: named,
  command: z.string(),
  created_at: moment,
  // https://devcenter.heroku.com/articles/container-registry-and-runtime#api
  docker_image: entity({ id: z.string() }).nullish(),
  dyno_size: named,
  id,
  quantity: z.int(),
  size: z.string(),
  type: z.string(),
  updated_at: moment,
});

/** https://devcenter.heroku.com/articles/platform-api-reference#dyno */
const dyno = entity({
  app: named,
  attach_url: z.url().nullable(),
  command: z.string(),
  created_at: moment,
  id,
  name: z.string(),
  release: entity({ id, version: z.int() }),
  size: z.string(),
  state: z.string(),
  type: z.string(),
  updated_at: moment,
});

const update = {
  docker_image: z.string().nullish(),
  // The official command line sends `+1` to add one.
  quantity: wire("integer", z.union([z.int(), z.string()]).nullish()),
  size: wire("string", z.union([z.string(), entity({ name: z.string() })]).nullish()),
};

const config = z.record(z.string(), z.string());

export const operations: Record<string, Operation> = {
  "GET /apps/:app/releases": {
    responses: { 200: z.array(release), 206: z.array(release) },
    users: ["pipelines", "plugin", "client"],
  },
  "GET /apps/:app/releases/:release": { responses: { 200: release }, users: ["plugin", "client"] },
  "POST /apps/:app/releases": {
    request: entity({ release: z.string() }),
    responses: { 201: release },
    users: ["client"],
  },

  "GET /apps/:app/config-vars": { responses: { 200: config }, users: ["drift", "plugin", "client"] },
  "PATCH /apps/:app/config-vars": {
    request: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    responses: { 200: config },
    users: ["plugin", "client"],
  },
  "GET /apps/:app/releases/:release/config-vars": { responses: { 200: config }, users: ["client"] },

  "GET /apps/:app/formation": {
    responses: { 200: z.array(formation), 206: z.array(formation) },
    users: ["pipelines", "client"],
  },
  "GET /apps/:app/formation/:type": { responses: { 200: formation }, users: ["plugin", "client"] },
  "PATCH /apps/:app/formation": {
    request: entity({ updates: z.array(entity({ type: z.string(), ...update })) }),
    responses: { 200: z.array(formation) },
    users: ["pipelines", "client"],
  },
  "PATCH /apps/:app/formation/:type": {
    request: entity(update),
    responses: { 200: formation },
    users: ["plugin"],
  },

  "GET /apps/:app/dynos": {
    responses: { 200: z.array(dyno), 206: z.array(dyno) },
    users: ["pipelines", "command line", "client"],
  },
  "DELETE /apps/:app/dynos": { responses: { 202: entity({}) }, users: ["client"] },
  "DELETE /apps/:app/dynos/:dyno": { responses: { 202: entity({}) }, users: ["client"] },
  "POST /apps/:app/dynos/:dyno/actions/stop": {
    request: entity({}),
    responses: { 202: entity({}) },
    users: ["client"],
  },

  "POST /apps/:app/log-sessions": {
    request: entity({
      dyno: z.string().nullish(),
      lines: z.int().nullish(),
      source: z.string().nullish(),
      tail: z.boolean().nullish(),
    }),
    responses: { 201: entity({ created_at: moment, id, logplex_url: z.url(), updated_at: moment }) },
    users: ["client"],
  },
};
