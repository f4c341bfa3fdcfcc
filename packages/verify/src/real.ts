/** The journey on real accounts: throwaway names, a ledger, removal at the end whatever happens, and a report. */
import { type ExitCode, exitCode, messageOf, plainSteps } from "@tag-to-endpoint/command-line";
import { type Environment, pulumi, step } from "@tag-to-endpoint/journey";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
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
  namesOf,
  prepare,
  type RunSettings,
  readCredentials,
  settingsOf,
} from "./run.ts";
import { compareAnswers } from "./shapes.ts";
import { type Walk, walk } from "./walk.ts";

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
    await showSteps(journey(settings, environment), outcome);
  } finally {
    outcome.left = await remove(settings, credentials, environment, ledger, outcome);
    await recorder.close();
    ledger.close();
  }
  const { differences, operations } = shapes.found();
  const files = await writeReports(filesOf(settings.id).report, { ...outcome, differences, operations });
  tellEnd(settings, outcome, files);
  const isWell = outcome.left.length === 0 && outcome.steps.every(({ failed }) => failed === undefined);
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

function journey(settings: RunSettings, environment: Environment): ListrTask<Walk>[] {
  const { model } = namesOf(settings);
  return [
    step("A stack with throwaway names", async () => {
      const { stack } = environment;
      await pulumi(environment, "pulumi", ["stack", "init", stack]);
      for (const [key, value] of stackSettings(settings)) {
        await pulumi(environment, "pulumi", ["config", "set", "--path", key, value]);
      }
      return stack;
    }),
    ...walk({ environment, model, template: "iris-decision-tree" }),
  ];
}

function stackSettings(settings: RunSettings): Array<readonly [string, string]> {
  const { server, model, app } = namesOf(settings);
  return [
    ["mlops:gitlabNamespace", settings.namespace],
    ["mlops:serverProjectName", server],
    ["mlops:herokuApp", app],
    ["mlops:models[0].name", model],
    ["mlops:models[0].template", "iris-decision-tree"],
    ...settings.set.map((text): [string, string] => {
      const at = text.indexOf("=");
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  ];
}

/** Takes the steps. One that fails ends the journey, and is in the outcome. */
async function showSteps(steps: ListrTask<Walk>[], outcome: Outcome): Promise<void> {
  const timed = steps.map((one) => ({ ...one, task: noted(one, outcome) }));
  await new Listr<Walk>(timed, {
    ...plainSteps,
    exitOnError: true,
    // Ctrl-C ends a step, not the run: the removal comes yet.
    registerSignalListeners: false,
    rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
    fallbackRendererOptions: { ...plainSteps.fallbackRendererOptions, timer: PRESET_TIMER },
  })
    .run()
    .catch(() => undefined); // it is in the outcome, and on the screen
}

function noted<C>({ title, task }: ListrTask<C>, outcome: Outcome): ListrTask<C>["task"] {
  return async (...args) => {
    const started = Date.now();
    const note = (failed?: string) => {
      const seconds = Math.round((Date.now() - started) / 1000);
      outcome.steps.push({ title: String(title), seconds, ...(failed !== undefined && { failed }) });
    };
    try {
      const result = await task(...args);
      note();
      return result;
    } catch (error) {
      note(messageOf(error));
      throw error;
    }
  };
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
    outcome,
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
    outcome,
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
