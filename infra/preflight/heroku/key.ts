import { type Check, notChecked, ok, type Verdict, warning } from "../check.ts";
import { bodyOf, warnDays } from "../service.ts";
import { type HerokuAnswers, keyProblem, type ListedAuthorization } from "./ask.ts";

export const keyChecks: ReadonlyArray<Check<HerokuAnswers>> = [
  { name: "scopes of the key", setting: "heroku:apiKey", look: checkScopes },
  { name: "end of the key", setting: "heroku:apiKey", look: checkEnd },
];

/** The record of the key itself, where the list tells tokens; it may hide them once they were shown. */
function recordOf({ config, authorizations }: HerokuAnswers): ListedAuthorization | undefined {
  const list = bodyOf<readonly ListedAuthorization[]>(authorizations) ?? [];
  return list.find(({ access_token: access }) => access?.token === config.heroku.token);
}

/** Authorizations for the pipelines are made with scope `global` alone. https://devcenter.heroku.com/articles/oauth#scopes */
function checkScopes(asked: HerokuAnswers): Verdict {
  if (asked.authorizations.status === 403) {
    return keyProblem("a key that may not make authorizations for the pipelines");
  }
  const scopes = recordOf(asked)?.scope;
  if (!scopes)
    return notChecked(
      "Heroku does not tell which of the listed authorizations is this key, which may read the list",
    );
  if (scopes.includes("global")) return ok(scopes.join(", "));
  return keyProblem(`a key with scope ${scopes.join(", ") || "none"}`);
}

const DAY_SECONDS = 24 * 60 * 60;

function checkEnd(asked: HerokuAnswers): Verdict {
  const access = recordOf(asked)?.access_token;
  if (!access) return notChecked("Heroku does not tell which of the listed authorizations is this key");
  const seconds = access.expires_in;
  if (seconds === null || seconds === undefined) return ok("no end");
  const days = Math.floor(seconds / DAY_SECONDS);
  const end = new Date(asked.now + seconds * 1000).toISOString().slice(0, 10);
  const told = `${days === 1 ? "1 day" : `${days} days`} left, until ${end}`;
  if (days > warnDays) return ok(told);
  return warning({
    found: told,
    allowed: `more than ${warnDays} days: without this key nothing of the stack can be changed`,
    fix: "make a new one: heroku authorizations:create, then pulumi config set --secret heroku:apiKey",
  });
}
