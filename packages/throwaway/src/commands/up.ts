import { randomBytes } from "node:crypto";
import {
  type ExitCode,
  exitCode,
  messageOf,
  plainSteps,
  watchInterruption,
} from "@tag-to-endpoint/command-line";
import { type Environment, pulumi, type StackOutputs, stackOutputs, step } from "@tag-to-endpoint/journey";
import { Listr, PRESET_TIMER } from "listr2";
import { addressesIn, namesOf, pairIn, readCredentials } from "../accounts/settings.ts";
import { initAccounts, openAccounts, prepareAccounts } from "../accounts/stack.ts";
import { wordsOfDuration } from "../duration.ts";
import type { Guardian } from "../guardian/guard.ts";
import { CLIENT_MARK, endMarked } from "../processes.ts";
import { newAccountsRecord, newRecord, type StackRecord, stackOf } from "../register.ts";
import { bringUp, guarded, ownedFor } from "../stack.ts";

export interface UpOptions {
  readonly name?: string | undefined;
  readonly ttlMinutes: number;
  /** Settings as `key=value`. */
  readonly set: readonly string[];
  /** Where it is on somebody's accounts. */
  readonly real?: { readonly namespace: string; readonly appPrefix: string } | undefined;
}

/** A stack that is being made, and what ends the work on it. */
interface Making {
  readonly environment: Environment;
  close(): Promise<void>;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Brings up a stack that stays after this process. Where it is interrupted, nothing is left. */
export async function up(options: UpOptions): Promise<ExitCode> {
  let end: () => Promise<void> = async () => {};
  const interruption = watchInterruption(() => {
    process.stderr.write("\nInterrupted. Removing what was made ...\n");
    end().catch((error: unknown) => process.stderr.write(`throwaway: ${messageOf(error)}\n`));
  });
  const { record, guardian, made } = await make(options, interruption.check);
  end = () => endWork(record);
  let failure: unknown;
  try {
    await showUp(made.environment, interruption.check);
  } catch (error) {
    failure = error;
  }
  const outputs = failure === undefined ? await stackOutputs(made.environment) : undefined;
  await made.close();
  if (interruption.isInterrupted()) return removeInterrupted(record, guardian);
  await guardian.handOver();
  if (outputs !== undefined) say(textOf(record, made.environment, outputs));
  else say(failedText(record, failure));
  return outputs === undefined ? exitCode.failed : exitCode.done;
}

async function make(options: UpOptions, check: () => void) {
  const { ttlMinutes, set, real, name } = options;
  if (real === undefined) {
    const settings = Object.fromEntries(set.map(pairIn));
    const record = newRecord(name, ownedFor(ttlMinutes));
    // The logs of a stack that a person made go with it.
    const { logs: _, ...own } = record;
    return guarded(own as StackRecord, async (given): Promise<Making> => {
      const onProgress = (text: string) => process.stderr.write(`Sandbox: ${text}\n`);
      const { environment } = await bringUp(given, { settings, onProgress });
      check();
      return { environment, close: async () => {} };
    });
  }
  const id = randomBytes(3).toString("hex");
  const settings = { ...real, id, set, ...addressesIn(readCredentials()) };
  const record = newAccountsRecord(stackOf(name ?? id), settings, ownedFor(ttlMinutes));
  const { server, model, app } = namesOf(settings);
  say(`GitLab  ${settings.gitlabUrl}: projects ${settings.namespace}/${server} and ${settings.namespace}/${model}
Heroku  ${settings.herokuUrl}: app ${app}, with a dyno that is paid for by the minute
Ledger  ${record.accounts.ledger}: what is made, each before it is made`);
  return guarded(record, async (given): Promise<Making> => {
    await prepareAccounts(given);
    const opened = await openAccounts(given);
    try {
      await initAccounts(given, opened.environment);
      check();
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  });
}

async function showUp(environment: Environment, check: () => void): Promise<void> {
  const work = step(`pulumi up of ${environment.stack}`, async (_, onLine) => {
    await pulumi(environment, "pulumi-up", ["up", "--yes", "--skip-preview"], onLine);
    check();
    return undefined;
  });
  await new Listr([work], {
    ...plainSteps,
    // Ctrl-C ends the step, not this process: the removal comes yet.
    registerSignalListeners: false,
    rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
    fallbackRendererOptions: { ...plainSteps.fallbackRendererOptions, timer: PRESET_TIMER },
  }).run();
}

/** On accounts Pulumi gets the terminal's signal itself and ends in peace; a sandbox goes away with all that is in it. */
async function endWork(record: StackRecord): Promise<void> {
  if (record.accounts === undefined) await endMarked(CLIENT_MARK, record.folder);
}

async function removeInterrupted({ stack }: StackRecord, guardian: Guardian): Promise<ExitCode> {
  await guardian.remove();
  say(`Interrupted. ${stack} and all that it had are removed.`);
  return exitCode.failed;
}

function textOf(record: StackRecord, { env }: Environment, outputs: StackOutputs): string {
  const models = Object.values(outputs.modelProjectUrls).map((url) => `  model    ${url}`);
  const remaining = Date.parse(record.expiresAt ?? "") - Date.now();
  return [
    `\n${record.stack} is up.`,
    `  GitLab   ${env.GITLAB_BASE_URL?.replace(/\/api\/v4\/?$/, "")}`,
    `  Heroku   ${env.HEROKU_API_URL}`,
    `  server   ${outputs.serverProjectUrl}`,
    ...models,
    `  app      ${outputs.appUrl}`,
    `It is removed in ${wordsOfDuration(remaining)}. Until then:`,
    ...uses(record),
  ].join("\n");
}

function uses({ stack }: StackRecord): string[] {
  return [
    `  npm run throwaway -- exec ${stack} -- npx pulumi preview`,
    `  npm run throwaway -- exec ${stack} -- npm run status`,
    "  npm run throwaway -- list",
    `  npm run throwaway -- down ${stack}`,
  ];
}

function failedText(record: StackRecord, failure: unknown): string {
  return [
    `\n${record.stack} did not come up: ${messageOf(failure)}`,
    "It is left for a look. Try again, or remove it:",
    `  npm run throwaway -- exec ${record.stack} -- npx pulumi up --yes`,
    `  npm run throwaway -- down ${record.stack}`,
  ].join("\n");
}
