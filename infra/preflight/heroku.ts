import { herokuCall } from "../../lib/heroku/client.ts";
import { jsonOf } from "../../lib/http/request.ts";
import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import type { Owned } from "./preflight.ts";
import { reach } from "./reach.ts";

const address = { setting: "heroku:url", example: "https://api.heroku.com", variable: "HEROKU_API_URL" };
const herokuKey = "pulumi config set --secret heroku:apiKey";

export async function checkHeroku(
  config: StackConfig,
  owned: Owned,
  problems: SettingProblem[],
): Promise<void> {
  const { heroku, herokuApp: app, herokuTeam: team } = config;
  const get = (path: string) => reach(address, problems, () => herokuCall(heroku, path));

  const account = await get("/account");
  if (!account) return;
  if (account.status === 401) {
    problems.push({
      setting: "heroku:apiKey",
      found: `a key that ${heroku.url} does not know, or that has expired`,
      allowed: "a Heroku API key or authorization with scope global",
      fix: herokuKey,
    });
    return;
  }
  // A key without scope identity may not read the account, which is no problem by itself.
  if (account.status !== 403 && !(account.status === 200 && isObject(jsonOf(account)))) {
    problems.push({
      setting: address.setting,
      found: `${heroku.url}, which does not answer as Heroku's API (${account.status})`,
      allowed: "the address of Heroku's Platform API",
      fix: `${setCommand(address.setting, address.example)} (or set ${address.variable})`,
    });
    return;
  }

  const [authorizations, existing, teamAnswer] = await Promise.all([
    get("/oauth/authorizations"),
    owned.apps.includes(app) ? undefined : get(`/apps/${encodeURIComponent(app)}`),
    team === undefined ? undefined : get(`/teams/${encodeURIComponent(team)}`),
  ]);
  if (authorizations?.status === 403) {
    problems.push({
      setting: "heroku:apiKey",
      found: "a key that may not make authorizations for the pipelines",
      allowed: "a Heroku API key or authorization with scope global",
      fix: herokuKey,
    });
  }
  if (existing?.status === 200 || existing?.status === 403) {
    const mine = existing.status === 200;
    problems.push({
      setting: "mlops:herokuApp",
      found: `${JSON.stringify(app)}, which is taken by an app ${mine ? "of yours that is not of this stack" : "of somebody else"}`,
      allowed: "a name that no app of Heroku has",
      fix: `${setCommand("mlops:herokuApp", `${app.slice(0, 28)}-2`)}${mine ? ", or take the app over with pulumi import" : ""}`,
    });
  }
  if (teamAnswer && teamAnswer.status !== 200) {
    problems.push({
      setting: "mlops:herokuTeam",
      found: `${JSON.stringify(team)}, which the key cannot see (${teamAnswer.status})`,
      allowed: "a Heroku team that the key's account is a member of, or no team",
      fix: "pulumi config rm mlops:herokuTeam",
    });
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
