import * as pulumi from "@pulumi/pulumi";
import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import { isGitLabCom } from "../../lib/gitlab/known-hosts.ts";
import type { Account } from "../../lib/http/account.ts";
import { accounts, addressAllowed } from "./accounts.ts";
import { ProblemsError, type SettingProblem } from "./problems.ts";
import { type Setting, type SettingName, type Settings, settings } from "./settings.ts";

/** The stack's configuration: every setting with its default filled in, checked, and the accounts to use. */
export interface StackConfig extends Omit<Settings, "models"> {
  readonly models: readonly ModelConfig[];
  readonly gitlab: Account;
  readonly heroku: Account;
}

export interface ModelConfig {
  readonly name: string;
  /** Folder under `models/` that the repository starts with. */
  readonly template: string;
}

/** What the configuration is read from. */
export interface ConfigSource {
  /** All settings of the stack by full name, `mlops:herokuApp`; lists and objects as JSON. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether the stack file keeps a setting encrypted. */
  isSecret(name: string): boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads and checks the whole configuration of the running stack.
 * @throws ProblemsError naming every problem at once
 */
export function readConfig(source: ConfigSource = runningStack()): StackConfig {
  const problems: SettingProblem[] = [...unknownSettings(source), ...openSecrets(source)];
  const values = readSettings(source, problems);
  const gitlab = {
    url: readUrl("gitlab:baseUrl", source, problems),
    token: readToken("gitlab:token", source, problems),
  };
  const heroku = {
    url: readUrl("heroku:url", source, problems),
    token: readToken("heroku:apiKey", source, problems),
  };
  if (values) problems.push(...contradictions(values), ...unknownHost(values, gitlab));
  if (!values || problems.length > 0) {
    throw new ProblemsError("The stack's configuration cannot be used", problems);
  }
  return {
    ...values,
    models: values.models.map(({ name, template }) => ({ name, template: template ?? name })),
    gitlab,
    heroku,
  };
}

function runningStack(): ConfigSource {
  // The engine tells the program which settings are encrypted in this variable alone.
  const secrets: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]");
  return {
    settings: pulumi.runtime.allConfig(),
    isSecret: (name) => secrets.includes(name),
    env: process.env,
  };
}

/** The command that gives a setting a value; a setting inside a list or object needs `--path`. */
export function setCommand(name: string, value: string): string {
  return /[[.]/.test(name)
    ? `pulumi config set --path '${name}' ${value}`
    : `pulumi config set ${name} ${value}`;
}

const secretCommand = (name: string) => `pulumi config set --secret ${name}`;

function readSettings(source: ConfigSource, problems: SettingProblem[]): Settings | undefined {
  const before = problems.length;
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const setting: Setting<unknown> = settings[name];
    const inherited = setting.variable === undefined ? undefined : source.env[setting.variable] || undefined;
    const given = source.settings[`mlops:${name}`] ?? inherited;
    const result = setting.schema.safeParse(given);
    if (result.success) values[name] = result.data;
    else problems.push(...result.error.issues.map((issue) => problemOf(name, setting, given, issue)));
  }
  return problems.length === before ? (values as Settings) : undefined;
}

function problemOf(
  name: string,
  setting: Setting<unknown>,
  given: string | undefined,
  issue: Issue,
): SettingProblem {
  const full = `mlops:${name}`;
  const at =
    full + issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  if (issue.code === "unrecognized_keys") {
    const key = `${at}.${issue.keys[0]}`;
    return {
      setting: key,
      found: "an unknown key",
      allowed: issue.message,
      fix: `pulumi config rm --path '${key}'`,
    };
  }
  return {
    setting: at,
    found: setting.secret && given !== undefined ? "a secret in the wrong form" : foundAt(given, issue.path),
    allowed: issue.message,
    fix: setting.secret
      ? secretCommand(full)
      : setCommand(issue.path.length > 0 ? at : full + (setting.path ?? ""), setting.example),
  };
}

type Issue = z.core.$ZodIssue;

/** The part of a setting's value that an issue is about, as the user wrote it. */
function foundAt(given: string | undefined, path: readonly PropertyKey[]): string {
  if (given === undefined) return "none";
  let value: unknown = given;
  if (path.length > 0) {
    value = JSON.parse(given);
    for (const part of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  }
  return value === undefined ? "none" : JSON.stringify(value);
}

/** Settings that do not exist: without this, a misspelt name would leave the default in force. */
function unknownSettings({ settings: given }: ConfigSource): SettingProblem[] {
  const known = [...Object.keys(settings).map((name) => `mlops:${name}`), ...Object.keys(accounts)];
  return Object.keys(given)
    .filter((name) => /^(mlops|gitlab|heroku):/.test(name) && !known.includes(name))
    .map((name) => {
      const namespace = name.split(":")[0] ?? "";
      const candidates = known.filter((candidate) => candidate.startsWith(`${namespace}:`));
      const nearest = candidates.reduce((best, next) =>
        distance(name, next) < distance(name, best) ? next : best,
      );
      return {
        setting: name,
        found: "an unknown setting",
        allowed: `perhaps ${nearest}; all settings are in docs/settings.md`,
        fix: `pulumi config rm ${name}`,
      };
    });
}

/** Credentials in plain text in the stack's file. */
function openSecrets(source: ConfigSource): SettingProblem[] {
  return ["gitlab:token", "heroku:apiKey", "mlops:writeToken"]
    .filter((name) => source.settings[name] !== undefined && !source.isSecret(name))
    .map((name) => ({
      setting: name,
      found: "a credential in plain text in the stack's file",
      allowed: "an encrypted value",
      fix: `${secretCommand(name)}, and revoke the one that was in the file`,
    }));
}

function readToken(
  name: "gitlab:token" | "heroku:apiKey",
  source: ConfigSource,
  problems: SettingProblem[],
): string {
  const { variable, allowed } = accounts[name];
  const token = source.settings[name] ?? source.env[variable];
  if (token) return token;
  problems.push({
    setting: name,
    found: "none",
    allowed,
    fix: `${secretCommand(name)} (or set ${variable})`,
  });
  return "";
}

function readUrl(
  name: "gitlab:baseUrl" | "heroku:url",
  source: ConfigSource,
  problems: SettingProblem[],
): string {
  const { variable, fallback } = accounts[name];
  const given = source.settings[name] ?? (source.env[variable] || fallback);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password)
    return given.replace(/\/+$/, "");
  problems.push({
    setting: name,
    // An address that holds a password is not repeated.
    found:
      url?.password || url?.username
        ? "an address with a user name or password in it"
        : JSON.stringify(given),
    allowed: addressAllowed(fallback),
    fix: `${setCommand(name, fallback)} (or set ${variable})`,
  });
  return "";
}

/**
 * Deploy keys without the host keys of the server that they are shown to: a pipeline would have to trust whoever
 * answers first.
 */
function unknownHost({ writeAccess, gitlabSshKnownHosts }: Settings, { url }: Account): SettingProblem[] {
  if (writeAccess !== "deployKey" || gitlabSshKnownHosts !== undefined || !URL.canParse(url)) return [];
  if (isGitLabCom(url)) return [];
  const { hostname, origin } = new URL(url);
  return [
    {
      setting: "mlops:gitlabSshKnownHosts",
      found: `none, with mlops:writeAccess deployKey and GitLab at ${origin}`,
      allowed: "the host keys of that GitLab's SSH server, as lines of a known_hosts file",
      fix:
        `compare what \`ssh-keyscan ${hostname} | ssh-keygen -lf -\` prints (with -p and the port where it is not 22) ` +
        `with the fingerprints at ${origin}/help/instance_configuration, then ` +
        `pulumi config set mlops:gitlabSshKnownHosts "$(ssh-keyscan ${hostname})"`,
    },
  ];
}

/** Settings that are right one by one, but not together. */
function contradictions(values: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const { accessTokenExpiryDays: expiry, accessTokenRotateBeforeDays: before } = values;
  if (before >= expiry) {
    problems.push({
      setting: "mlops:accessTokenRotateBeforeDays",
      found: `${before}, with mlops:accessTokenExpiryDays ${expiry}`,
      allowed: "fewer days than the token lives",
      fix: setCommand("mlops:accessTokenRotateBeforeDays", String(Math.max(1, Math.floor(expiry / 3)))),
    });
  }
  if (values.dynoQuantity > 1 && ["Eco", "Basic"].includes(values.dynoSize)) {
    problems.push({
      setting: "mlops:dynoQuantity",
      found: `${values.dynoQuantity}, with mlops:dynoSize ${values.dynoSize}`,
      allowed: "1 for Eco and Basic dynos, which Heroku does not scale",
      fix: setCommand("mlops:dynoSize", "Standard-1X"),
    });
  }
  if (values.writeAccess === "token" && values.writeToken === undefined) {
    problems.push({
      setting: "mlops:writeToken",
      found: "none, with mlops:writeAccess token",
      allowed: "a GitLab token with scope write_repository on the server project",
      fix: secretCommand("mlops:writeToken"),
    });
  }
  const names = [values.serverProjectName, ...values.models.map(({ name }) => name)];
  names.forEach((name, index) => {
    if (names.indexOf(name) === index) return;
    problems.push({
      setting: `mlops:models[${index - 1}].name`,
      found: `${JSON.stringify(name)}, which another project of the stack has`,
      allowed: "a name of its own for each model, other than mlops:serverProjectName",
      fix: setCommand(`mlops:models[${index - 1}].name`, `${name}-2`),
    });
  });
  return problems;
}
