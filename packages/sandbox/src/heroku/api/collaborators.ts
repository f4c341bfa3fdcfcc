import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Platform } from "../platform.ts";
import { type App, type Collaborator, timestamp } from "../state.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { invalid, notFound } from "./errors.ts";
import { accountReference, appReference } from "./serialize.ts";

/** https://devcenter.heroku.com/articles/app-permissions */
const PERMISSIONS = {
  view: "Can view this app.",
  deploy: "Can deploy this app.",
  operate: "Can operate this app.",
  manage: "Can manage this app.",
} as const;
type Permission = keyof typeof PERMISSIONS;

const isPermission = (name: string): name is Permission => name in PERMISSIONS;
const permissions = z.array(z.string());

/** https://devcenter.heroku.com/articles/platform-api-reference#collaborator and #team-app-collaborator */
export function collaboratorRoutes(api: FastifyInstance, platform: Platform): void {
  const { store } = platform;
  const serialize = (app: App, one: Collaborator, role: "owner" | "collaborator") => ({
    app: appReference(app),
    created_at: one.createdAt,
    id: one.id,
    permissions: one.permissions
      .filter(isPermission)
      .map((name) => ({ name, description: PERMISSIONS[name] })),
    role,
    updated_at: one.updatedAt,
    user: { ...accountReference(platform, one.accountId), federated: false },
  });
  const find = (request: FastifyRequest, app: App): Collaborator => {
    const wanted = param(request, "collaborator");
    const found = app.collaborators?.find(
      ({ id, accountId }) =>
        [id, accountId].includes(wanted) || store.data.accounts[accountId]?.email === wanted,
    );
    if (found === undefined) throw notFound("collaborator");
    return found;
  };
  const add = async (app: App, user: string, wanted: readonly string[]) => {
    const known = Object.values(store.data.accounts).find(({ id, email }) => [id, email].includes(user));
    if (known === undefined && !user.includes("@")) throw notFound("user");
    const now = timestamp();
    // Somebody without an account is invited, and is listed from then on.
    const account = known ?? { id: randomUUID(), email: user, name: null, createdAt: now, updatedAt: now };
    if (account.id === app.ownerId || app.collaborators?.some(({ accountId }) => accountId === account.id)) {
      throw invalid("User is already a collaborator on app.");
    }
    const added = {
      id: randomUUID(),
      accountId: account.id,
      permissions: checked(wanted),
      createdAt: now,
      updatedAt: now,
    };
    await store.update((state) => {
      state.accounts[account.id] = account;
      const draft = draftOf(state.apps, app.id);
      draft.collaborators = [...(draft.collaborators ?? []), added];
    });
    return serialize(app, added, "collaborator");
  };

  for (const base of ["/apps/:app/collaborators", "/teams/apps/:app/collaborators"]) {
    api.get(base, { config: { scope: "read" } }, async (request, reply) => {
      const app = findApp(platform, request);
      const { createdAt, updatedAt, ownerId } = app;
      const owner = { id: app.id, accountId: ownerId, permissions: [], createdAt, updatedAt };
      const others = (app.collaborators ?? []).map((one) => serialize(app, one, "collaborator"));
      return sendList(request, reply, [serialize(app, owner, "owner"), ...others], ["id"]);
    });
    api.delete(`${base}/:collaborator`, { config: { scope: "write" } }, async (request) => {
      const app = findApp(platform, request);
      const found = find(request, app);
      await store.update((state) => {
        const draft = draftOf(state.apps, app.id);
        draft.collaborators = (draft.collaborators ?? []).filter(({ id }) => id !== found.id);
      });
      return serialize(app, found, "collaborator");
    });
  }

  api.post("/apps/:app/collaborators", { config: { scope: "write" } }, async (request, reply) => {
    const { user } = parseBody(z.object({ user: z.string() }), request);
    return reply.code(201).send(await add(findApp(platform, request), user, []));
  });
  api.post("/teams/apps/:app/collaborators", { config: { scope: "write" } }, async (request, reply) => {
    const schema = z.object({ user: z.string(), permissions: permissions.default(["view"]) });
    const body = parseBody(schema, request);
    return reply.code(201).send(await add(findApp(platform, request), body.user, body.permissions));
  });
  const one = "/teams/apps/:app/collaborators/:collaborator";
  api.patch(one, { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const { id } = find(request, app);
    const wanted = checked(parseBody(z.object({ permissions }), request).permissions);
    await store.update((state) => {
      const stored = draftOf(state.apps, app.id).collaborators?.find((candidate) => candidate.id === id);
      if (stored === undefined) throw notFound("collaborator");
      Object.assign(stored, { permissions: wanted, updatedAt: timestamp() });
    });
    return serialize(app, find(request, draftOf(store.data.apps, app.id)), "collaborator");
  });
}

function checked(wanted: readonly string[]): Permission[] {
  const unknown = wanted.find((name) => !isPermission(name));
  if (unknown !== undefined) throw invalid(`Permission ${unknown} is invalid.`);
  return wanted.filter(isPermission);
}
