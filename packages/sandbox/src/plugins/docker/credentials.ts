/** Credentials of a registry for the docker command: a configuration of its own in a private folder. */
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Props } from "../shared/values.ts";

interface DockerConfig {
  auths?: Record<string, unknown>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
  cliPluginsExtraDirs?: string[];
  [key: string]: unknown;
}

const folders = new Set<string>();
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
process.on("SIGTERM", () => process.exit(143));

/**
 * Does something with the environment in which docker knows the credentials of the `registry` input; without
 * both user name and password docker uses the ones that it has anyway.
 */
export async function withCredentials<T>(
  registry: string | undefined,
  { server, username, password }: Props,
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  if (typeof username !== "string" || typeof password !== "string" || username === "" || password === "") {
    return work({});
  }
  const host = (typeof server === "string" && server !== "" ? server : (registry ?? "docker.io"))
    .replace(/^https?:\/\//, "")
    .split("/", 1)[0] as string;
  const folder = await mkdtemp(join(tmpdir(), "pulumi-docker-")); // mode 0700
  folders.add(folder);
  try {
    await writeConfig(folder, host, username, password);
    return await work({ DOCKER_CONFIG: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

/** The person's own configuration (context, plugins, other registries) with the credentials in it. */
async function writeConfig(folder: string, host: string, username: string, password: string): Promise<void> {
  const own = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker");
  const { credsStore, ...config } = await readConfig(join(own, "config.json"));
  // The official plugin asks the store even where it was given credentials, and fails where its program is missing.
  if (credsStore) refuseMissing(`docker-credential-${credsStore}`);
  const helpers = Object.entries(config.credHelpers ?? {}).filter(([name]) => name !== host);
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  const merged: DockerConfig = {
    ...config,
    auths: { ...config.auths, [host]: { auth } },
    credHelpers: Object.fromEntries(helpers),
    cliPluginsExtraDirs: [...(config.cliPluginsExtraDirs ?? []), join(own, "cli-plugins")],
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(merged), { mode: 0o600 });
  await symlink(join(own, "contexts"), join(folder, "contexts"));
}

function refuseMissing(program: string): void {
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, program)))) return;
  throw new Error(
    `error getting credentials - err: exec: "${program}": executable file not found in $PATH, out: ""`,
  );
}

async function readConfig(path: string): Promise<DockerConfig> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return {};
    }
    throw new Error(`could not read docker's configuration ${path}: ${(error as Error).message}`);
  }
}
