/** Asks GitLab and Heroku for what the rules are judged by. GET requests only. */
import { authorizationDescription } from "../../infra/components/heroku/authorization.ts";
import type { StackConfig } from "../../infra/config/config.ts";
import { projectPaths } from "../../infra/preflight/gitlab/ask.ts";
import { gitlab } from "../../lib/gitlab/client.ts";
import { HerokuError, heroku, herokuList } from "../../lib/heroku/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { withoutMark } from "../../lib/pulumi/mark.ts";
import { askProject } from "./ask-project.ts";
import type { Facts, InstanceSettings, Tier, Told } from "./facts.ts";
import { toldBy, valueIn } from "./told.ts";

/** @throws when a service does not answer at all */
export async function askServices(config: StackConfig, now = Date.now()): Promise<Facts> {
  const { gitlab: account, tagPattern } = config;
  const [server, ...models] = projectPaths(config).map(({ path }) => path);
  if (server === undefined) throw new Error("a stack has a server project");
  const [tier, instance, projects, authorizations, configVars] = await Promise.all([
    tierOf(config),
    toldBy(gitlab<InstanceSettings>(account, "/application/settings")),
    Promise.all([server, ...models].map((path) => askProject(account, path))),
    authorizationsOf(config, server),
    configVarsOf(config),
  ]);
  return { now, tier, tagPattern, instance, projects, authorizations, configVars };
}

/**
 * The Community Edition is Free; gitlab.com tells the plan of a namespace to those who administer it, and a GitLab of
 * one's own its licence to administrators. https://docs.gitlab.com/api/namespaces/, https://docs.gitlab.com/api/license/
 */
async function tierOf({ gitlab: account, gitlabNamespace }: StackConfig): Promise<Tier | undefined> {
  const root = gitlabNamespace.split("/")[0] ?? gitlabNamespace;
  const ask = async (path: string) => valueIn(await toldBy(gitlab<Answer>(account, path)));
  const metadata = await ask("/metadata");
  if (metadata?.enterprise === false) return "Free";
  const namespace = await ask(`/namespaces/${encodeURIComponent(root)}`);
  return tierNamed(namespace?.plan) ?? tierNamed((await ask("/license"))?.plan);
}

interface Answer {
  readonly enterprise?: boolean;
  readonly plan?: string;
}

/** The tier of a plan's name; undefined for `default`, that of a GitLab without plans. */
export function tierNamed(plan: string | undefined): Tier | undefined {
  if (plan === undefined) return undefined;
  if (/^free/.test(plan)) return "Free";
  if (/^(premium|silver)/.test(plan)) return "Premium";
  return /^(ultimate|gold)/.test(plan) ? "Ultimate" : undefined;
}

async function authorizationsOf(config: StackConfig, server: string): Promise<Facts["authorizations"]> {
  interface Answered {
    readonly description: string;
    readonly scope: readonly string[];
    readonly access_token: { readonly expires_in: number | null } | null;
  }
  const wanted = config.herokuTokenGenerations.map((one) => authorizationDescription(server, one));
  const ask = async () => {
    const { list } = await herokuList<Answered>(
      config.heroku,
      "list of authorizations",
      "/oauth/authorizations",
    );
    return list
      .filter(({ description }) => wanted.includes(withoutMark(description)))
      .map(({ scope, access_token: token }) => ({
        scope,
        daysLeft: token?.expires_in ? Math.floor(token.expires_in / 86_400) : undefined,
      }));
  };
  return toldByHeroku(ask());
}

/** Names alone: values may be secrets. */
function configVarsOf({ heroku: account, herokuApp }: StackConfig): Promise<Told<readonly string[]>> {
  const ask = async (to: Account) =>
    Object.keys(await heroku<object>(to, `config vars of ${herokuApp}`, `/apps/${herokuApp}/config-vars`));
  return toldByHeroku(ask(account));
}

async function toldByHeroku<T>(work: Promise<T>): Promise<Told<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (!(error instanceof HerokuError)) throw error;
    return { missing: `Heroku answered ${error.status}`, status: error.status };
  }
}
