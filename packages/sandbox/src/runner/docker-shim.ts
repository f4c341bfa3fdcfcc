// Stands before `docker` for gitlab-ci-local: labels what it makes, so that it can be found again, and gives
// the job's variables to its container by a file instead of the command line, where every user could read them.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** What the runner tells the shim by the file named in `GITLAB_DOCKER_SHIM`. */
export interface ShimConfig {
  docker: string;
  labels: Record<string, string>;
  /** Lines `NAME=value`, as `docker create --env-file` reads them. */
  envFile: string;
  /** Values of several lines, which such a file cannot hold. */
  multiline: Record<string, string>;
  /** Names that the file or the list above defines. */
  names: string[];
}

/** Names the tool sets for itself, with values that are not GitLab's. */
const OWN_NAMES =
  /^(GCL_.*|CI_TEMPLATE_REGISTRY_HOST|CI_DEPENDENCY_PROXY_.*|FF_DISABLE_UMASK.*|CI_ENVIRONMENT_.*|CI_NODE_INDEX|CI_SERVER_SHELL_SSH_PORT|CI_COMMIT_BRANCH|CI_COMMIT_TAG)$/;

/** The arguments for docker, given those of the tool. */
export function rewrite(args: string[], config: ShimConfig): string[] {
  const [command = "", ...rest] = args;
  const labels = Object.entries(config.labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
  if (command === "volume" || command === "network") {
    const [action = "", ...names] = rest;
    return action === "create" ? [command, action, ...labels, ...names] : args;
  }
  if (command !== "create" && command !== "run") return args;
  // The job's own container is the one with `--interactive`; the others only move files.
  if (command !== "create" || rest[0] !== "--interactive") return [command, ...labels, ...rest];
  const multiline = Object.keys(config.multiline).flatMap((name) => ["-e", name]);
  const kept = withoutVariables(rest, (name) => config.names.includes(name) || OWN_NAMES.test(name));
  return [command, ...labels, "--env-file", config.envFile, ...multiline, ...kept];
}

/** The arguments without each `-e NAME=value` whose name is to be left out. */
function withoutVariables(args: string[], isLeftOut: (name: string) => boolean): string[] {
  return args.filter((arg, index) => {
    const pair = arg === "-e" ? args[index + 1] : args[index - 1] === "-e" ? arg : undefined;
    return pair === undefined || !isLeftOut(pair.slice(0, pair.indexOf("=")));
  });
}

/** Writes the shim as a program `gitlab-docker`; only the calls that it changes pay for a start of Node. */
export function writeShim(file: string, docker: string): void {
  const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const script = [
    "#!/bin/sh",
    'case "$1" in',
    `create | run | volume | network) exec ${quoted(process.execPath)} ${quoted(import.meta.filename)} "$@" ;;`,
    `*) exec ${quoted(docker)} "$@" ;;`,
    "esac",
    "",
  ];
  writeFileSync(file, script.join("\n"));
  chmodSync(file, 0o700);
}

function main(): void {
  const file = process.env.GITLAB_DOCKER_SHIM;
  if (file === undefined) throw new Error("GITLAB_DOCKER_SHIM is not set");
  const config = JSON.parse(readFileSync(file, "utf8")) as ShimConfig;
  try {
    execFileSync(config.docker, rewrite(process.argv.slice(2), config), {
      stdio: "inherit",
      env: { ...process.env, ...config.multiline },
    });
  } catch (error) {
    const { status } = error as { status?: number | null };
    process.exitCode = status ?? 1;
  }
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) main();
