import { createHash, randomUUID } from "node:crypto";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { heroku } from "../../contracts/heroku/contract.ts";
import { meetFaults } from "../../core/faults/fastify.ts";
import { parseBasic } from "../../core/registry-proxy.ts";
import { recordRequests } from "../../core/request-log.ts";
import { holdToContract } from "../../likeness/hold.ts";
import { hasScope, verifyToken } from "../access.ts";
import { placeOf } from "../fault-answers.ts";
import type { Platform } from "../platform.ts";
import { standingOf } from "../standing.ts";
import type { Authorization, Scope } from "../state.ts";
import { absent } from "./absent.ts";
import { accountRoutes } from "./account.ts";
import { appRoutes } from "./apps.ts";
import { attachmentRoutes } from "./attachments.ts";
import { authorizationRoutes } from "./authorizations.ts";
import { catalogueRoutes } from "./catalogue-routes.ts";
import { collaboratorRoutes } from "./collaborators.ts";
import { configRoutes } from "./config.ts";
import { dynoRoutes } from "./dynos.ts";
import { ApiError, badRequest, forbidden, unauthorized } from "./errors.ts";
import { formationRoutes } from "./formation.ts";
import { logDrainRoutes } from "./log-drains.ts";
import { logRoutes } from "./logs.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import { releaseRoutes } from "./releases.ts";
import { settingRoutes } from "./settings.ts";
import { teamMemberRoutes } from "./team-members.ts";
import { teamRoutes } from "./teams.ts";
import { webhookRoutes } from "./webhooks.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The OAuth scope that a route needs; a route without one is open. */
    scope?: Scope;
  }
  interface FastifyRequest {
    authorization: Authorization;
    /** The variant of the API version, e.g. `docker-releases` of `version=3.docker-releases`. */
    variant: string | undefined;
  }
}

const MISSING_VERSION =
  "Please specify a version along with Heroku's API MIME type. For example, `Accept: application/vnd.heroku+json; version=3`.";
const NO_CREDENTIALS =
  'There were no credentials in your `Authorization` header. Try `Authorization: Bearer <OAuth access token>` or `Authorization: Basic <base64-encoded email + ":" + password>`.';
const RATE_LIMITS = "/account/rate-limits";

/** The Platform API, version 3: https://devcenter.heroku.com/articles/platform-api-reference */
export function createApi(platform: Platform): FastifyInstance {
  const { log } = platform;
  const api = fastify({ forceCloseConnections: true, genReqId: () => randomUUID(), exposeHeadRoutes: true });
  meetFaults(api, platform.ctx.faults, placeOf);
  const limit = createRateLimit(platform.ctx.conditions.heroku.rateLimit);
  api.decorateRequest("authorization");
  api.decorateRequest("variant");

  // curl's -d says "form" where the body is JSON: Heroku looks at the body alone, and so does this.
  api.removeAllContentTypeParsers();
  api.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(body as string));
    } catch {
      done(badRequest("Unable to parse the JSON in the request body."));
    }
  });

  api.addHook("onRequest", async (request, reply) => {
    reply.header("request-id", request.id).header("cache-control", "private, no-cache");
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    request.variant = checkVersion(request);
    request.authorization = authenticate(platform, request);
    // Asking for what is left takes nothing off.
    if (request.routeOptions.url !== RATE_LIMITS) checkLimit(limit, request.authorization, reply);
    checkStanding(platform, request);
    if (!hasScope(request.authorization, scope)) {
      throw forbidden("The scope of this OAuth authorization does not allow access to this resource.");
    }
  });

  holdToContract(api, heroku, {
    // What is open is not of the API, such as the address of a log session.
    path: ({ routeOptions: { config, url } }) => (config.scope === undefined ? undefined : url),
    parameters: ({ body }) => body ?? {},
  });
  api.addHook("onSend", async (request, reply, payload) => {
    if (request.method !== "GET" || typeof payload !== "string" || reply.statusCode >= 300) return payload;
    const etag = `"${createHash("sha256").update(payload).digest("hex").slice(0, 32)}"`;
    reply.header("etag", etag);
    if (request.headers["if-none-match"] !== etag) return payload;
    reply.code(304);
    return "";
  });

  recordRequests(api, platform.ctx, "heroku");
  api.addHook("onResponse", async (request, reply) => {
    log.info(
      `${request.method} ${request.url.split("?")[0]} ${reply.statusCode} ${Math.round(reply.elapsedTime)}ms`,
    );
  });

  api.setNotFoundHandler(async (request) => {
    throw absent(request.method, request.url);
  });

  api.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const known = toApiError(error);
    if (known === undefined)
      log.error(`${request.method} ${request.url.split("?")[0]}: ${error.stack ?? error.message}`);
    const answer = known ?? new ApiError(500, "internal_server_error", "Internal server error.");
    if (answer.status === 401) reply.header("www-authenticate", 'Bearer realm="Heroku"');
    reply.code(answer.status).send({
      id: answer.id,
      message: answer.message,
      ...(answer.resource === undefined ? {} : { resource: answer.resource }),
      ...(answer.url === undefined ? {} : { url: answer.url }),
    });
  });

  const routes = [
    accountRoutes,
    appRoutes,
    attachmentRoutes,
    collaboratorRoutes,
    logDrainRoutes,
    webhookRoutes,
    authorizationRoutes,
    catalogueRoutes,
    configRoutes,
    dynoRoutes,
    formationRoutes,
    logRoutes,
    releaseRoutes,
    settingRoutes,
    teamRoutes,
    teamMemberRoutes,
  ];
  for (const add of routes) add(api, platform);
  api.get(RATE_LIMITS, { config: { scope: "read" } }, async (request) => ({
    remaining: limit.remaining(request.authorization.accountId),
  }));
  return api;
}

/** `Accept: application/vnd.heroku+json; version=3[.variant]`, gives the variant. */
function checkVersion(request: FastifyRequest): string | undefined {
  const match = /application\/vnd\.heroku\+json\s*;\s*version=(\w+)(?:\.([\w-]+))?/.exec(
    request.headers.accept ?? "",
  );
  if (match === null) throw new ApiError(400, "missing_version", MISSING_VERSION);
  const [, version, variant] = match;
  if (version !== "3") {
    throw new ApiError(
      406,
      "not_acceptable",
      `The requested version ${version} of the API is not available; use version 3.`,
    );
  }
  return variant;
}

function authenticate(platform: Platform, request: FastifyRequest): Authorization {
  const header = request.headers.authorization ?? "";
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
  const token = bearer ?? parseBasic(header)?.password;
  if (token === undefined || token === "") throw unauthorized(NO_CREDENTIALS);
  const authorization = verifyToken(platform.store.data, token);
  if (authorization === undefined) throw unauthorized("Invalid credentials provided.");
  return authorization;
}

function checkLimit(limit: RateLimit, authorization: Authorization, reply: FastifyReply): void {
  const remaining = limit.take(authorization.accountId);
  reply.header("ratelimit-remaining", String(Math.max(0, remaining)));
  if (remaining < 0) {
    throw new ApiError(
      429,
      "rate_limit",
      "Your account reached the API rate limit\nPlease wait a few minutes before making new requests",
      undefined,
      "https://devcenter.heroku.com/articles/platform-api-reference#rate-limits",
    );
  }
}

/**
 * An account that is suspended reads itself and no more.
 * https://devcenter.heroku.com/articles/platform-api-reference#error-responses
 */
function checkStanding(platform: Platform, request: FastifyRequest): void {
  const account = platform.store.data.accounts[request.authorization.accountId];
  const { suspendedAt } = standingOf(platform.ctx, account);
  if (suspendedAt !== null && request.routeOptions.url !== "/account") {
    throw new ApiError(
      403,
      "suspended",
      `The account ${account?.email} was suspended. If you believe this is an error please contact support`,
    );
  }
}

function toApiError(error: Error & { statusCode?: number }): ApiError | undefined {
  if (error instanceof ApiError) return error;
  // Errors of the web server about a malformed request.
  if (error.statusCode === 413)
    return new ApiError(413, "request_too_large", "The request body is too large.");
  if (error.statusCode !== undefined && error.statusCode < 500) return badRequest(error.message);
  return undefined;
}
