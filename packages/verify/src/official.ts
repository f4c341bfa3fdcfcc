/** The journey on a sandbox of its own with the official provider plugins; stand-ins are refused. */
import path from "node:path";
import { type ExitCode, exitCode } from "@tag-to-endpoint/command-line";
import { pulumi, step } from "@tag-to-endpoint/journey";
import { startSandbox } from "@tag-to-endpoint/sandbox";
import { root, tryCommand } from "@tag-to-endpoint/toolchain";
import { environmentOf } from "./environment.ts";
import { finish, folderOf, newId, prepare, type RunSettings } from "./run.ts";
import { areWell, type StepOutcome, showSteps } from "./steps.ts";
import { journey } from "./walk.ts";

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
  const id = newId();
  const sandbox = await startSandbox({ stateDir: path.join(folderOf(id), "sandbox") });
  try {
    const { GITLAB_TOKEN = "", HEROKU_API_KEY = "", GITLAB_BASE_URL = "", HEROKU_API_URL = "" } = sandbox.env;
    const settings: RunSettings = {
      id,
      gitlabUrl: GITLAB_BASE_URL,
      herokuUrl: HEROKU_API_URL,
      namespace: "root",
      appPrefix: "verify",
      set: [],
    };
    await prepare(settings);
    const environment = await environmentOf(settings, { ...sandbox.env, GITLAB_TOKEN, HEROKU_API_KEY });
    const steps: StepOutcome[] = [];
    await showSteps(journey(settings, environment), steps);
    const removal = step("pulumi destroy", async (_, onLine) => {
      await pulumi(environment, "pulumi-destroy", ["destroy", "--yes", "--skip-preview"], onLine);
      return undefined;
    });
    await showSteps([removal], steps);
    process.stdout.write(`\nLogs: ${environment.log.folder}\n`);
    return areWell(steps) ? exitCode.done : exitCode.failed;
  } finally {
    await sandbox.reset();
    await finish(id);
  }
}
