import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import {
  type ExitCode,
  exitCode,
  type Interruption,
  plainSteps,
  watchInterruption,
} from "@tag-to-endpoint/command-line";
import {
  ask,
  curlCommand,
  type Environment,
  type ModelVersion,
  modelProject,
  nextVersion,
  openRunLog,
  pulumi,
  refusedTag,
  release,
  releaseUnprotected,
  type StackOutputs,
  stackOutputs,
  step,
} from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { resourceTable } from "./resources.ts";
import { refusedWeakening } from "./weakening.ts";

const root = path.resolve(import.meta.dirname, "..");
const stack = "dev";
const iris = "iris-decision-tree";
const products = "product-classifier";
/** How long a demo, and what is left of one that failed, lives at most. */
const TTL_MINUTES = 120;
const starter: ModelVersion = { model: "iris-dtc", version: "1.0" };
const log = openRunLog(path.join(root, ".cache/demo", new Date().toISOString().replace(/[:.]/g, "-")));
const workFolder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-demo-"));
/** Stack `dev`; a demo that is not kept has a throwaway stack in its place, so that several can run at once. */
let environment: Environment = { root, env: {}, stack, log, workFolder };
let throwaway: ThrowawayStack | undefined;

interface Context {
  outputs: StackOutputs;
  /** Release of the one tag, and of the two at once. */
  first: ModelVersion;
  later: ModelVersion[];
}

const sandbox = (word: string, onLine: (line: string) => void) =>
  log.run("sandbox", "node", ["packages/sandbox/src/cli.ts", word], { cwd: root, onLine });

/** Shows all of the step's lines, and keeps them. */
const asTable = { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true };

/** The version of a model that this run is going to release. */
async function next({ outputs }: Context, model: string): Promise<ModelVersion> {
  return { model, version: await nextVersion(environment, modelProject(outputs, model)) };
}

/** Releases versions of different models, all at the same time. */
async function releaseAll(
  { outputs }: Context,
  versions: ModelVersion[],
  onLine: (line: string) => void,
): Promise<string> {
  const told = versions.map(async ({ model, version }) => {
    const progress = (line: string) => onLine(`${model} ${version} ${line}`);
    const { train, deploy } = await release(environment, modelProject(outputs, model), version, progress);
    const [trained, deployed] = [train, deploy].map(({ seconds }) => `${seconds.toFixed(0)} s`);
    return `${model} ${version}, trained in ${trained}, deployed in ${deployed}`;
  });
  return (await Promise.all(told)).join("; ");
}

/** Starts the sandbox of stack `dev`. */
async function startDev(onLine: (line: string) => void): Promise<void> {
  await sandbox("start", onLine);
  Object.assign(environment.env, parseEnv(await readFile(path.join(root, `.env.${stack}`), "utf8")));
}

/** Makes a stack that goes away with this process, also where that is killed. */
async function startThrowaway(onLine: (line: string) => void): Promise<void> {
  const name = `demo-${randomBytes(3).toString("hex")}`;
  throwaway = await throwawayStack({ name, ttlMinutes: TTL_MINUTES, onProgress: onLine });
  environment = { ...throwaway.environment, log };
}

const start = (work: typeof startDev) =>
  step<Context>("Start a GitLab and a Heroku on this machine", async (_, onLine) => {
    await work(onLine);
    return `${environment.env.GITLAB_BASE_URL}, ${environment.env.HEROKU_API_URL}`;
  });

const steps: ListrTask<Context>[] = [
  step<Context>(
    "pulumi up (runtime image, projects, app, credentials, protection, first release)",
    async (context, onLine) => {
      await pulumi(environment, "pulumi-up", ["up", "--yes", "--skip-preview"], onLine);
      context.outputs = await stackOutputs(environment);
      return undefined;
    },
  ),
  step<Context>(
    "What the stack made",
    async (_, onLine) => {
      const rows = resourceTable(await pulumi(environment, "resources", ["stack", "export"]));
      for (const row of rows) onLine(row);
      return `${rows.length} resources`;
    },
    asTable,
  ),
  step<Context>("Ask the starter model for a prediction", async (context) =>
    ask(environment, context.outputs, starter),
  ),
  step<Context>(
    "Push a version tag to a model repository: train, publish, deploy",
    async (context, onLine) => {
      context.first = await next(context, iris);
      return releaseAll(context, [context.first], onLine);
    },
  ),
  step<Context>("Ask the new model for a prediction, through nginx", async ({ outputs, first }) =>
    ask(environment, outputs, first),
  ),
  step<Context>(
    "A tag that no rule protects gets no variables and fails",
    async ({ outputs, first }, onLine) =>
      releaseUnprotected(environment, modelProject(outputs, iris), first.version.slice(1), onLine),
  ),
  step<Context>("A Developer may not create v9.9.9", async ({ outputs }) =>
    refusedTag(environment, modelProject(outputs, iris), "v9.9.9"),
  ),
  step<Context>("A weaker rule shows in the review, and pulumi up refuses it", async () =>
    refusedWeakening(environment),
  ),
  step<Context>("Two tags at once: a second version, and a second kind of model", async (context, onLine) => {
    context.later = await Promise.all([iris, products].map((model) => next(context, model)));
    return releaseAll(context, context.later, onLine);
  }),
  step<Context>(
    "All of them answer, side by side",
    async ({ outputs, first, later }, onLine) => {
      const rows = [starter, first, ...later].map(async (one) => {
        return `${one.model} ${one.version}: ${await ask(environment, outputs, one)}`;
      });
      for (const row of await Promise.all(rows)) onLine(row);
      return undefined;
    },
    asTable,
  ),
];

const removal: ListrTask<Context>[] = [
  step<Context>("pulumi destroy", async (_, onLine) => {
    await pulumi(environment, "pulumi-destroy", ["destroy", "--yes", "--skip-preview"], onLine);
    return undefined;
  }),
  step<Context>("Remove the sandbox", async () => {
    await throwaway?.remove();
    return undefined;
  }),
];

/** Takes all steps of the demo, and removes what it made unless it is to be kept. */
export async function runDemo({ keep }: { keep: boolean }): Promise<ExitCode> {
  const started = Date.now();
  const interruption = watchInterruption(() => {
    process.stderr.write("\nInterrupted. Ending what runs ...\n");
  });
  const all = keep ? [start(startDev), ...steps] : [start(startThrowaway), ...steps, ...removal];
  try {
    const context = await new Listr<Context>(
      all.map((one) => unlessInterrupted(one, interruption)),
      {
        ...plainSteps,
        // Ctrl-C ends the running step, not this process: the closing words come yet.
        registerSignalListeners: false,
        rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
        fallbackRendererOptions: { ...plainSteps.fallbackRendererOptions, timer: PRESET_TIMER },
      },
    ).run();
    say(`\nDone in ${((Date.now() - started) / 1000).toFixed(0)} s. Logs: ${log.folder}`);
    if (keep) say(keptText(context));
    return exitCode.done;
  } catch {
    // The renderer has shown the step and its error already.
    await (interruption.isInterrupted() ? closeInterrupted() : closeFailed());
    return exitCode.failed;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** A step that does not begin, and does not count as done, after Ctrl-C. */
function unlessInterrupted<C>(one: ListrTask<C>, { check }: Interruption): ListrTask<C> {
  const task: ListrTask<C>["task"] = async (...args) => {
    check();
    const result = await one.task(...args);
    check();
    return result;
  };
  return { ...one, task };
}

/** What a demo that was interrupted leaves: nothing, or with `--keep` what it is told to keep. */
async function closeInterrupted(): Promise<void> {
  await throwaway?.remove();
  say(`\nThe demo was interrupted. Logs: ${log.folder}`);
  say(
    environment.stack === stack
      ? "What is up stays up. Go on: npm run demo -- --keep   Remove it: npm run sandbox -- reset"
      : "Everything that it made is removed.",
  );
}

async function closeFailed(): Promise<void> {
  say(`\nThe demo failed. What is up stays up, so that you can look at it. Logs: ${log.folder}`);
  if (throwaway === undefined) {
    say("Remove it with: npm run sandbox -- reset");
    return;
  }
  await throwaway.handOver();
  say(`  npm run throwaway -- exec ${throwaway.name} -- npx pulumi preview`);
  say(`  npm run throwaway -- down ${throwaway.name}`);
  say(`It is removed after ${TTL_MINUTES / 60} hours.`);
}

function keptText({ outputs, first, later }: Context): string {
  const models = Object.entries(outputs.modelProjectUrls);
  return `
Still up:
  GitLab   ${environment.env.GITLAB_BASE_URL?.replace(/\/api\/v4\/?$/, "")}
  server   ${outputs.serverProjectUrl}
${models.map(([, url]) => `  model    ${url}`).join("\n")}
  app      ${outputs.appUrl}
Try:
${[starter, first, ...later].map((one) => `  ${curlCommand(outputs, one)}`).join("\n")}
  npx pulumi preview
  npx pulumi stack output
Tokens are in .env.${stack}. Remove everything with: npm run sandbox -- reset
`;
}
