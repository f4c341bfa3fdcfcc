/** The journey on real accounts: throwaway names, a ledger, removal at the end whatever happens, and a report. */
import { type ExitCode, exitCode } from "@tag-to-endpoint/command-line";
import { type Environment, step } from "@tag-to-endpoint/journey";
import {
  type AccountsRecord,
  type AccountsSettings,
  destroyAccounts,
  type Leftover,
  openAccounts,
  readCredentials,
  removeByLedger,
  removeFiles,
  wordsOfLeftover,
} from "@tag-to-endpoint/throwaway/accounts";
import { type Outcome, writeReports } from "./report.ts";
import { filesOf, prepare, recordOf } from "./run.ts";
import { compareAnswers } from "./shapes.ts";
import { areWell, showSteps } from "./steps.ts";
import { journey } from "./walk.ts";

/** Walks the journey on the accounts of `.env.verify`, and removes all that it made. */
export async function verifyReal(settings: AccountsSettings): Promise<ExitCode> {
  readCredentials();
  const record = await prepare(settings);
  const services = { gitlab: new URL(settings.gitlabUrl), heroku: new URL(settings.herokuUrl) };
  const shapes = compareAnswers(services);
  const { environment, close } = await openAccounts(record, shapes.see);
  const outcome: Outcome = { steps: [], left: [] };
  try {
    await showSteps(journey(record, environment), outcome.steps);
  } finally {
    outcome.left = await remove(record, environment, outcome);
    await close();
  }
  const { differences, operations } = shapes.found();
  const files = await writeReports(filesOf(settings.id).report, { ...outcome, differences, operations });
  tellEnd(settings, outcome, files);
  if (outcome.left.length === 0) await removeFiles(record);
  const isWell = outcome.left.length === 0 && areWell(outcome.steps);
  if (!isWell) return exitCode.failed;
  return differences.length > 0 ? exitCode.attention : exitCode.done;
}

/** Removes what an earlier run left. */
export async function removeRun(id: string): Promise<ExitCode> {
  const record = recordOf(id);
  const { environment, close } = await openAccounts(record);
  const outcome: Outcome = { steps: [], left: [] };
  try {
    outcome.left = await remove(record, environment, outcome);
  } finally {
    await close();
  }
  tellEnd(record.accounts.settings, outcome, []);
  if (outcome.left.length === 0) await removeFiles(record);
  return outcome.left.length === 0 ? exitCode.done : exitCode.failed;
}

/** Removes the stack with Pulumi, and then whatever the ledger still names. @returns what is left */
async function remove(
  record: AccountsRecord,
  environment: Environment,
  outcome: Outcome,
): Promise<Leftover[]> {
  let left: Leftover[] = [];
  const destroy = step("pulumi destroy", async (_, onLine) => {
    await destroyAccounts(environment, onLine);
    return undefined;
  });
  await showSteps([destroy], outcome.steps);
  const look = step("Look for everything that the ledger names", async (_, onLine) => {
    const found = await removeByLedger(record, onLine);
    left = found.left;
    if (left.length > 0) throw new Error(left.map(wordsOfLeftover).join("\n"));
    return `${found.creations} creations, nothing is left`;
  });
  await showSteps([look], outcome.steps);
  return left;
}

function tellEnd({ id }: AccountsSettings, { left }: Outcome, files: readonly string[]): void {
  const lines = left.length === 0 ? [] : ["Still there:", ...left.map((one) => `  ${wordsOfLeftover(one)}`)];
  if (left.length > 0) lines.push(`Try again with: npm run verify -- remove ${id}`);
  if (files.length > 0) lines.push(`Report, to be attached to an issue: ${files.join(", ")}`);
  process.stdout.write(`\n${lines.join("\n")}\n`);
}
