import { hashToken } from "./secrets.ts";
import type { App, Authorization, HerokuState, Scope, Team, TeamMember } from "./state.ts";

/** The authorization that a token belongs to; none when it is unknown, revoked or expired. */
export function verifyToken(state: HerokuState, token: string): Authorization | undefined {
  const hash = hashToken(token);
  const found = Object.values(state.authorizations).find(
    (authorization) => authorization.token.hash === hash,
  );
  return found !== undefined && remainingSeconds(found) !== 0 ? found : undefined;
}

/** How long an authorization's token is still valid; null without end. */
export function remainingSeconds({ token }: Authorization, now = Date.now()): number | null {
  if (token.expiresIn === null) return null;
  const end = Date.parse(token.issuedAt) + token.expiresIn * 1000;
  return Math.max(0, Math.ceil((end - now) / 1000));
}

/**
 * Whether an authorization may do what needs `scope`. `global` may do all; a protected scope contains the
 * plain one; writing does not contain reading.
 * https://devcenter.heroku.com/articles/oauth#scopes
 */
export function hasScope({ scope }: Authorization, needed: Scope): boolean {
  if (scope.includes("global") || scope.includes(needed)) return true;
  return (needed === "read" || needed === "write") && scope.includes(`${needed}-protected`);
}

/** The role of an account in a team; none for strangers. */
export function roleIn(team: Team, accountId: string): TeamMember["role"] | undefined {
  if (team.ownerId === accountId) return "admin";
  return team.members?.find((member) => member.accountId === accountId)?.role;
}

/** The team that an account is in, by id or by name. */
export function findTeam(state: HerokuState, accountId: string, identity: string): Team | undefined {
  return Object.values(state.teams).find(
    (team) => [team.id, team.name].includes(identity) && roleIn(team, accountId) !== undefined,
  );
}

/**
 * Whether an account may use an app: its own, those that it is a collaborator of, those of its teams that are not locked, and as an admin all of the team's.
 * https://devcenter.heroku.com/articles/heroku-teams#app-access
 */
export function canAccess(state: HerokuState, accountId: string, app: App): boolean {
  if (app.ownerId === accountId) return true;
  if (app.collaborators?.some((collaborator) => collaborator.accountId === accountId)) return true;
  const team = app.teamId === null ? undefined : state.teams[app.teamId];
  const role = team === undefined ? undefined : roleIn(team, accountId);
  return role === "admin" || (role === "member" && !app.locked);
}
