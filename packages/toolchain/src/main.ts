/**
 * `npm run setup`: finds or gets everything that the other commands need, and says what and how long it takes. What
 * is there already stays: a second run takes about a second. `packages/toolchain/run.mjs` runs it before every command,
 * for what that command works with.
 */
import { command, endsWith, exitCode, Option, plainSteps, run } from "@tag-to-endpoint/command-line";
import { Listr, type ListrTask } from "listr2";
import { baseImage, jobImage } from "./steps/images.ts";
import { images } from "./steps/paths.ts";
import { providerPlugins } from "./steps/plugins.ts";
import { pulumiCli, pulumiLanguageHost } from "./steps/pulumi.ts";
import { type Purpose, purposes, type SetUpStep } from "./steps/step.ts";
import { dockerEngine, systemPackages } from "./steps/system.ts";

/** In their order: later steps use earlier ones. */
const steps = (isAsked: boolean): readonly SetUpStep[] => [
  systemPackages,
  dockerEngine,
  pulumiCli,
  pulumiLanguageHost,
  providerPlugins(isAsked),
  baseImage,
  jobImage("ci-python", images.ciPython),
  jobImage("ci-docker", images.ciDocker),
];

const everything: Purpose = "sandbox";
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
})
  .addOption(
    new Option(
      "--for <purpose>",
      "what a stack needs, or what it takes to run the sandbox and all tests as well",
    )
      .choices(purposes)
      .default(everything),
  )
  .option("--download-plugins", "get the official provider plugins now, however long the download takes")
  .action(
    endsWith(async ({ for: purpose, downloadPlugins = false }) => {
      const started = Date.now();
      for (const step of steps(downloadPlugins)) {
        if (purpose !== everything && step.neededFor !== purpose) continue;
        if (!(await step.isPresent())) await new Listr([getting(step)], plainSteps).run();
      }
      process.stdout.write(`Set-up: everything is there (${seconds(started)})\n`);
      return exitCode.done;
    }),
  );
await run(setup);
