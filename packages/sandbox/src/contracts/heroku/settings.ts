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

/** https://devcenter.heroku.com/articles/platform-api-reference#app-webhook */
const webhook = entity({
  app: named,
  created_at: moment,
  id,
  include: z.array(z.string()),
  level: z.enum(["notify", "sync"]),
  updated_at: moment,
  url: z.url(),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#log-drain */
const drain = entity({
  addon: z.null(),
  app: named,
  created_at: moment,
  id,
  token: z.string(),
  updated_at: moment,
  url: z.string(),
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
  "GET /apps/:app/features": { responses: { 200: z.array(feature) }, users: ["drift", "client"] },
  "GET /apps/:app/features/:feature": { responses: { 200: feature }, users: ["client"] },
  "PATCH /apps/:app/features/:feature": {
    request: entity({ enabled: z.boolean() }),
    responses: { 200: feature },
    users: ["client"],
  },

  "GET /apps/:app/buildpack-installations": { responses: { 200: buildpacks }, users: ["drift", "plugin"] },
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
  "GET /apps/:app/collaborators": {
    responses: { 200: z.array(collaborator), 206: z.array(collaborator) },
    users: ["drift", "client"],
  },
  "POST /apps/:app/collaborators": {
    request: entity({ user: z.string(), silent: z.boolean().optional() }),
    responses: { 201: collaborator },
    users: ["test"],
  },
  "DELETE /apps/:app/collaborators/:collaborator": { responses: { 200: collaborator }, users: ["drift"] },
  "GET /teams/apps/:app/collaborators": {
    responses: { 200: z.array(collaborator), 206: z.array(collaborator) },
    users: ["drift"],
  },
  "POST /teams/apps/:app/collaborators": {
    request: entity({
      user: z.string(),
      permissions: z.array(z.string()).optional(),
      silent: z.boolean().optional(),
    }),
    responses: { 201: collaborator },
    users: ["test"],
  },
  "PATCH /teams/apps/:app/collaborators/:collaborator": {
    request: entity({ permissions: z.array(z.string()) }),
    responses: { 200: collaborator },
    users: ["test"],
  },
  "DELETE /teams/apps/:app/collaborators/:collaborator": {
    responses: { 200: collaborator },
    users: ["drift"],
  },
  "GET /apps/:app/webhooks": {
    responses: { 200: z.array(webhook), 206: z.array(webhook) },
    users: ["drift"],
  },
  "POST /apps/:app/webhooks": {
    request: entity({
      include: z.array(z.string()),
      level: z.enum(["notify", "sync"]),
      url: z.url(),
      authorization: z.string().nullish(),
      secret: z.string().nullish(),
    }),
    responses: { 201: webhook },
    users: ["test"],
  },
  "DELETE /apps/:app/webhooks/:webhook": { responses: { 200: webhook }, users: ["drift"] },
  "GET /apps/:app/log-drains": { responses: { 200: z.array(drain), 206: z.array(drain) }, users: ["drift"] },
  "POST /apps/:app/log-drains": {
    request: entity({ url: z.string() }),
    responses: { 201: drain },
    users: ["test"],
  },
  "DELETE /apps/:app/log-drains/:drain": { responses: { 200: drain }, users: ["drift"] },
  "GET /apps/:app/pipeline-couplings": { responses: {}, users: ["client"] },

  "GET /regions": { responses: { 200: z.array(region), 206: z.array(region) }, users: ["client"] },
  "GET /stacks": { responses: { 200: z.array(stack), 206: z.array(stack) }, users: ["client"] },
  "GET /dyno-sizes": { responses: { 200: z.array(size), 206: z.array(size) }, users: ["client"] },
};
