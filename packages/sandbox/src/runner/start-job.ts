import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { spawnTracked } from "../core/process.ts";
import type { Instance } from "../gitlab/instance.ts";

/** Entry point of gitlab-ci-local (https://github.com/firecow/gitlab-ci-local), which expands and runs jobs. */
const ENTRY = fileURLToPath(import.meta.resolve("gitlab-ci-local"));

/** Its environment: nothing of the caller's but the way to programs and the docker engine. */
function environment(home: string, shimDir?: string): Record<string, string> {
  const path = process.env.PATH ?? "/usr/bin:/bin";
  const env: Record<string, string> = {
    PATH: shimDir === undefined ? path : `${shimDir}:${path}`,
    HOME: home,
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  for (const name of ["DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** A configuration that GitLab would refuse; its message is for the pipeline's `yaml_errors`. */
export class ConfigError extends Error {}

/**
 * Reads a `.gitlab-ci.yml` with its includes, `extends`, `!reference` and defaults resolved and checked against
 * GitLab's own JSON schema. `variables` are those that `include` may use; none of them is a secret.
 */
export async function expandConfig(
  folder: string,
  file: string,
  variables: Record<string, string>,
  unset: string[],
): Promise<Record<string, unknown>> {
  const home = join(dirname(folder), "home");
  const variablesFile = join(dirname(folder), "variables.yml");
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(variablesFile, variablesDocument(variables), { mode: 0o600 });
  const args = [ENTRY, "--preview", "--file", file, "--variables-file", variablesFile, "--home", home];
  args.push("--evaluate-rule-changes=false", "--no-color");
  args.push("--ignore-predefined-vars", Object.keys(variables).join(","));
  for (const name of unset) args.push("--unset-variable", name);
  try {
    const { code, output } = await run(args, folder, environment(home));
    if (code !== 0) throw new ConfigError(readableError(output));
    const expanded = await readFile(join(folder, ".gitlab-ci-local", "expanded-gitlab-ci.yml"), "utf8");
    return parse(expanded) as Record<string, unknown>;
  } finally {
    await rm(variablesFile, { force: true });
  }
}

/** A variables file in which no value is taken for a path or expanded. */
function variablesDocument(variables: Record<string, string>): string {
  const entries = Object.entries(variables).map(([key, value]) => [
    key,
    { type: "variable", values: { "*": value.replaceAll("$", "$$$$") } },
  ]);
  // JSON is YAML.
  return JSON.stringify(Object.fromEntries(entries));
}

function run(
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.resume();
    child.stderr.on("data", (part: Buffer) => {
      output += part.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The part of the tool's output that is about the configuration. */
function readableError(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !/fallback|falling back|Command failed|refs\/remotes|^\s+at /.test(line))
    .filter((line) => !/parsing and downloads finished|json schema validated/.test(line));
  return lines.join("\n").trim() || "the configuration is not valid";
}

export interface JobProcess {
  jobId: number;
  jobName: string;
  /** The checked-out commit; the tool keeps its own files beside it. */
  folder: string;
  /** The file with this one job, relative to `folder`. */
  file: string;
  shimDir: string;
  home: string;
  helperImage: string;
  /** Whether the image's user is root, the usual case. */
  asRoot: boolean;
  volumes: string[];
  /** Read by the docker shim. */
  shimConfig: string;
}

/** Starts one job. It ends with code 0 when the job succeeded. Its output comes on one stream. */
export function startJob(instance: Instance, order: JobProcess): ChildProcess {
  const args = [ENTRY, order.jobName, "--file", order.file, "--home", order.home];
  args.push("--variables-file", join(order.home, "no-variables.yml"));
  args.push("--container-executable", "gitlab-docker", "--network", "host");
  args.push("--helper-image", order.helperImage, "--pull-policy", "if-not-present");
  args.push("--json-schema-validation=false", "--evaluate-rule-changes=false", "--no-color");
  args.push("--max-job-name-padding", "0", order.asRoot ? "--umask" : "--no-umask");
  args.push("--no-artifacts-to-source");
  for (const volume of order.volumes) args.push("--volume", volume);
  const env = { ...environment(order.home, order.shimDir), GITLAB_DOCKER_SHIM: order.shimConfig };
  // One pipe for both streams keeps their order.
  return spawnTracked(
    instance.ctx.stateDir,
    `gitlab-job-${order.jobId}`,
    "/bin/sh",
    ["-c", 'exec "$@" 2>&1', "sh", process.execPath, ...args],
    { cwd: order.folder, env, stdio: ["ignore", "pipe", "ignore"] },
  );
}
