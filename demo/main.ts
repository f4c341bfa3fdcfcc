/**
 * The main job of the README: from nothing to a live prediction, then the protection rules at work.
 * `npm run demo` removes everything at the end, `npm run demo -- --keep` leaves it up.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, parseEnv, stripVTControlCharacters } from "node:util";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { type Environment, pulumi, type StackOutputs, stackOutputs } from "./environment.ts";
import {
  inferenceUrl,
  type ModelProject,
  modelProject,
  nextVersion,
  refusedTag,
  release,
  releaseUnprotected,
} from "./journey.ts";
import { classify, curlCommand, irisRequest } from "./prediction.ts";
import { resourceTable } from "./resources.ts";
import { openRunLog } from "./run-log.ts";

const { values: options } = parseArgs({ options: { keep: { type: "boolean", default: false } } });

const root = path.resolve(import.meta.dirname, "..");
const stack = "dev";
const model = "iris-decision-tree";
const log = openRunLog(path.join(root, ".cache/demo", new Date().toISOString().replace(/[:.]/g, "-")));
const workFolder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-demo-"));
const environment: Environment = { root, env: {}, stack, log, workFolder };

interface Context {
  outputs: StackOutputs;
  project: ModelProject;
  first: string;
  second: string;
}

const sandbox = (word: string, onLine: (line: string) => void) =>
  log.run("sandbox", "node", ["sandbox/cli.ts", word], { cwd: root, onLine });

/** A step whose newest line of progress is shown while it runs and whose result stays. */
function step(
  title: string,
  work: (context: Context, onLine: (line: string) => void) => Promise<string | undefined>,
  rendererOptions: { outputBar: number; persistentOutput?: boolean } = { outputBar: 3 },
): ListrTask<Context> {
  return {
    title,
    rendererOptions,
    async task(context, task) {
      const result = await work(context, (line) => {
        const text = stripVTControlCharacters(line);
        if (!/^(@ [a-z]+)?\.*$/.test(text)) task.output = text; // Pulumi's signs of life without a terminal
      });
      if (result) task.title = `${title}: ${result}`;
    },
  };
}

const steps: ListrTask<Context>[] = [
  step("Start a GitLab and a Heroku on this machine", async (_, onLine) => {
    await sandbox("start", onLine);
    Object.assign(environment.env, parseEnv(await readFile(path.join(root, `.env.${stack}`), "utf8")));
    return `${environment.env.GITLAB_BASE_URL}, ${environment.env.HEROKU_API_URL}`;
  }),
  step(
    "pulumi up (runtime image, projects, app, credentials, protection, first release)",
    async (context, onLine) => {
      await pulumi(environment, "pulumi-up", ["up", "--yes", "--skip-preview"], onLine);
      context.outputs = await stackOutputs(environment);
      context.project = modelProject(context.outputs, model);
      return undefined;
    },
  ),
  step(
    "What the stack made",
    async (_, onLine) => {
      const rows = resourceTable(await pulumi(environment, "resources", ["stack", "export"]));
      for (const row of rows) onLine(row);
      return `${rows.length} resources`;
    },
    { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true },
  ),
  step("Ask the starter model for a prediction", async (context) => {
    return classify(environment, inferenceUrl(context.outputs, "iris-dtc", "1.0"));
  }),
  step("Push a version tag to the model repository: train, publish, deploy", async (context, onLine) => {
    context.first = await nextVersion(environment, context.project);
    const { train, deploy } = await release(environment, context.project, context.first, onLine);
    return `${context.first}, trained in ${train.seconds.toFixed(0)} s, deployed in ${deploy.seconds.toFixed(0)} s`;
  }),
  step("Ask the new model for a prediction, through nginx", async (context) => {
    const url = inferenceUrl(context.outputs, model, context.first);
    return `${url} -> ${await classify(environment, url)}`;
  }),
  step("A tag that no rule protects fails for want of variables", async (context, onLine) =>
    releaseUnprotected(environment, context.project, context.first.slice(1), onLine),
  ),
  step("A Developer may not create v9.9.9", async (context) =>
    refusedTag(environment, context.project, "v9.9.9"),
  ),
  step("A second version goes live", async (context, onLine) => {
    context.second = await nextVersion(environment, context.project);
    const { train, deploy } = await release(environment, context.project, context.second, onLine);
    return `${context.second}, trained in ${train.seconds.toFixed(0)} s, deployed in ${deploy.seconds.toFixed(0)} s`;
  }),
  step("Both versions answer", async (context) => {
    const answers = [context.first, context.second].map(async (version) => {
      return `${version} -> ${await classify(environment, inferenceUrl(context.outputs, model, version))}`;
    });
    return (await Promise.all(answers)).join(", ");
  }),
];

const removal: ListrTask<Context>[] = [
  step("pulumi destroy", async (_, onLine) => {
    await pulumi(environment, "pulumi-destroy", ["destroy", "--yes", "--skip-preview"], onLine);
    await pulumi(environment, "pulumi-destroy", ["stack", "rm", "--yes", "--preserve-config", stack], onLine);
    return undefined;
  }),
  step("Remove the sandbox", async (_, onLine) => {
    await sandbox("reset", onLine);
    return undefined;
  }),
];

const started = Date.now();
try {
  const context = await new Listr<Context>([...steps, ...(options.keep ? [] : removal)], {
    rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
    fallbackRenderer: "simple",
    fallbackRendererOptions: { timer: PRESET_TIMER },
  }).run();
  process.stdout.write(`\nDone in ${((Date.now() - started) / 1000).toFixed(0)} s. Logs: ${log.folder}\n`);
  if (options.keep) process.stdout.write(keptText(context));
} catch {
  // The renderer has shown the step and its error already.
  process.stdout.write(
    `\nThe demo did not end well. What is up was left up for a look; logs: ${log.folder}\n`,
  );
  process.stdout.write("Remove it with: npm run sandbox -- reset\n");
  process.exitCode = 1;
} finally {
  await rm(workFolder, { recursive: true, force: true });
}

function keptText({ outputs, first, second }: Context): string {
  const urls = [
    inferenceUrl(outputs, "iris-dtc", "1.0"),
    ...[first, second].map((version) => inferenceUrl(outputs, model, version)),
  ];
  return `
Left up:
  GitLab   ${environment.env.GITLAB_BASE_URL?.replace(/\/api\/v4\/?$/, "")}
  server   ${outputs.serverProjectUrl}
  model    ${outputs.modelProjectUrls[model]}
  app      ${outputs.appUrl}
Try:
${urls.map((url) => `  ${curlCommand(url, irisRequest)}`).join("\n")}
  npx pulumi preview
  npx pulumi stack output
Tokens are in .env.${stack}. Remove everything with: npm run sandbox -- reset
`;
}
