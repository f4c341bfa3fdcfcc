import { isExpired } from "./auth.ts";
import { badRequest, parameterError } from "./errors.ts";
import { nextId, now, type State, type Token } from "./state.ts";
import { hashToken, newToken } from "./vault.ts";

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
