import { isExpired } from "../auth.ts";
import { badRequest, forbidden, notFound, parameterError } from "../errors.ts";
import { nextId, now, type State, type Token } from "../state.ts";
import { hashToken, newToken } from "../vault.ts";
import type { Api, Call } from "./call.ts";
import { must } from "./call.ts";

/** Scopes that exist: https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes */
export const SCOPES = [
  "api",
  "read_api",
  "read_user",
  "read_repository",
  "write_repository",
  "read_registry",
  "write_registry",
  "create_runner",
  "manage_runner",
  "sudo",
  "admin_mode",
  "ai_features",
  "k8s_proxy",
  "self_rotate",
  "read_service_ping",
];

const DAY_MS = 86_400_000;
const MAX_DAYS = 365;
const ROTATED_DAYS = 7;

/** Day `days` from now, as a date. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}

export interface WantedToken {
  userId: number;
  projectId: number | null;
  name: string;
  description: string | null;
  scopes: string[];
  expiresAt: string | undefined;
}

/** Adds a token. Its plain text is in the answer and nowhere else. */
export function createToken(state: State, wanted: WantedToken): { token: Token; plain: string } {
  checkScopes(wanted.scopes);
  const expiresAt = checkExpiry(wanted.expiresAt) ?? dayFromNow(MAX_DAYS);
  return addToken(state, { ...wanted, jobId: null, expiresAt });
}

/** Adds a token without a check. */
export function addToken(
  state: State,
  wanted: Pick<Token, "userId" | "projectId" | "jobId" | "name" | "description" | "scopes" | "expiresAt">,
): { token: Token; plain: string } {
  const plain = newToken(wanted.jobId === null ? "glpat-" : "glcbt-");
  const { userId, projectId, jobId, name, description, scopes, expiresAt } = wanted;
  const token: Token = {
    id: nextId(state, "token"),
    userId,
    projectId,
    jobId,
    name,
    description,
    scopes: [...scopes],
    hash: hashToken(plain),
    createdAt: now(),
    lastUsedAt: null,
    expiresAt,
    revoked: false,
  };
  state.tokens.push(token);
  return { token, plain };
}

function checkScopes(scopes: string[]): void {
  if (scopes.length === 0) throw parameterError("scopes is missing");
  if (scopes.some((scope) => !SCOPES.includes(scope)))
    throw parameterError("scopes does not have a valid value");
}

/** Expiry is a day in the future, at most a year away. */
function checkExpiry(date: string | undefined): string | undefined {
  if (date === undefined) return undefined;
  if (date <= now().slice(0, 10)) throw badRequest("Expires at must be a date in the future");
  const last = dayFromNow(MAX_DAYS);
  if (date > last) throw badRequest(`Expiration date must be before ${last}`);
  return date;
}

/** Revokes a token and makes its successor. */
export function rotate(
  state: State,
  token: Token,
  wanted: string | undefined,
): { token: Token; plain: string } {
  if (token.revoked || isExpired(token)) throw badRequest("Token already revoked");
  const expiresAt = checkExpiry(wanted) ?? dayFromNow(ROTATED_DAYS);
  token.revoked = true;
  return addToken(state, { ...token, expiresAt });
}

/** A token as the API shows it; never with its text. */
export function tokenEntity(token: Token): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    revoked: token.revoked,
    created_at: token.createdAt,
    description: token.description,
    scopes: token.scopes,
    user_id: token.userId,
    last_used_at: token.lastUsedAt,
    active: !token.revoked && !isExpired(token),
    expires_at: token.expiresAt,
  };
}

/** Personal access tokens: https://docs.gitlab.com/api/personal_access_tokens/ */
export function personalTokenRoutes(api: Api): void {
  const { instance } = api;
  api.get("/personal_access_tokens", (call) => {
    const { user } = call.caller;
    const wanted = user.admin ? call.params.integer("user_id") : user.id;
    const tokens = call.state.tokens.filter(
      (token) =>
        token.jobId === null && token.projectId === null && (wanted === undefined || token.userId === wanted),
    );
    return call.page(filterTokens(call, tokens)).map(tokenEntity);
  });
  // Any token may look at and revoke itself; to rotate itself it needs `api` or `self_rotate`.
  api.get("/personal_access_tokens/self", (call) => tokenEntity(call.caller.token), { scopes: SCOPES });
  api.get("/personal_access_tokens/:token_id", (call) => tokenEntity(own(call, call.state)));
  api.post(
    "/personal_access_tokens/self/rotate",
    (call) => rotateCall(call, (state) => must(state.tokens.find(({ id }) => id === call.caller.token.id))),
    { scopes: ["self_rotate"] },
  );
  api.post("/personal_access_tokens/:token_id/rotate", (call) =>
    rotateCall(call, (state) => own(call, state)),
  );
  api.delete("/personal_access_tokens/self", (call) => revoke(call, call.caller.token.id), {
    scopes: SCOPES,
  });
  api.delete("/personal_access_tokens/:token_id", (call) => revoke(call, own(call, call.state).id));

  async function revoke(call: Call, id: number): Promise<undefined> {
    await instance.store.update((state) => {
      must(state.tokens.find((token) => token.id === id)).revoked = true;
    });
    return call.noContent();
  }
}

/** Rotates the token that `pick` finds and answers with the new one. */
export async function rotateCall(call: Call, pick: (state: State) => Token): Promise<unknown> {
  const expiry = call.params.date("expires_at");
  const { token, plain } = await call.instance.store.update((state) => rotate(state, pick(state), expiry));
  call.status(200);
  return { ...tokenEntity(token), token: plain };
}

/** Applies the list's filters `state`, `revoked` and `search`. */
export function filterTokens(call: Call, tokens: Token[]): Token[] {
  const wanted = call.params.oneOf("state", ["active", "inactive"] as const);
  const revoked = call.params.boolean("revoked");
  const search = call.params.string("search")?.toLowerCase();
  return tokens.filter((token) => {
    const active = !token.revoked && !isExpired(token);
    if (wanted !== undefined && active !== (wanted === "active")) return false;
    if (revoked !== undefined && token.revoked !== revoked) return false;
    return search === undefined || token.name.toLowerCase().includes(search);
  });
}

function own(call: Call, state: State): Token {
  const { user } = call.caller;
  const id = call.number("token_id");
  const token = state.tokens.find((candidate) => candidate.id === id && candidate.jobId === null);
  if (token === undefined) throw user.admin ? notFound() : forbidden();
  if (!user.admin && token.userId !== user.id) throw forbidden();
  return token;
}
