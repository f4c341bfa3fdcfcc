/**
 * Finds or gets everything that the commands of the README need, saying what and how long it takes. What is
 * there is re-used: a second run takes about a second. Run by `packages/toolchain/run.mjs` before every command.
 */
import { Listr, type ListrTask } from "listr2";
import { baseImage, jobImage } from "./steps/images.ts";
import { images } from "./steps/paths.ts";
import { providerPlugins } from "./steps/plugins.ts";
import { pulumiCli, pulumiLanguageHost, pulumiShim } from "./steps/pulumi.ts";
import { sdk } from "./steps/sdks.ts";
import type { SetUpStep } from "./steps/step.ts";
import { dockerEngine, systemPackages } from "./steps/system.ts";

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

/** Shows a step while it is got. Steps are asked one by one, since later ones use earlier ones. */
function getting(step: SetUpStep): ListrTask {
  const since = Date.now();
  return {
    title: `${step.title}: getting it (usually ${step.expected})`,
    async task(_, task) {
      const how = await step.make((line) => {
        task.output = line;
      });
      task.title = `${step.title}: ${how} (${seconds(since)})`;
    },
  };
}

try {
  for (const step of steps) {
    if (!(await step.isPresent())) await new Listr([getting(step)], { fallbackRenderer: "simple" }).run();
  }
  process.stdout.write(`Set-up: everything is there (${seconds(started)})\n`);
} catch (error) {
  process.stderr.write(`Set-up failed. ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
