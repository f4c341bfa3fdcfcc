/**
 * Finds or gets everything that the commands of the README need, saying what and how long it takes. What is
 * there is re-used: a second run takes about a second. Run by `toolchain/run.mjs` before every command.
 */
import { Listr, type ListrTask } from "listr2";
import { baseImage, jobImage } from "./setup/images.ts";
import { images } from "./setup/paths.ts";
import { providerPlugins } from "./setup/plugins.ts";
import { pulumiCli, pulumiLanguageHost, pulumiShim } from "./setup/pulumi.ts";
import { sdk } from "./setup/sdks.ts";
import type { SetUpStep } from "./setup/step.ts";
import { dockerEngine, systemPackages } from "./setup/system.ts";

const steps: SetUpStep[] = [
  systemPackages,
  dockerEngine,
  pulumiShim,
  sdk("gitlab"),
  sdk("heroku"),
  pulumiCli,
  pulumiLanguageHost,
  providerPlugins,
  baseImage,
  jobImage("ci-python", images.ciPython),
  jobImage("ci-docker", images.ciDocker),
];

const started = Date.now();
const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** The steps that are not satisfied yet, asked in order since later ones use earlier ones. */
const tasks: ListrTask[] = steps.map((step) => ({
  title: step.title,
  async task(_, task) {
    const since = Date.now();
    if (await step.isPresent()) {
      task.title = `${step.title}: present`;
      return;
    }
    task.title = `${step.title}: getting it (usually ${step.expected})`;
    const how = await step.make((line) => {
      task.output = line;
    });
    task.title = `${step.title}: ${how} (${seconds(since)})`;
  },
}));

try {
  await new Listr(tasks, { fallbackRenderer: "simple" }).run();
  process.stdout.write(`Set-up: everything is there (${seconds(started)})\n`);
} catch (error) {
  process.stderr.write(`Set-up failed. ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
