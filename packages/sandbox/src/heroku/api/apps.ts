import { randomInt, randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { canAccess } from "../access.ts";
import { DEFAULT_STACK, REGIONS, STACKS } from "../catalogue.ts";
import { newSuffix, type Platform } from "../platform.ts";
import { standingOf } from "../standing.ts";
import { type App, type HerokuState, timestamp } from "../state.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { delinquent, invalid, notFound, unverified } from "./errors.ts";
import { serializeApp } from "./serialize.ts";

const NAME = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;
const NAME_RULE =
  "Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.";
const SORTABLE = ["name", "id", "updated_at"] as const;

const identity = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);

export const createSchema = z.object({
  name: z.string().nullish(),
  region: identity.nullish(),
  stack: identity.nullish(),
});

const updateSchema = z.object({
  name: z.string().optional(),
  build_stack: identity.optional(),
  maintenance: z.boolean().optional(),
});

export interface NewApp extends z.output<typeof createSchema> {
  ownerId: string;
  teamId?: string;
  locked?: boolean;
}

/** https://devcenter.heroku.com/articles/platform-api-reference#app */
export function appRoutes(api: FastifyInstance, platform: Platform): void {
  const { store } = platform;

  api.post("/apps", { config: { scope: "write" } }, async (request, reply) => {
    const body = parseBody(createSchema, request);
    const app = await createApp(platform, { ...body, ownerId: request.authorization.accountId });
    return reply.code(201).send(serializeApp(platform, app));
  });

  const list = (accountId: string) =>
    Object.values(store.data.apps)
      .filter((app) => canAccess(store.data, accountId, app))
      .map((app) => serializeApp(platform, app));

  api.get("/apps", { config: { scope: "read" } }, async (request, reply) =>
    sendList(request, reply, list(request.authorization.accountId), SORTABLE),
  );

  api.get("/users/:account/apps", { config: { scope: "read" } }, async (request, reply) => {
    const own = store.data.accounts[request.authorization.accountId];
    if (own === undefined || !["~", own.id, own.email].includes(param(request, "account")))
      throw notFound("user");
    return sendList(request, reply, list(own.id), SORTABLE);
  });

  api.get("/apps/:app", { config: { scope: "read" } }, async (request) =>
    serializeApp(platform, findApp(platform, request)),
  );

  api.patch("/apps/:app", { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const body = parseBody(updateSchema, request);
    const stack = body.build_stack === undefined ? undefined : findStack(body.build_stack);
    const oldName = app.name;
    await store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      if (body.name !== undefined && body.name !== draft.name) {
        checkName(platform, state, body.name);
        draft.name = body.name;
      }
      if (stack !== undefined) draft.buildStack = stack;
      if (body.maintenance !== undefined) draft.maintenance = body.maintenance;
      draft.updatedAt = timestamp();
    });
    const updated = draftOf(store.data.apps, app.id);
    if (updated.name !== oldName) await platform.registry.renameApp(oldName, updated.name);
    return serializeApp(platform, updated);
  });

  api.delete("/apps/:app", { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const answer = serializeApp(platform, app);
    await store.update((state) => {
      delete state.apps[app.id];
    });
    // The answer waits for the dynos: a client that has it may count on nothing being left.
    await platform.dynos.removeApp(app.id);
    await platform.removeImages(app);
    await platform.registry.removeApp(app.name);
    platform.logplex.remove(app.id);
    return answer;
  });
}

/** Makes an app with the two releases that every new app of Heroku has. */
export async function createApp(platform: Platform, wanted: NewApp): Promise<App> {
  const { store } = platform;
  // A team pays for its apps itself.
  const payer = wanted.teamId === undefined ? store.data.accounts[wanted.ownerId] : undefined;
  const { verified, delinquentAt } = standingOf(platform.ctx, payer);
  if (delinquentAt !== null) throw delinquent();
  if (!verified) throw unverified();
  const region = REGIONS.find(({ id, name }) => [id, name].includes(wanted.region ?? "us"));
  if (region === undefined) throw notFound("region");
  const stack = findStack(wanted.stack ?? DEFAULT_STACK);
  const id = randomUUID();
  await store.update((state) => {
    const name = wanted.name ?? freeName(platform, state);
    checkName(platform, state, name);
    const now = timestamp();
    const app: App = {
      id,
      name,
      suffix: newSuffix(),
      ownerId: wanted.ownerId,
      teamId: wanted.teamId ?? null,
      locked: wanted.locked ?? false,
      region: region.name,
      stack,
      buildStack: stack,
      acm: false,
      maintenance: false,
      createdAt: now,
      updatedAt: now,
      releasedAt: null,
      config: {},
      features: {},
      buildpacks: [],
      domains: [],
      formation: {},
      releases: [],
      pushes: {},
    };
    platform.addRelease(app, { description: "Initial release", userId: wanted.ownerId });
    platform.addRelease(app, { description: "Enable Logplex", userId: wanted.ownerId });
    state.apps[id] = app;
  });
  return draftOf(store.data.apps, id);
}

function findStack(wanted: string): string {
  const stack = STACKS.find(({ id, name }) => id === wanted || name === wanted);
  if (stack === undefined) throw notFound("stack");
  return stack.name;
}

function isTaken(platform: Platform, state: HerokuState, name: string): boolean {
  return platform.reservedNames.has(name) || Object.values(state.apps).some((app) => app.name === name);
}

function checkName(platform: Platform, state: HerokuState, name: string): void {
  if (name.length < 3) throw invalid("Name is too short (minimum is 3 characters)");
  if (name.length > 30) throw invalid("Name is too long (maximum is 30 characters)");
  if (!NAME.test(name)) throw invalid(NAME_RULE);
  if (isTaken(platform, state, name)) throw invalid(`Name ${name} is already taken`);
}

const ADJECTIVES = ["calm", "bold", "quiet", "gentle", "rapid", "misty", "polar", "still", "vast", "young"];
const NOUNS = ["atoll", "basin", "cliff", "dawn", "fjord", "grove", "harbor", "lake", "meadow", "ridge"];

function freeName(platform: Platform, state: HerokuState): string {
  for (;;) {
    const name = `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${NOUNS[randomInt(NOUNS.length)]}-${randomInt(10_000, 99_999)}`;
    if (!isTaken(platform, state, name)) return name;
  }
}
