/** `npm run sandbox -- start|status|stop|reset [--state DIR] [--write-env FILE]` */
import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { defaultStateDir, repositoryRoot } from "./core/context.ts";
import { writeEnvironmentFile } from "./core/environment.ts";
import { findRunning, type Ready, resetDaemon, startDaemon, stopDaemon } from "./core/lifecycle.ts";
import { describeError } from "./core/log.ts";
import { showStatus } from "./core/status.ts";

const USAGE = `A GitLab and a Heroku on this machine, for the first run and for tests.

  npm run sandbox -- start     start it and write its credentials to .env.dev; does nothing when it runs
  npm run sandbox -- status    its addresses, apps, projects and pipelines
  npm run sandbox -- stop      end it; its state stays
  npm run sandbox -- reset     end it and remove its state, containers, networks, images and stack dev

  --state DIR       the folder of its state (default .sandbox)
  --write-env FILE  where to write its credentials (default .env.dev, with the default state folder alone)
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`sandbox: ${describeError(error)}\n`);
  process.exitCode = 1;
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      state: { type: "string" },
      "write-env": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const stateDir = values.state === undefined ? defaultStateDir : resolve(values.state);
  const envFile = chooseEnvFile(stateDir, values["write-env"]);
  if (rest.length > 0) throw new Error(`unknown argument ${rest.join(" ")}\n\n${USAGE}`);
  switch (command) {
    case "start":
      return start(stateDir, envFile);
    case "status":
      return status(stateDir);
    case "stop":
      await stopDaemon(stateDir);
      say("The sandbox is stopped; its state is kept.");
      return 0;
    case "reset":
      await resetDaemon(stateDir);
      if (stateDir === defaultStateDir) await forgetStack();
      if (envFile !== undefined && existsSync(envFile)) rmSync(envFile);
      say("The sandbox and all that it made are removed.");
      return 0;
    default:
      process.stderr.write(command === undefined ? USAGE : `sandbox: unknown command ${command}\n\n${USAGE}`);
      return 2;
  }
}

/** Another state folder has no file by itself, so that a second sandbox does not take over stack `dev`. */
function chooseEnvFile(stateDir: string, given: string | undefined): string | undefined {
  if (given !== undefined) return resolve(given);
  return stateDir === defaultStateDir ? join(repositoryRoot, ".env.dev") : undefined;
}

async function start(stateDir: string, envFile: string | undefined): Promise<number> {
  const started = Date.now();
  const ready = await startDaemon({
    stateDir,
    usualPorts: true,
    onProgress: (text) => say(`Sandbox: ${text} (${((Date.now() - started) / 1000).toFixed(1)} s)`),
  });
  if (envFile !== undefined) await writeEnvironmentFile(envFile, ready.env);
  if (stateDir === defaultStateDir) await selectStack();
  say(`Sandbox: ready (${((Date.now() - started) / 1000).toFixed(1)} s), process ${ready.pid}`);
  printUrls(ready);
  say(`State    ${stateDir}`);
  if (envFile !== undefined) say(`Tokens   ${envFile}`);
  return 0;
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

async function status(stateDir: string): Promise<number> {
  const ready = findRunning(stateDir);
  if (ready === undefined) {
    say(
      existsSync(stateDir) ? `The sandbox is stopped; its state is in ${stateDir}.` : "There is no sandbox.",
    );
    return 3;
  }
  say(`Sandbox  runs, process ${ready.pid}`);
  printUrls(ready);
  await showStatus(ready, say);
  return 0;
}
