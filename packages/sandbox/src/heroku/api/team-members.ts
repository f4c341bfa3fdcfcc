import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { findTeam, roleIn } from "../access.ts";
import type { Platform } from "../platform.ts";
import { type HerokuState, type Team, type TeamMember, timestamp } from "../state.ts";
import { param, parseBody, sendList } from "./common.ts";
import { forbidden, notFound, notImplemented } from "./errors.ts";

const schema = z.object({ email: z.string(), role: z.enum(["admin", "member", "viewer"]) });

/** https://devcenter.heroku.com/articles/platform-api-reference#team-member */
export function teamMemberRoutes(api: FastifyInstance, platform: Platform): void {
  const { store } = platform;
  const teamOf = (request: FastifyRequest): Team => {
    const team = findTeam(store.data, request.authorization.accountId, param(request, "team"));
    if (team === undefined) throw notFound("team");
    return team;
  };
  const administered = (request: FastifyRequest): Team => {
    const team = teamOf(request);
    if (roleIn(team, request.authorization.accountId) !== "admin") {
      throw forbidden("You do not have permission to manage members of this team.");
    }
    return team;
  };
  const serialize = ({ id, accountId, role, createdAt, updatedAt }: TeamMember) => {
    const account = store.data.accounts[accountId];
    return {
      created_at: createdAt,
      email: account?.email ?? "",
      federated: false,
      id,
      identity_provider: null,
      role,
      two_factor_authentication: false,
      updated_at: updatedAt,
      user: { id: accountId, email: account?.email ?? "", name: account?.name ?? null },
    };
  };
  const path = "/teams/:team/members";

  api.get(path, { config: { scope: "read" } }, async (request, reply) =>
    sendList(request, reply, membersOf(teamOf(request)).map(serialize), ["id", "email"]),
  );

  // For those who are in it already too: it gives them another role.
  api.put(path, { config: { scope: "global" } }, async (request, reply) => {
    const team = administered(request);
    const { email, role } = parseBody(schema, request);
    const account = Object.values(store.data.accounts).find((candidate) => candidate.email === email);
    if (account === undefined) throw notImplemented(`invitations of people without account (${email})`);
    if (role === "viewer") throw notImplemented("viewers of a team");
    const known = team.members?.some((member) => member.accountId === account.id) ?? false;
    const member = await store.update((state) => putMember(state, team.id, account.id, role));
    return reply.code(known ? 200 : 201).send(serialize(member));
  });

  api.delete(`${path}/:member`, { config: { scope: "global" } }, async (request) => {
    const team = administered(request);
    const wanted = param(request, "member");
    const found = membersOf(team).find(
      (member) => member.id === wanted || store.data.accounts[member.accountId]?.email === wanted,
    );
    if (found === undefined || found.accountId === team.ownerId) throw notFound("member");
    await store.update((state) => {
      const draft = draftTeam(state, team.id);
      draft.members = draft.members?.filter(({ id }) => id !== found.id) ?? [];
    });
    return serialize(found);
  });
}

/** Who made the team is its first admin. */
function membersOf(team: Team): TeamMember[] {
  const { ownerId, createdAt, updatedAt } = team;
  return [{ id: ownerId, accountId: ownerId, role: "admin", createdAt, updatedAt }, ...(team.members ?? [])];
}

function draftTeam(state: HerokuState, id: string): Team {
  const team = state.teams[id];
  if (team === undefined) throw notFound("team");
  return team;
}

function putMember(
  state: HerokuState,
  teamId: string,
  accountId: string,
  role: TeamMember["role"],
): TeamMember {
  const team = draftTeam(state, teamId);
  const now = timestamp();
  const known = team.members?.find((member) => member.accountId === accountId);
  if (known !== undefined) return Object.assign(known, { role, updatedAt: now });
  const member = { id: randomUUID(), accountId, role, createdAt: now, updatedAt: now };
  team.members = [...(team.members ?? []), member];
  return member;
}
