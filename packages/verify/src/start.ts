import { createInterface } from "node:readline/promises";
import { type ExitCode, exitCode } from "@tag-to-endpoint/command-line";
import {
  type AccountsSettings,
  addressesIn,
  namesOf,
  readCredentials,
} from "@tag-to-endpoint/throwaway/accounts";
import { verifyReal } from "./real.ts";
import { folderOf, newId, unfinished } from "./run.ts";

export interface StartOptions extends Pick<AccountsSettings, "namespace" | "appPrefix" | "set"> {
  /** Whether the answer to the question is given. */
  readonly yes: boolean;
}

/** Says what is going to be made and where, asks, and goes. */
export async function start({ yes, ...wanted }: StartOptions): Promise<ExitCode> {
  const settings: AccountsSettings = {
    ...wanted,
    id: newId(),
    ...addressesIn(readCredentials()),
  };
  const earlier = unfinished();
  if (earlier.length > 0) {
    throw new Error(
      `Run ${earlier[0]} is going on, or it was interrupted and left something.\n` +
        `Fix: wait for it, or remove what it made: npm run verify -- remove ${earlier[0]}`,
    );
  }
  const { server, model, app } = namesOf(settings);
  process.stdout.write(`Run ${settings.id}
  GitLab  ${settings.gitlabUrl}: projects ${settings.namespace}/${server} and ${settings.namespace}/${model}
  Heroku  ${settings.herokuUrl}: app ${app}, with a dyno that is paid for by the minute
  Ledger  ${folderOf(settings.id)}/ledger.jsonl: what is made, each before it is made
Everything is removed at the end, also after a failure and after Ctrl-C.
`);
  if (!yes && !(await confirmed())) {
    process.stdout.write("Nothing was made.\n");
    return exitCode.done;
  }
  // A terminal sends Ctrl-C to the programs of the running step as well: they end, the step fails, and the removal begins.
  process.on("SIGINT", () => process.stdout.write("\nInterrupted. Removing what was made ...\n"));
  process.on("SIGTERM", () => process.kill(0, "SIGINT"));
  return verifyReal(settings);
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error("Nobody can be asked here. Fix: add --yes.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("Go? (yes/no) ");
  terminal.close();
  return answer.trim() === "yes";
}
