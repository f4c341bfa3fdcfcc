/**
 * Makes, keeps or revokes the OAuth authorization that pipelines deploy to Heroku with: `create`, `update` or
 * `delete`. Prints it as JSON. https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization
 */

import { authorizationsOf, revokeAuthorization } from "../../lib/heroku/authorizations.ts";
import { HerokuError, heroku } from "../../lib/heroku/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { AnswerLost } from "../../lib/http/patience.ts";
import { main, variable } from "./command.ts";
import { watchEngine } from "./engine.ts";

/** What the stack keeps, as a secret. */
export interface Authorization {
  readonly id: string;
  readonly token: string;
  /** When it ends; missing in what older versions of this program printed. */
  readonly expiresAt?: string;
}

export interface AuthorizationRequest {
  readonly description: string;
  readonly scope: readonly string[];
  readonly expiryDays: number;
}

interface ApiAuthorization {
  id: string;
  access_token: { token: string; expires_in: number | null };
}

/** How often it is tried to make one, where Heroku's answers get lost. */
const TRIES = 3;

/** How much earlier than by this process's count one may have been made: Heroku tells whole seconds. */
const TOLERANCE_MS = 2000;

/**
 * Makes an authorization. Where the answer is lost, Heroku may have made one whose token nobody will ever know: it is
 * revoked, and another one made. Not by a command whose engine was killed meanwhile: the next update has made its own by
 * then, and what this one left is found by its mark.
 */
export async function create(
  account: Account,
  request: AuthorizationRequest,
  isWanted = watchEngine(),
): Promise<Authorization> {
  for (let tries = 1; ; tries++) {
    const sent = performance.now();
    try {
      return await make(account, request);
    } catch (error) {
      if (!mayHaveMadeOne(error) || !(await isWanted())) throw error;
      await revokeMadeSince(account, request.description, sent);
      if (tries === TRIES) throw error;
    }
  }
}

function mayHaveMadeOne(error: unknown): boolean {
  return error instanceof AnswerLost || (error instanceof HerokuError && error.status >= 500);
}

/** @param sent when the request was sent, by this process's count (`performance.now`) */
async function revokeMadeSince(account: Account, description: string, sent: number): Promise<void> {
  const { list, now } = await authorizationsOf(account);
  const since = now - (performance.now() - sent) - TOLERANCE_MS;
  const made = list.filter((one) => one.description === description && Date.parse(one.created_at) >= since);
  for (const { id } of made) await revokeAuthorization(account, id);
}

async function make(account: Account, request: AuthorizationRequest): Promise<Authorization> {
  const { id, access_token } = await heroku<ApiAuthorization>(
    account,
    "creation of the pipelines' authorization",
    "/oauth/authorizations",
    {
      method: "POST",
      body: {
        description: request.description,
        scope: request.scope,
        expires_in: request.expiryDays * 24 * 60 * 60,
      },
    },
  );
  const { token, expires_in: seconds } = access_token;
  return { id, token, ...(seconds && { expiresAt: new Date(Date.now() + seconds * 1000).toISOString() }) };
}

/** Keeps an authorization that still exists; makes a new one when somebody revoked it. */
export async function update(
  account: Account,
  request: AuthorizationRequest,
  previous: Authorization,
): Promise<Authorization> {
  try {
    await heroku(account, "look-up of the pipelines' authorization", `/oauth/authorizations/${previous.id}`);
    return previous;
  } catch (error) {
    if (error instanceof HerokuError && error.status === 404) return create(account, request);
    throw error;
  }
}

if (import.meta.main) {
  const account: Account = { url: variable("HEROKU_API_URL"), token: variable("HEROKU_API_KEY") };
  const request = (): AuthorizationRequest => ({
    description: variable("DESCRIPTION"),
    scope: variable("SCOPES").split(","),
    expiryDays: Number(variable("EXPIRY_DAYS")),
  });
  // Pulumi hands over what the last run printed.
  const previous = (): Authorization => JSON.parse(variable("PULUMI_COMMAND_STDOUT"));
  const actions: Record<string, () => Promise<unknown>> = {
    create: () => create(account, request()),
    update: () => update(account, request(), previous()),
    delete: async () => revokeAuthorization(account, previous().id),
  };
  const action = process.argv[2] ?? "";
  await main(async () => {
    const chosen = actions[action];
    if (!chosen) throw new Error(`usage: heroku-authorization.ts ${Object.keys(actions).join("|")}`);
    return (await chosen()) ?? {};
  });
}
