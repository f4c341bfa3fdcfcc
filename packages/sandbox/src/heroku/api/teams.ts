import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { findTeam, roleIn } from "../access.ts";
import type { Platform } from "../platform.ts";
import { type Team, timestamp } from "../state.ts";
import { createApp, createSchema } from "./apps.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { invalid, notFound } from "./errors.ts";
import { serializeTeamApp } from "./serialize.ts";

const NAME = /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/;

/** https://devcenter.heroku.com/articles/platform-api-reference#team and #team-app */
export function teamRoutes(api: FastifyInstance, platform: Platform): void {
  const { store } = platform;
  const serialize = (team: Team, accountId: string) => ({
    created_at: team.createdAt,
    credit_card_collections: true,
    default: false,
    enterprise_account: null,
    id: team.id,
    identity_provider: null,
    membership_limit: 25,
    name: team.name,
    provisioned_licenses: false,
    role: roleIn(team, accountId) ?? null,
    type: "team",
    updated_at: team.updatedAt,
  });
  const mine = (accountId: string) =>
    Object.values(store.data.teams).filter((team) => roleIn(team, accountId) !== undefined);
  const ownTeam = (accountId: string, identity: string) => {
    const team = findTeam(store.data, accountId, identity);
    if (team === undefined) throw notFound("team");
    return team;
  };

  api.get("/teams", { config: { scope: "read" } }, async (request, reply) =>
    sendList(
      request,
      reply,
      mine(request.authorization.accountId).map((team) => serialize(team, request.authorization.accountId)),
      ["id", "name"],
    ),
  );

  api.get("/teams/:team", { config: { scope: "read" } }, async (request) =>
    serialize(
      ownTeam(request.authorization.accountId, param(request, "team")),
      request.authorization.accountId,
    ),
  );

  api.post("/teams", { config: { scope: "global" } }, async (request, reply) => {
    const { name } = parseBody(z.object({ name: z.string() }), request);
    if (!NAME.test(name))
      throw invalid("Name must start with a letter and contain lowercase letters, digits and dashes.");
    const now = timestamp();
    const team: Team = {
      id: randomUUID(),
      name,
      ownerId: request.authorization.accountId,
      createdAt: now,
      updatedAt: now,
    };
    await store.update((state) => {
      if (Object.values(state.teams).some((other) => other.name === name))
        throw invalid(`Name ${name} is already taken`);
      state.teams[team.id] = team;
    });
    return reply.code(201).send(serialize(team, team.ownerId));
  });

  api.get("/teams/:team/apps", { config: { scope: "read" } }, async (request, reply) => {
    const team = ownTeam(request.authorization.accountId, param(request, "team"));
    const apps = Object.values(store.data.apps).filter((app) => app.teamId === team.id);
    return sendList(
      request,
      reply,
      apps.map((app) => serializeTeamApp(platform, app)),
      ["name", "id"],
    );
  });

  const teamSchema = createSchema.extend({
    team: z.string().nullish(),
    locked: z.boolean().nullish(),
    personal: z.boolean().nullish(),
    space: z.string().nullish(),
    internal_routing: z.boolean().nullish(),
  });

  api.post("/teams/apps", { config: { scope: "write" } }, async (request, reply) => {
    const body = parseBody(teamSchema, request);
    const ownerId = request.authorization.accountId;
    if (body.space) throw notFound("space");
    const team = body.team && body.personal !== true ? ownTeam(ownerId, body.team) : undefined;
    const app = await createApp(platform, {
      ...body,
      ownerId,
      locked: body.locked ?? false,
      ...(team === undefined ? {} : { teamId: team.id }),
    });
    return reply.code(201).send(serializeTeamApp(platform, app));
  });

  api.get("/teams/apps/:app", { config: { scope: "read" } }, async (request) =>
    serializeTeamApp(platform, findApp(platform, request)),
  );

  api.patch("/teams/apps/:app", { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const body = parseBody(z.object({ locked: z.boolean().optional() }), request);
    await store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      if (body.locked !== undefined) draft.locked = body.locked;
      draft.updatedAt = timestamp();
    });
    return serializeTeamApp(platform, draftOf(store.data.apps, app.id));
  });
}
