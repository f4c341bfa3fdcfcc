import { deployKeyWords } from "../../infra/components/gitlab/deploy-keys.ts";
import { accessTokenDescription, accessTokenWords } from "../../infra/components/gitlab/write-access.ts";
import {
  authorizationDescription,
  authorizationWords,
  herokuWarningDays,
} from "../../infra/components/heroku/authorization.ts";
import type { StackConfig } from "../../infra/config/config.ts";
import { daysUntil, expiryWarning, type Issuer } from "../../lib/credentials/generations.ts";
import { gitlabGet, gitlabList } from "../../lib/gitlab/client.ts";
import { deployKeyTitle } from "../../lib/gitlab/deploy-key.ts";
import { heroku } from "../../lib/heroku/client.ts";
import { jsonOf, request, Unreachable } from "../../lib/http/request.ts";
import { withoutMark } from "../../lib/pulumi/mark.ts";
import type { Stack } from "../cli/stack.ts";

export interface Status {
  readonly stack: string;
  /** By what they are of: the app, the server's project, the models' projects. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly models: readonly ModelStatus[];
  readonly credentials: readonly CredentialStatus[];
}

export interface ModelStatus {
  readonly name: string;
  readonly version: string;
  readonly answers: boolean;
}

export interface CredentialStatus {
  readonly issuer: Issuer;
  readonly what: string;
  readonly generation: number;
  /** Whether it is the generation in use. */
  readonly inUse: boolean;
  /** When it ends, as the service tells; missing when the service does not have it, or no longer. */
  readonly end?: string;
  readonly daysLeft?: number;
  /** Days before the end that count as near. */
  readonly warnDays: number;
}

interface Outputs {
  appUrl?: string;
  serverProjectUrl: string;
  modelProjectUrls: Record<string, string>;
}

/** Asks GitLab, Heroku and the app. @throws when GitLab or Heroku cannot be asked, or the stack is not up */
export async function readStatus(stack: Stack): Promise<Status> {
  const config = await stack.config();
  const { appUrl, serverProjectUrl, modelProjectUrls } = JSON.parse(
    await stack.read("stack", "output", "--json"),
  ) as Outputs;
  if (!appUrl) throw new Error(`Stack ${stack.name} is not up: npx pulumi up --stack ${stack.name}`);
  const [models, credentials] = await Promise.all([modelsOf(config, appUrl), credentialsOf(config)]);
  return {
    stack: stack.name,
    addresses: { app: appUrl, server: serverProjectUrl, ...modelProjectUrls },
    models,
    credentials,
  };
}

/** Every credential that the settings name, as the services have it. @throws when a service cannot be asked */
export async function credentialsOf(config: StackConfig): Promise<CredentialStatus[]> {
  return (await Promise.all([writeCredentials(config), herokuAuthorizations(config)])).flat();
}

/** What somebody has to act on. */
export function warningsOf({ models, credentials }: Status, now = Date.now()): string[] {
  return [
    ...models
      .filter(({ answers }) => !answers)
      .map(({ name, version }) => `Model ${name} ${version} does not answer.`),
    ...credentials.flatMap(({ issuer, what, inUse, end, warnDays }) => {
      if (end === undefined)
        return [`${what} is missing or revoked. Replace it: npm run rotate -- --only ${issuer}`];
      return inUse && daysUntil(end, now) <= warnDays ? [expiryWarning(what, end, issuer, now)] : [];
    }),
  ];
}

/** Every model in the server's repository, and whether the app has it ready. */
async function modelsOf(config: StackConfig, appUrl: string): Promise<ModelStatus[]> {
  const project = `/projects/${serverOf(config)}/repository`;
  const ref = `ref=${encodeURIComponent(config.defaultBranch)}`;
  const tree = await gitlabList<{ path: string }>(
    config.gitlab,
    `${project}/tree?path=models&recursive=true&${ref}`,
  );
  const files = tree.map(({ path }) => path).filter((path) => path.endsWith("/model-settings.json"));
  return Promise.all(
    files.map(async (path) => {
      const file = await gitlabGet(config.gitlab, `${project}/files/${encodeURIComponent(path)}/raw?${ref}`);
      const settings = jsonOf(file) as { name: string; parameters: { version?: string } } | undefined;
      if (file.status !== 200 || !settings)
        throw new Error(`GitLab answered ${file.status} when asked for ${path}`);
      const version = settings.parameters.version ?? "";
      const versionPath = version && `/versions/${encodeURIComponent(version)}`;
      const url = `${appUrl}mlapi/v2/models/${encodeURIComponent(settings.name)}${versionPath}/ready`;
      return { name: settings.name, version, answers: await isReady(url) };
    }),
  );
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await request(url, { timeoutMs: 30_000 })).status === 200;
  } catch (error) {
    if (error instanceof Unreachable) return false;
    throw error;
  }
}

/** What the models' pipelines write with; a supplied token is no credential of the stack's making. */
async function writeCredentials(config: StackConfig): Promise<CredentialStatus[]> {
  if (config.writeAccess === "token") return [];
  return config.writeAccess === "deployKey" ? deployKeys(config) : accessTokens(config);
}

async function deployKeys(config: StackConfig): Promise<CredentialStatus[]> {
  interface Key {
    title: string;
    expires_at: string | null;
  }
  const keys = await gitlabList<Key>(config.gitlab, `/projects/${serverOf(config)}/deploy_keys`);
  return config.models.flatMap(({ name }) =>
    config.accessTokenGenerations.map((generation) => {
      const key = keys.find(({ title }) => title === deployKeyTitle(name, generation));
      return credential(config, "gitlab", deployKeyWords(name, generation), generation, key?.expires_at);
    }),
  );
}

async function accessTokens(config: StackConfig): Promise<CredentialStatus[]> {
  interface Token {
    description: string | null;
    expires_at: string | null;
  }
  const tokens = await gitlabList<Token>(
    config.gitlab,
    `/projects/${serverOf(config)}/access_tokens?state=active`,
  );
  return config.models.flatMap(({ name }) =>
    config.accessTokenGenerations.map((generation) => {
      const token = tokens.find(
        ({ description }) => withoutMark(description ?? "") === accessTokenDescription(name, generation),
      );
      return credential(config, "gitlab", accessTokenWords(name, generation), generation, token?.expires_at);
    }),
  );
}

async function herokuAuthorizations(config: StackConfig): Promise<CredentialStatus[]> {
  interface Authorization {
    description: string;
    created_at: string;
    access_token: { expires_in: number | null } | null;
  }
  const found = await heroku<Authorization[]>(
    config.heroku,
    "list of authorizations",
    "/oauth/authorizations",
  );
  const user = `${config.gitlabNamespace}/${config.serverProjectName}`;
  return config.herokuTokenGenerations.map((generation) => {
    const wanted = authorizationDescription(user, generation);
    const seconds = found.find(({ description }) => withoutMark(description) === wanted)?.access_token
      ?.expires_in;
    // Heroku tells how long it is still good.
    const end = seconds ? new Date(Date.now() + seconds * 1000).toISOString() : undefined;
    return credential(config, "heroku", authorizationWords(user, generation), generation, end);
  });
}

function credential(
  config: StackConfig,
  issuer: Issuer,
  what: string,
  generation: number,
  end: string | null | undefined,
): CredentialStatus {
  const generations = issuer === "gitlab" ? config.accessTokenGenerations : config.herokuTokenGenerations;
  const warnDays =
    issuer === "gitlab"
      ? config.accessTokenRotateBeforeDays
      : herokuWarningDays(config.herokuTokenExpiryDays);
  const inUse = generation === generations.at(-1);
  return {
    issuer,
    what,
    generation,
    inUse,
    warnDays,
    ...(end ? { end, daysLeft: daysUntil(end) } : {}),
  };
}

function serverOf({ gitlabNamespace, serverProjectName }: StackConfig): string {
  return encodeURIComponent(`${gitlabNamespace}/${serverProjectName}`);
}
