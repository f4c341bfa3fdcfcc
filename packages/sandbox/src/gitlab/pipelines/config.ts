import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { CI_LOCAL, ciLocalEnvironment } from "./gitlab-ci-local.ts";

/** A configuration that GitLab would refuse; its message is for the pipeline's `yaml_errors`. */
export class ConfigError extends Error {
  /** What GitLab records as the pipeline's `failure_reason`. */
  readonly reason: string;

  constructor(message: string, reason = "config_error") {
    super(message);
    this.reason = reason;
  }
}

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
  const args = [CI_LOCAL, "--preview", "--file", file, "--variables-file", variablesFile, "--home", home];
  args.push("--evaluate-rule-changes=false", "--no-color");
  args.push("--ignore-predefined-vars", Object.keys(variables).join(","));
  for (const name of unset) args.push("--unset-variable", name);
  try {
    const { code, output } = await run(args, folder, ciLocalEnvironment(home));
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
