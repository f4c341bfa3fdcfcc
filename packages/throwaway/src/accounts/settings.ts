/** A stack on somebody's accounts: where they are, and the names that it gives to what it makes. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { root } from "@tag-to-endpoint/toolchain";

/** What a stack was asked for. No credential is among it. */
export interface AccountsSettings {
  /** Behind every name that is made up. */
  readonly id: string;
  readonly gitlabUrl: string;
  readonly herokuUrl: string;
  /** Path of the GitLab user or group that the projects are made in. */
  readonly namespace: string;
  readonly appPrefix: string;
  /** Settings of the stack besides the names, as `pulumi config set --path` takes them: `key=value`. */
  readonly set: readonly string[];
}

/** Where the accounts are and how to talk to them. */
export interface Credentials {
  readonly GITLAB_TOKEN: string;
  readonly HEROKU_API_KEY: string;
}

/** Folder under models/ of the model that a stack on accounts has. */
export const TEMPLATE = "iris-decision-tree";

/** The names that a stack gives to what it makes. */
export function namesOf({ id, appPrefix }: Pick<AccountsSettings, "id" | "appPrefix">) {
  return { server: `mlserver-${id}`, model: `${TEMPLATE}-${id}`, app: `${appPrefix}-${id}` };
}

/** Settings of Pulumi for those names and for what else was asked for. */
export function pulumiSettings(settings: AccountsSettings): Array<readonly [key: string, value: string]> {
  const { server, model, app } = namesOf(settings);
  return [
    ["mlops:gitlabNamespace", settings.namespace],
    ["mlops:serverProjectName", server],
    ["mlops:herokuApp", app],
    ["mlops:models[0].name", model],
    ["mlops:models[0].template", TEMPLATE],
    ...settings.set.map(pairIn),
  ];
}

/** The two sides of `key=value`. */
export function pairIn(text: string): readonly [key: string, value: string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The services' addresses: those of the credentials' variables, else gitlab.com and Heroku. */
export function addressesIn({ GITLAB_BASE_URL, HEROKU_API_URL }: NodeJS.Dict<string>) {
  return {
    gitlabUrl: (GITLAB_BASE_URL || "https://gitlab.com/api/v4").replace(/\/+$/, ""),
    herokuUrl: (HEROKU_API_URL || "https://api.heroku.com").replace(/\/+$/, ""),
  };
}

/**
 * Reads the credentials from this process's environment and from `.env.verify`, which git ignores.
 * @throws with the variables that are missing
 */
export function readCredentials(env: NodeJS.ProcessEnv = process.env): Credentials & NodeJS.Dict<string> {
  const file = path.join(root, ".env.verify");
  const found: NodeJS.Dict<string> = {
    ...(existsSync(file) && parseEnv(readFileSync(file, "utf8"))),
    ...env,
  };
  const { GITLAB_TOKEN, HEROKU_API_KEY } = found;
  const missing = Object.entries({ GITLAB_TOKEN, HEROKU_API_KEY }).filter(([, value]) => !value);
  if (GITLAB_TOKEN && HEROKU_API_KEY) return { ...found, GITLAB_TOKEN, HEROKU_API_KEY };
  throw new Error(
    `Not set: ${missing.map(([name]) => name).join(", ")}.\n` +
      "Needed are a GitLab access token with scope api and a Heroku authorization with scope global.\n" +
      "Fix: write them to the file .env.verify beside README.md, one NAME=value in a line; git ignores it.",
  );
}
