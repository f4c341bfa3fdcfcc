/** One run on somebody's accounts: what it is called, where it writes, and which variables its programs get. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseEnv } from "node:util";
import { root } from "@tag-to-endpoint/toolchain";

/** What a run was asked for. No credential is among it. */
export interface RunSettings {
  /** Behind every name that the run makes up. */
  readonly id: string;
  readonly gitlabUrl: string;
  readonly herokuUrl: string;
  /** Path of the GitLab user or group that the projects are made in. */
  readonly namespace: string;
  readonly appPrefix: string;
  /** Settings of the stack besides the names, as `pulumi config set` takes them. */
  readonly set: readonly string[];
}

/** Where the accounts are and how to talk to them. */
export interface Credentials {
  readonly GITLAB_TOKEN: string;
  readonly HEROKU_API_KEY: string;
}

const runs = path.join(root, ".cache/verify");

export const folderOf = (id: string) => path.join(runs, id);
export const stackOf = (id: string) => `throwaway-verify-${id}`;
export const newId = () => randomBytes(3).toString("hex");

/** The names that a run gives to what it makes. */
export function namesOf({ id, appPrefix }: RunSettings) {
  return { server: `mlserver-${id}`, model: `iris-decision-tree-${id}`, app: `${appPrefix}-${id}` };
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

const settingsFile = (id: string) => path.join(folderOf(id), "run.json");
const ledgerFile = (id: string) => path.join(folderOf(id), "ledger.jsonl");
const variablesFile = (id: string) => path.join(root, `.env.${stackOf(id)}`);

export const filesOf = (id: string) => ({
  ledger: ledgerFile(id),
  report: path.join(folderOf(id), "report"),
});

/** Makes the folder of a run, and what `npx pulumi` reads for its stack. */
export async function prepare(settings: RunSettings): Promise<void> {
  const { id } = settings;
  await mkdir(path.join(folderOf(id), "state"), { recursive: true, mode: 0o700 });
  await mkdir(path.join(folderOf(id), "work"));
  await writeFile(settingsFile(id), `${JSON.stringify(settings, undefined, 2)}\n`);
  const variables = {
    PULUMI_BACKEND_URL: `file://${folderOf(id)}/state`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(18).toString("base64url"),
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(variablesFile(id), lines.join(""), { mode: 0o600 });
}

/** The settings of an earlier run. @throws when there is none of that id */
export async function settingsOf(id: string): Promise<RunSettings> {
  if (!/^[0-9a-f]+$/.test(id) || !existsSync(settingsFile(id))) {
    throw new Error(
      `There is no run ${JSON.stringify(id)}. Runs that left something: ${unfinished().join(", ") || "none"}.`,
    );
  }
  return JSON.parse(await readFile(settingsFile(id), "utf8")) as RunSettings;
}

/** Runs whose stack was not removed: they were killed, or something of theirs could not be removed. */
export function unfinished(): string[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs).filter((id) => existsSync(variablesFile(id)));
}

/** Forgets the stack of a run. Its ledger, report and logs stay. */
export async function finish(id: string): Promise<void> {
  await rm(path.join(folderOf(id), "state"), { recursive: true, force: true });
  await rm(path.join(folderOf(id), "work"), { recursive: true, force: true });
  await rm(path.join(root, `Pulumi.${stackOf(id)}.yaml`), { force: true });
  await rm(variablesFile(id), { force: true });
}
