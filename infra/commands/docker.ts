import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../lib/process/run.ts";

export interface RegistryLogin {
  /** Host of the registry, with its port. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

/** Docker's own file format for logins. https://docs.docker.com/reference/cli/docker/login/#credential-stores */
export function authFile(logins: readonly RegistryLogin[]): string {
  const auths = logins.map(({ server, username, password }) => [
    server,
    { auth: Buffer.from(`${username}:${password}`).toString("base64") },
  ]);
  return JSON.stringify({ auths: Object.fromEntries(auths) });
}

/**
 * Runs docker commands that talk to registries with logins of their own, which leave nothing in the user's
 * docker configuration. The engine stays the one that the user's configuration chooses.
 */
export async function withLogins<T>(
  logins: readonly RegistryLogin[],
  work: (docker: (options: { input?: string }, ...args: string[]) => Promise<string>) => Promise<T>,
): Promise<T> {
  const host = await engineHost();
  const folder = await mkdtemp(join(tmpdir(), "registry-logins-"));
  try {
    await writeFile(join(folder, "config.json"), authFile(logins), { mode: 0o600 });
    const env = { DOCKER_CONFIG: folder, DOCKER_HOST: host };
    return await work(async (options, ...args) => (await run("docker", args, { ...options, env })).trim());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The engine that the user's configuration chooses; with another configuration folder docker forgets it. */
export async function engineHost(): Promise<string> {
  return process.env.DOCKER_HOST || docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}");
}

/**
 * The engine that docker's context chooses, where it is not the usual one: docker.Image does not look at contexts.
 * Undefined also where `DOCKER_HOST` says which, since that is read by all, and where there is no docker.
 */
export async function engineOfContext(): Promise<string | undefined> {
  if (process.env.DOCKER_HOST || !(await hasDocker())) return undefined;
  const host = await engineHost();
  return host === "unix:///var/run/docker.sock" ? undefined : host;
}

async function hasDocker(): Promise<boolean> {
  return docker("--version").then(
    () => true,
    () => false,
  );
}

/** Runs a docker command that needs no registry, or only public ones. */
export async function docker(...args: string[]): Promise<string> {
  return (await run("docker", args)).trim();
}

/** The host part of an image reference, `registry.gitlab.com/group/project/runtime@sha256:...`. */
export function registryOf(image: string): string {
  return image.split("/")[0] ?? "";
}
