import { daysUntil } from "../../../lib/credentials/generations.ts";
import { type Check, notChecked, ok, problem, type Verdict, warning } from "../check.ts";
import { bodyOf, warnDays } from "../service.ts";
import { type GitLabAnswers, tokenProblem } from "./ask.ts";
import { personalTokens } from "./pages.ts";

/** https://docs.gitlab.com/api/personal_access_tokens/#self-inform */
interface TokenRecord {
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
}

export const tokenChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  {
    name: "user of the token",
    setting: "gitlab:token",
    // The token is good, or there would be no answers.
    look: ({ user, config }) => checkUser(user, config),
  },
  { name: "scopes of the token", setting: "gitlab:token", look: checkScopes },
  { name: "end of the token", setting: "gitlab:token", look: checkEnd },
];

/**
 * Bots of group and project access tokens can make no project access tokens (`app/policies/project_policy.rb` of
 * GitLab: `project_bot_access` prevents `create_resource_access_tokens`).
 */
function checkUser(
  { username, bot }: GitLabAnswers["user"],
  { gitlab, writeAccess }: GitLabAnswers["config"],
): Verdict {
  if (!bot || writeAccess !== "projectAccessToken") return ok(username);
  return problem({
    found: `a token of ${username}, the bot of a group or project access token`,
    allowed:
      "a person's token, with mlops:writeAccess projectAccessToken: GitLab lets no bot make project access tokens",
    fix: `make a personal access token: ${personalTokens(gitlab.url)}, then pulumi config set --secret gitlab:token`,
  });
}

function checkScopes({ token, config }: GitLabAnswers): Verdict {
  const scopes = bodyOf<TokenRecord>(token)?.scopes;
  if (!scopes) return notChecked(unknownKind(token.status));
  if (scopes.includes("api")) return ok(scopes.join(", "));
  return tokenProblem(`a token with scope ${scopes.join(", ") || "none"}`, config.gitlab.url);
}

function checkEnd({ token, config, now }: GitLabAnswers): Verdict {
  const record = bodyOf<TokenRecord>(token);
  if (!record) return notChecked(unknownKind(token.status));
  const end = record.expires_at;
  if (!end) return ok("no end");
  const days = daysUntil(end, now);
  const told = `${days === 1 ? "1 day" : `${days} days`} left, until ${end}`;
  if (days > warnDays) return ok(told);
  return warning({
    found: told,
    allowed: `more than ${warnDays} days: without this token nothing of the stack can be changed`,
    fix: `make a new one: ${personalTokens(config.gitlab.url)}, then pulumi config set --secret gitlab:token`,
  });
}

/** Other kinds of token (OAuth, job) have no such record. */
function unknownKind(status: number): string {
  return `GitLab keeps no record that a token of this kind may read (${status}); what it lacks shows at its first use`;
}
