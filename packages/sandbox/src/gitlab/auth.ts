import type { FastifyRequest } from "fastify";
import { ApiError, unauthorized } from "./errors.ts";
import type { Instance } from "./instance.ts";
import type { Job } from "./pipelines/records.ts";
import { now, type Token, type User } from "./state.ts";
import { hashToken } from "./vault.ts";

/** Who calls, and with what token. */
export interface Principal {
  user: User;
  token: Token;
  /** The running job, when the caller holds its token. */
  job: Job | null;
}

type Found = { principal: Principal } | { problem: "unknown" | "expired" | "revoked" };

/** Looks a token up. https://docs.gitlab.com/api/rest/authentication/ */
export function findToken(instance: Instance, plain: string): Found {
  const { data } = instance.store;
  const hash = hashToken(plain);
  const token = data.tokens.find((candidate) => candidate.hash === hash);
  if (token === undefined) return { problem: "unknown" };
  if (token.revoked) return { problem: "revoked" };
  if (isExpired(token)) return { problem: "expired" };
  const user = data.users.find((candidate) => candidate.id === token.userId);
  if (user === undefined || user.state !== "active") return { problem: "unknown" };
  let job: Job | null = null;
  if (token.jobId !== null) {
    job = data.jobs.find((candidate) => candidate.id === token.jobId) ?? null;
    // A job token is good while its job runs: https://docs.gitlab.com/ci/jobs/ci_job_token/
    if (job?.status !== "running") return { problem: "unknown" };
  }
  return { principal: { user, token, job } };
}

/** A token ends at midnight UTC of the day it expires on. */
export function isExpired(token: Token): boolean {
  return token.expiresAt !== null && token.expiresAt <= now().slice(0, 10);
}

/** The caller of an API request; null without credentials; throws 401 for bad ones. */
export function authenticate(instance: Instance, request: FastifyRequest): Principal | null {
  const plain = presentedToken(request);
  if (plain === undefined) return null;
  const found = findToken(instance, plain.value);
  if ("problem" in found) {
    if (found.problem === "unknown") throw unauthorized();
    throw new ApiError(401, {
      error: "invalid_token",
      error_description:
        found.problem === "expired"
          ? "Token is expired. You can either do re-authorization or token refresh."
          : "Token was revoked. You have to re-authorize from the user.",
    });
  }
  if (plain.kind === "job" && found.principal.job === null) throw unauthorized();
  touch(instance, found.principal.token);
  return found.principal;
}

function presentedToken(request: FastifyRequest): { kind: "any" | "job"; value: string } | undefined {
  const { headers } = request;
  const own = headers["private-token"];
  if (typeof own === "string" && own !== "") return { kind: "any", value: own };
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return { kind: "any", value: bearer };
  const job = headers["job-token"];
  if (typeof job === "string" && job !== "") return { kind: "job", value: job };
  const query = request.query as Record<string, unknown>;
  for (const name of ["private_token", "access_token"]) {
    const value = query[name];
    if (typeof value === "string" && value !== "") return { kind: "any", value };
  }
  if (typeof query.job_token === "string") return { kind: "job", value: query.job_token };
  return undefined;
}

const TOUCH_EVERY_MS = 10 * 60 * 1000;

/** Notes a token's use, at most every ten minutes as GitLab does. */
function touch(instance: Instance, token: Token): void {
  if (token.jobId !== null) return;
  if (token.lastUsedAt !== null && Date.now() - Date.parse(token.lastUsedAt) < TOUCH_EVERY_MS) return;
  instance.store
    .update((state) => {
      const stored = state.tokens.find((candidate) => candidate.id === token.id);
      if (stored !== undefined) stored.lastUsedAt = now();
    })
    .catch((error: unknown) => instance.log.warn(`cannot note the use of token ${token.id}: ${error}`));
}

/** The answer to a token without the right scope. */
export function insufficientScope(needed: string): ApiError {
  return new ApiError(403, {
    error: "insufficient_scope",
    error_description: "The request requires higher privileges than provided by the access token.",
    scope: needed,
  });
}
