import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import { id, moment, named } from "./common.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#app-feature */
const feature = entity({
  created_at: moment,
  description: z.string(),
  display_name: z.string(),
  doc_url: z.url(),
  enabled: z.boolean(),
  feedback_email: z.string(),
  id,
  name: z.string(),
  state: z.string(),
  updated_at: moment,
});

/** https://devcenter.heroku.com/articles/platform-api-reference#domain */
const domain = entity({
  acm_status: z.string().nullable(),
  acm_status_reason: z.string().nullable(),
  app: named,
  cname: z.string().nullable(),
  created_at: moment,
  hostname: z.string(),
  id,
  kind: z.enum(["heroku", "custom"]),
  sni_endpoint: z.null(),
  status: z.string(),
  updated_at: moment,
});

/** https://devcenter.heroku.com/articles/platform-api-reference#collaborator */
const collaborator = entity({
  app: named,
  created_at: moment,
  id,
  permissions: z.array(entity({ name: z.string(), description: z.string() })),
  role: z.enum(["admin", "collaborator", "member", "owner"]).nullable(),
  updated_at: moment,
  user: entity({ id, email: z.string(), federated: z.boolean() }),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#buildpack-installations */
const buildpacks = z.array(
  entity({ ordinal: z.int(), buildpack: entity({ name: z.string(), url: z.string() }) }),
);

/** https://devcenter.heroku.com/articles/platform-api-reference#region */
const region = entity({
  country: z.string(),
  created_at: moment,
  description: z.string(),
  id,
  locale: z.string(),
  name: z.string(),
  private_capable: z.boolean(),
  provider: entity({ name: z.string(), region: z.string() }),
  updated_at: moment,
});

/** https://devcenter.heroku.com/articles/platform-api-reference#stack */
const stack = entity({
  created_at: moment,
  default: z.boolean(),
  id,
  name: z.string(),
  state: z.string(),
  updated_at: moment,
});

/** https://devcenter.heroku.com/articles/platform-api-reference#dyno-size */
const size = entity({
  architecture: z.string(),
  compute: z.int(),
  cost: entity({ cents: z.int(), unit: z.string() }).nullable(),
  dedicated: z.boolean(),
  generation: named,
  id,
  memory: z.number(),
  name: z.string(),
  precise_dyno_units: z.number(),
  private_space_only: z.boolean(),
});

const none = z.array(z.never());

export const operations: Record<string, Operation> = {
  "GET /apps/:app/features": { responses: { 200: z.array(feature) }, users: ["client"] },
  "GET /apps/:app/features/:feature": { responses: { 200: feature }, users: ["client"] },
  "PATCH /apps/:app/features/:feature": {
    request: entity({ enabled: z.boolean() }),
    responses: { 200: feature },
    users: ["client"],
  },

  "GET /apps/:app/buildpack-installations": { responses: { 200: buildpacks }, users: ["plugin"] },
  "PUT /apps/:app/buildpack-installations": {
    request: entity({ updates: z.array(entity({ buildpack: z.string() })) }),
    responses: { 200: buildpacks },
    users: ["plugin"],
  },

  "GET /apps/:app/domains": { responses: { 200: z.array(domain), 206: z.array(domain) }, users: ["client"] },
  "POST /apps/:app/domains": {
    request: entity({ hostname: z.string(), sni_endpoint: z.null() }),
    responses: { 201: domain },
    users: ["client"],
  },
  "DELETE /apps/:app/domains/:domain": { responses: { 200: domain }, users: ["client"] },

  // What `heroku apps:info` reads of an app.
  "GET /apps/:app/addons": { responses: { 200: none }, users: ["client"] },
  "GET /apps/:app/collaborators": { responses: { 200: z.array(collaborator) }, users: ["client"] },
  "GET /apps/:app/pipeline-couplings": { responses: {}, users: ["client"] },

  "GET /regions": { responses: { 200: z.array(region), 206: z.array(region) }, users: ["client"] },
  "GET /stacks": { responses: { 200: z.array(stack), 206: z.array(stack) }, users: ["client"] },
  "GET /dyno-sizes": { responses: { 200: z.array(size), 206: z.array(size) }, users: ["client"] },
};
