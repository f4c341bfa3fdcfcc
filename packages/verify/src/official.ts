/** The journey on a sandbox of its own with the official provider plugins; stand-ins are refused. */
import { type ExitCode, exitCode } from "@tag-to-endpoint/command-line";
import { pulumi, step } from "@tag-to-endpoint/journey";
import { withThrowawayStack } from "@tag-to-endpoint/throwaway";
import { TEMPLATE } from "@tag-to-endpoint/throwaway/accounts";
import { root, tryCommand } from "@tag-to-endpoint/toolchain";
import { areWell, type StepOutcome, showSteps } from "./steps.ts";
import { walk } from "./walk.ts";

/** @throws when an official plugin cannot be had, before anything is started */
export async function verifyOfficial(): Promise<ExitCode> {
  // Once all of them are there, no stack gets a stand-in.
  const setUp = await tryCommand("node", ["packages/toolchain/src/main.ts", "--download-plugins"], {
    cwd: root,
    onLine: (line) => process.stdout.write(`${line}\n`),
  });
  if (setUp.code !== 0) {
    throw new Error(
      "Without the official provider plugins there is nothing to verify; set-up says above why.",
    );
  }
  return withThrowawayStack({}, async ({ environment }) => {
    const steps: StepOutcome[] = [];
    await showSteps(walk({ environment, model: TEMPLATE, template: TEMPLATE }), steps);
    const removal = step("pulumi destroy", async (_, onLine) => {
      await pulumi(environment, "pulumi-destroy", ["destroy", "--yes", "--skip-preview"], onLine);
      return undefined;
    });
    await showSteps([removal], steps);
    process.stdout.write(`\nLogs: ${environment.log.folder}\n`);
    return areWell(steps) ? exitCode.done : exitCode.failed;
  });
}
