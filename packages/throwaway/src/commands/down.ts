import { type ExitCode, exitCode, messageOf } from "@tag-to-endpoint/command-line";
import { readRegister, type StackRecord } from "../register.ts";
import { removeStack } from "../removal.ts";
import { findStrays, linesOf, removeStrays } from "../strays.ts";
import { tracesOf, wordsOf } from "../traces.ts";
import { known } from "./known.ts";

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Removes one stack. @throws when there is none of that name */
export async function down(name: string): Promise<ExitCode> {
  return (await removeAndSay(known(name))) ? exitCode.done : exitCode.failed;
}

/** Removes all stacks of this checkout, those that others are working on too, and what runs that were killed left. */
export async function downAll(): Promise<ExitCode> {
  const results = await Promise.all(readRegister().map(removeAndSay));
  const strays = await findStrays();
  await removeStrays(strays);
  for (const line of linesOf(strays)) say(`${line}: gone`);
  if (results.includes(false)) return exitCode.failed;
  say("Nothing is left of any throwaway stack.");
  return exitCode.done;
}

/** @returns whether nothing of it is left */
async function removeAndSay(record: StackRecord): Promise<boolean> {
  try {
    const traces = wordsOf(await tracesOf(record));
    await removeStack(record, say);
    say(`${record.stack}: gone${traces === "" ? "" : `, with ${traces}`}`);
    return true;
  } catch (error) {
    process.stderr.write(`throwaway: ${messageOf(error)}\n`);
    return false;
  }
}
