import { herokuCall } from "../../../lib/heroku/client.ts";
import { isUnwell } from "../../../lib/http/patience.ts";
import { type HttpResponse, jsonOf } from "../../../lib/http/request.ts";
import { type StackConfig, setCommand } from "../../config/config.ts";
import { problem, type Verdict } from "../check.ts";
import { type Asked, ask, bodyOf, clockSkew, unwellAnswer } from "../service.ts";
import type { Owned } from "../state.ts";

const address = {
  service: "Heroku",
  setting: "heroku:url",
  example: "https://api.heroku.com",
  variable: "HEROKU_API_URL",
} as const;

/** What Heroku told. An answer is undefined where there was nothing to ask. */
export interface HerokuAnswers {
  readonly config: StackConfig;
  readonly owned: Owned;
  readonly now: number;
  readonly skew: number | undefined;
  readonly account: HttpResponse;
  readonly authorizations: HttpResponse;
  readonly app: HttpResponse | undefined;
  readonly team: HttpResponse | undefined;
}

/** An entry of the list of authorizations. https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization */
export interface ListedAuthorization {
  readonly description?: string | null;
  readonly scope?: readonly string[];
  readonly access_token?: { readonly token?: string; readonly expires_in?: number | null } | null;
}

/** Asks Heroku whose key it is, and all that the checks look at. */
export function askHeroku(config: StackConfig, owned: Owned, now = Date.now): Promise<Asked<HerokuAnswers>> {
  const { heroku, herokuApp, herokuTeam } = config;
  const get = (path: string) => herokuCall(heroku, path);
  return ask(address, async () => {
    const account = await get("/account");
    const skew = clockSkew(account, now());
    const unusable = unusableAccount(account, heroku.url);
    if (unusable) return { unusable };
    const [authorizations, app, team] = await Promise.all([
      get("/oauth/authorizations"),
      owned.apps.includes(herokuApp) ? undefined : get(`/apps/${encodeURIComponent(herokuApp)}`),
      herokuTeam === undefined ? undefined : get(`/teams/${encodeURIComponent(herokuTeam)}`),
    ]);
    return { answers: { config, owned, now: now(), skew, account, authorizations, app, team } };
  });
}

function unusableAccount(answer: HttpResponse, url: string): Verdict | undefined {
  if (answer.status === 401) return keyProblem(`a key that ${url} does not know, or that has expired`);
  if (isUnwell(answer)) return unwellAnswer("Heroku", `${url}/account`, answer);
  const suspended = bodyOf<{ suspended_at?: string | null }>(answer)?.suspended_at;
  // Such an account may read itself and nothing else.
  if (suspended) {
    return problem({
      found: `a key of an account that Heroku suspended on ${suspended.slice(0, 10)}`,
      allowed: goodStanding,
      fix: "ask Heroku: https://help.heroku.com",
    });
  }
  // A key without scope identity may not read the account, which is not a problem.
  if (answer.status === 403 || (answer.status === 200 && isObject(jsonOf(answer)))) return undefined;
  return problem({
    setting: address.setting,
    found: `${url}, which does not answer as Heroku's API (${answer.status})`,
    allowed: "the address of Heroku's Platform API",
    fix: `${setCommand(address.setting, address.example)} (or set ${address.variable})`,
  });
}

/** What the account that pays must have. */
export const goodStanding = "a key of an account in good standing, which may make apps";

export function keyProblem(found: string): Verdict {
  return problem({
    found,
    allowed: "a Heroku API key or authorization with scope global",
    fix: "make one: heroku authorizations:create, then pulumi config set --secret heroku:apiKey",
  });
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
