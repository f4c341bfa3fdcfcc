/**
 * `npm run setup`: finds or gets everything that the other commands need, and says what and how long it takes. What
 * is there already stays: a second run takes about a second. `packages/toolchain/run.mjs` runs it before every command.
 */
import { command, endsWith, exitCode, plainSteps, run } from "@tag-to-endpoint/command-line";
import { Listr, type ListrTask } from "listr2";
import { baseImage, jobImage } from "./steps/images.ts";
import { images } from "./steps/paths.ts";
import { providerPlugins } from "./steps/plugins.ts";
import { pulumiCli, pulumiLanguageHost, pulumiShim } from "./steps/pulumi.ts";
import { sdks } from "./steps/sdks.ts";
import type { SetUpStep } from "./steps/step.ts";
import { dockerEngine, systemPackages } from "./steps/system.ts";

const steps: readonly SetUpStep[] = [
  systemPackages,
  dockerEngine,
  pulumiShim,
  ...sdks,
  pulumiCli,
  pulumiLanguageHost,
  providerPlugins,
  baseImage,
  jobImage("ci-python", images.ciPython),
  jobImage("ci-docker", images.ciDocker),
];

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

const setup = command({
  name: "setup",
  summary: "Finds or gets everything that the other commands need. Each of them does this first, by itself.",
  ends: { 0: "everything is there", 1: "something cannot be had; it says what and how to get it" },
}).action(
  endsWith(async () => {
    const started = Date.now();
    for (const step of steps) {
      if (!(await step.isPresent())) await new Listr([getting(step)], plainSteps).run();
    }
    process.stdout.write(`Set-up: everything is there (${seconds(started)})\n`);
    return exitCode.done;
  }),
);
await run(setup);
