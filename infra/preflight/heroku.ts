import { herokuCall } from "../../lib/heroku/client.ts";
import { type HttpResponse, jsonOf } from "../../lib/http/request.ts";
import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import { checkStanding, type HerokuAccount } from "./heroku-account.ts";
import { reach } from "./reach.ts";
import type { Owned } from "./state.ts";

const address = { setting: "heroku:url", example: "https://api.heroku.com", variable: "HEROKU_API_URL" };

/** Asks Heroku whether the account may make what the stack needs, and whether the app's name is free. */
export async function checkHeroku(
  config: StackConfig,
  owned: Owned,
  problems: SettingProblem[],
): Promise<void> {
  const { heroku, herokuApp: app, herokuTeam: team } = config;
  const get = (path: string) => reach(address, problems, () => herokuCall(heroku, path));

  const account = await get("/account");
  if (!account) return;
  const unusable = accountProblem(account, heroku.url);
  if (unusable) {
    problems.push(unusable);
    return;
  }
  if (account.status === 200) checkStanding(jsonOf(account) as HerokuAccount, config, problems);
  const [authorizations, existing, teamAnswer] = await Promise.all([
    get("/oauth/authorizations"),
    owned.apps.includes(app) ? undefined : get(`/apps/${encodeURIComponent(app)}`),
    team === undefined ? undefined : get(`/teams/${encodeURIComponent(team)}`),
  ]);
  if (authorizations?.status === 403) {
    problems.push(keyProblem("a key that may not make authorizations for the pipelines"));
  }
  if (existing?.status === 200 || existing?.status === 403) {
    problems.push(takenApp(app, existing.status === 200));
  }
  if (team !== undefined && teamAnswer && teamAnswer.status !== 200) {
    problems.push(hiddenTeam(team, teamAnswer.status));
  }
}

function accountProblem(answer: HttpResponse, url: string): SettingProblem | undefined {
  if (answer.status === 401) return keyProblem(`a key that ${url} does not know, or that has expired`);
  // A key without scope identity may not read the account, which is not a problem.
  if (answer.status === 403 || (answer.status === 200 && isObject(jsonOf(answer)))) return undefined;
  return {
    setting: address.setting,
    found: `${url}, which does not answer as Heroku's API (${answer.status})`,
    allowed: "the address of Heroku's Platform API",
    fix: `${setCommand(address.setting, address.example)} (or set ${address.variable})`,
  };
}

function keyProblem(found: string): SettingProblem {
  return {
    setting: "heroku:apiKey",
    found,
    allowed: "a Heroku API key or authorization with scope global",
    fix: "pulumi config set --secret heroku:apiKey",
  };
}

function takenApp(app: string, mine: boolean): SettingProblem {
  const another = setCommand("mlops:herokuApp", `${app.slice(0, 28)}-2`);
  return {
    setting: "mlops:herokuApp",
    found: `${JSON.stringify(app)}, which is taken by an app ${mine ? "of yours that does not belong to this stack" : "of somebody else"}`,
    allowed: "a name that no other app on Heroku has",
    fix: mine ? `${another}, or take the app over with pulumi import` : another,
  };
}

function hiddenTeam(team: string, status: number): SettingProblem {
  return {
    setting: "mlops:herokuTeam",
    found: `${JSON.stringify(team)}, which the key cannot see (${status})`,
    allowed: "a Heroku team that the key's account is a member of, or no team",
    fix: "pulumi config rm mlops:herokuTeam",
  };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
