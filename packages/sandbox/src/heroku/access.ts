import { hashToken } from "./secrets.ts";
import type { App, Authorization, HerokuState, Scope } from "./state.ts";

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

/** Whether an account may use an app: its own, and those of its teams. */
export function canAccess(state: HerokuState, accountId: string, app: App): boolean {
  if (app.ownerId === accountId) return true;
  return app.teamId !== null && state.teams[app.teamId]?.ownerId === accountId;
}
