import { isExpired } from "../auth.ts";
import { forbidden, must, notFound } from "../errors.ts";
import type { State, Token } from "../state.ts";
import { rotate, SCOPES } from "../tokens.ts";
import type { Api, Call } from "./call.ts";

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
