/** `npm run sandbox`: a GitLab and a Heroku on this machine, for the first run and for tests. */
import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  command,
  type ExitCode,
  endsWith,
  exitCode,
  InvalidArgumentError,
  Option,
  requireSubcommand,
  run,
} from "@tag-to-endpoint/command-line";
import { type ConditionsInput, readConditions } from "./core/conditions.ts";
import { defaultStateDir, repositoryRoot } from "./core/context.ts";
import { writeEnvironmentFile } from "./core/environment.ts";
import { findRunning, type Ready, resetDaemon, startDaemon, stopDaemon } from "./core/lifecycle.ts";
import { describeError } from "./core/log.ts";
import { showStatus } from "./core/status.ts";
import { addFaultCommand } from "./fault-commands.ts";

const sandbox = command({
  name: "sandbox",
  summary: "A GitLab and a Heroku on this machine, for the first run and for tests.",
  ends: { 2: "status: the sandbox does not run" },
});

sandbox
  .command("start")
  .description("start it and write its credentials to .env.dev; nothing where it runs already")
  .addOption(stateOption())
  .addOption(envFileOption())
  .addOption(conditionsOption())
  .action(
    endsWith(({ state, writeEnv, conditions }) => start(state, chooseEnvFile(state, writeEnv), conditions)),
  );

sandbox
  .command("status")
  .description("show its addresses, apps, projects and pipelines")
  .addOption(stateOption())
  .action(endsWith(({ state }) => status(state)));

sandbox
  .command("stop")
  .description("end it; its state stays")
  .addOption(stateOption())
  .action(
    endsWith(async ({ state }) => {
      await stopDaemon(state);
      say("The sandbox is stopped; its state is kept.");
      return exitCode.done;
    }),
  );

sandbox
  .command("reset")
  .description("end it and remove its state, containers, networks, images and stack dev")
  .addOption(stateOption())
  .addOption(envFileOption())
  .action(endsWith(({ state, writeEnv }) => reset(state, chooseEnvFile(state, writeEnv))));

addFaultCommand(sandbox, stateOption, say);
requireSubcommand(sandbox);
await run(sandbox, describeError);

function stateOption() {
  return new Option("--state <folder>", "the folder of its state")
    .default(defaultStateDir, ".sandbox")
    .argParser((folder: string) => resolve(folder));
}

function envFileOption() {
  return new Option(
    "--write-env <file>",
    "where its credentials are written (default: .env.dev, with the default state folder alone)",
  );
}

function conditionsOption() {
  return new Option(
    "--conditions <json>",
    'what no API of the services can set, such as \'{"heroku":{"verified":false}}\' (docs/sandbox.md)',
  ).argParser(conditionsIn);
}

function conditionsIn(text: string): ConditionsInput {
  try {
    const given = JSON.parse(text);
    readConditions(given);
    return given;
  } catch (error) {
    throw new InvalidArgumentError(describeError(error));
  }
}

/** Writes what the command has to say. */
function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Another state folder has no file by itself, so that a second sandbox does not take over stack `dev`. */
function chooseEnvFile(stateDir: string, given: string | undefined): string | undefined {
  if (given !== undefined) return resolve(given);
  return stateDir === defaultStateDir ? join(repositoryRoot, ".env.dev") : undefined;
}

async function start(
  stateDir: string,
  envFile: string | undefined,
  conditions: ConditionsInput | undefined,
): Promise<ExitCode> {
  const started = Date.now();
  const ready = await startDaemon({
    stateDir,
    usualPorts: true,
    ...(conditions === undefined ? {} : { conditions }),
    onProgress: (text) => process.stderr.write(`Sandbox: ${text} (${seconds(started)})\n`),
  });
  if (envFile !== undefined) await writeEnvironmentFile(envFile, ready.env);
  if (stateDir === defaultStateDir) await selectStack();
  say(`Sandbox: ready (${seconds(started)}), process ${ready.pid}`);
  printUrls(ready);
  say(`State    ${stateDir}`);
  if (envFile !== undefined) say(`Tokens   ${envFile}`);
  return exitCode.done;
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

async function reset(stateDir: string, envFile: string | undefined): Promise<ExitCode> {
  await resetDaemon(stateDir);
  if (stateDir === defaultStateDir) await forgetStack();
  if (envFile !== undefined && existsSync(envFile)) rmSync(envFile);
  say("The sandbox and everything that it made are removed.");
  return exitCode.done;
}

/** Runs pulumi on this repository's program. */
async function pulumi(...words: string[]): Promise<string> {
  const options = { cwd: repositoryRoot };
  return (await promisify(execFile)("pulumi", [...words, "--non-interactive"], options)).stdout;
}

/** Selects stack `dev`, made where it is not there yet: `npx pulumi up` is then all that is to be typed. */
async function selectStack(): Promise<void> {
  await pulumi("stack", "select", "--create", "dev");
}

/** What stack `dev` had made went with the sandbox: a state that still names it would mislead the next `up`. */
async function forgetStack(): Promise<void> {
  const stacks = JSON.parse(await pulumi("stack", "ls", "--json")) as Array<{ name: string }>;
  if (stacks.some(({ name }) => name === "dev")) {
    await pulumi("stack", "rm", "dev", "--force", "--yes", "--preserve-config");
  }
}

function printUrls({ urls }: Ready): void {
  say(`GitLab   ${urls.gitlab}`);
  say(`Heroku   ${urls.heroku} (images: ${urls.herokuRegistry}, apps: ${urls.router})`);
}

async function status(stateDir: string): Promise<ExitCode> {
  const ready = findRunning(stateDir);
  if (ready === undefined) {
    say(
      existsSync(stateDir) ? `The sandbox is stopped; its state is in ${stateDir}.` : "There is no sandbox.",
    );
    return exitCode.attention;
  }
  say(`Sandbox  runs, process ${ready.pid}`);
  printUrls(ready);
  await showStatus(ready, say);
  return exitCode.done;
}
