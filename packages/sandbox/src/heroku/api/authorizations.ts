import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { remainingSeconds } from "../access.ts";
import type { Platform } from "../platform.ts";
import { hashToken, newToken } from "../secrets.ts";
import { type Authorization, SCOPES, timestamp } from "../state.ts";
import { param, parseBody, sendList } from "./common.ts";
import { notFound } from "./errors.ts";
import { accountReference } from "./serialize.ts";

const createSchema = z.object({
  // Without one, the command line gets an authorization for everything.
  scope: z.array(z.enum(SCOPES)).min(1).default(["global"]),
  description: z.string().nullish(),
  // The command line sends what was typed.
  expires_in: z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
    .pipe(z.int().positive())
    .nullish(),
  client: z.unknown().optional(),
});

/** What stands in place of a token that was shown already. */
const HIDDEN = "********";

/** Makes an authorization and its token, the one time that it is seen. */
export function newAuthorization(
  accountId: string,
  {
    scope,
    description,
    expires_in,
  }: Pick<z.output<typeof createSchema>, "scope" | "description" | "expires_in">,
  token: string = newToken(),
): { authorization: Authorization; token: string } {
  const now = timestamp();
  const authorization: Authorization = {
    id: randomUUID(),
    accountId,
    description: description ?? "",
    scope: [...new Set(scope)],
    createdAt: now,
    updatedAt: now,
    token: { id: randomUUID(), hash: hashToken(token), issuedAt: now, expiresIn: expires_in ?? null },
  };
  return { authorization, token };
}

/** https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization */
export function authorizationRoutes(api: FastifyInstance, platform: Platform): void {
  const { store } = platform;

  const serialize = (authorization: Authorization, token: string = HIDDEN) => ({
    access_token: { id: authorization.token.id, token, expires_in: remainingSeconds(authorization) },
    client: null,
    created_at: authorization.createdAt,
    description: authorization.description,
    grant: null,
    id: authorization.id,
    refresh_token: null,
    scope: authorization.scope,
    session: null,
    updated_at: authorization.updatedAt,
    user: { ...accountReference(platform, authorization.accountId), full_name: null },
  });

  const find = (request: FastifyRequest) => {
    const found = store.data.authorizations[param(request, "authorization")];
    if (found === undefined || found.accountId !== request.authorization.accountId)
      throw notFound("authorization");
    return found;
  };

  api.post("/oauth/authorizations", { config: { scope: "global" } }, async (request, reply) => {
    const { authorization, token } = newAuthorization(
      request.authorization.accountId,
      parseBody(createSchema, request),
    );
    await store.update((state) => {
      state.authorizations[authorization.id] = authorization;
    });
    return reply.code(201).send(serialize(authorization, token));
  });

  api.get("/oauth/authorizations", { config: { scope: "global" } }, async (request, reply) => {
    const mine = Object.values(store.data.authorizations).filter(
      ({ accountId }) => accountId === request.authorization.accountId,
    );
    return sendList(
      request,
      reply,
      mine.map((authorization) => serialize(authorization)),
      ["id"],
    );
  });

  const one = "/oauth/authorizations/:authorization";
  api.get(one, { config: { scope: "global" } }, async (request) => serialize(find(request)));

  api.delete(one, { config: { scope: "global" } }, async (request) => {
    const authorization = find(request);
    await store.update((state) => {
      delete state.authorizations[authorization.id];
    });
    return serialize(authorization);
  });

  api.post(`${one}/actions/regenerate-tokens`, { config: { scope: "global" } }, async (request) => {
    const { id } = find(request);
    const token = newToken();
    await store.update((state) => {
      const draft = state.authorizations[id];
      if (draft === undefined) throw notFound("authorization");
      const now = timestamp();
      draft.token = { ...draft.token, id: randomUUID(), hash: hashToken(token), issuedAt: now };
      draft.updatedAt = now;
    });
    return serialize(find(request), token);
  });
}
