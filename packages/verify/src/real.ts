/** The journey on real accounts: throwaway names, a ledger, removal at the end whatever happens, and a report. */
import { type ExitCode, exitCode } from "@tag-to-endpoint/command-line";
import { type Environment, pulumi, step } from "@tag-to-endpoint/journey";
import { environmentOf } from "./environment.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { noting } from "./noting.ts";
import { startRecorder } from "./recorder/recorder.ts";
import { type Leftover, removeAll } from "./removal.ts";
import { type Outcome, writeReports } from "./report.ts";
import {
  type Credentials,
  filesOf,
  finish,
  prepare,
  type RunSettings,
  readCredentials,
  settingsOf,
} from "./run.ts";
import { compareAnswers } from "./shapes.ts";
import { areWell, showSteps } from "./steps.ts";
import { journey } from "./walk.ts";

/** Walks the journey on the accounts of `.env.verify`, and removes all that it made. */
export async function verifyReal(settings: RunSettings): Promise<ExitCode> {
  const credentials = readCredentials();
  await prepare(settings);
  const { ledger: file } = filesOf(settings.id);
  const ledger = openLedger(file);
  const services = { gitlab: new URL(settings.gitlabUrl), heroku: new URL(settings.herokuUrl) };
  const shapes = compareAnswers(services);
  const recorder = await startRecorder({
    services: Object.values(services),
    watcher: noting(ledger, services, shapes.see),
  });
  const environment = await environmentOf(settings, credentials, recorder);
  const outcome: Outcome = { steps: [], left: [] };
  try {
    await showSteps(journey(settings, environment), outcome.steps);
  } finally {
    outcome.left = await remove(settings, credentials, environment, ledger, outcome);
    await recorder.close();
    ledger.close();
  }
  const { differences, operations } = shapes.found();
  const files = await writeReports(filesOf(settings.id).report, { ...outcome, differences, operations });
  tellEnd(settings, outcome, files);
  const isWell = outcome.left.length === 0 && areWell(outcome.steps);
  if (!isWell) return exitCode.failed;
  return differences.length > 0 ? exitCode.attention : exitCode.done;
}

/** Removes what an earlier run left. */
export async function removeRun(id: string): Promise<ExitCode> {
  const settings = await settingsOf(id);
  const credentials = readCredentials();
  const ledger = openLedger(filesOf(id).ledger);
  const environment = await environmentOf(settings, credentials);
  const outcome: Outcome = { steps: [], left: [] };
  outcome.left = await remove(settings, credentials, environment, ledger, outcome);
  ledger.close();
  tellEnd(settings, outcome, []);
  return outcome.left.length === 0 ? exitCode.done : exitCode.failed;
}

/** Removes the stack with Pulumi, and then whatever the ledger still names. @returns what is left */
async function remove(
  settings: RunSettings,
  credentials: Credentials,
  environment: Environment,
  ledger: Ledger,
  outcome: Outcome,
): Promise<Leftover[]> {
  let left: Leftover[] = [];
  await showSteps(
    [
      step("pulumi destroy", async (_, onLine) => {
        // An update that was interrupted holds the stack's lock.
        await pulumi(environment, "pulumi-destroy", ["cancel", "--yes"], onLine).catch(() => undefined);
        await pulumi(environment, "pulumi-destroy", ["destroy", "--yes", "--skip-preview"], onLine);
        return undefined;
      }),
    ],
    outcome.steps,
  );
  await showSteps(
    [
      step("Look for everything that the ledger names", async (_, onLine) => {
        left = await removeAll(ledger, { ...settings, credentials }, onLine);
        if (left.length > 0) throw new Error(left.map(wordsOf).join("\n"));
        await finish(settings.id);
        return `${ledger.entries().length} creations, nothing is left`;
      }),
    ],
    outcome.steps,
  );
  return left;
}

const wordsOf = ({ entry: { service, kind, name, id }, reason }: Leftover) =>
  `${service} ${kind} ${name}${id === undefined ? "" : ` (${id})`}: ${reason}`;

function tellEnd({ id }: RunSettings, { left }: Outcome, files: readonly string[]): void {
  const lines = left.length === 0 ? [] : ["Still there:", ...left.map((one) => `  ${wordsOf(one)}`)];
  if (left.length > 0) lines.push(`Try again with: npm run verify -- remove ${id}`);
  if (files.length > 0) lines.push(`Report, to be attached to an issue: ${files.join(", ")}`);
  process.stdout.write(`\n${lines.join("\n")}\n`);
}
