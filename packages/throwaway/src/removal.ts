/** Removes a throwaway stack whatever state it is in, also one of which only the register knows. */
import { rm } from "node:fs/promises";
import { isRunning, resetDaemon } from "@tag-to-endpoint/sandbox";
import { removeImages } from "./accounts/images.ts";
import { removeFromAccounts } from "./accounts/stack.ts";
import { CLIENT_MARK, end, endMarked, SANDBOX_MARK } from "./processes.ts";
import { forget, isOnAccounts, type StackRecord } from "./register.ts";
import { filesBeside, sandboxFolder, tracesOf, wordsOf } from "./traces.ts";

/** How often a removal starts over: another one at the same time, or a thing that was just being made. */
const ATTEMPTS = 3;

/**
 * Ends the processes of a stack and removes all that it made on this machine. The register has it until nothing is
 * left, so a removal that is interrupted is gone on with by the next. @throws with what is left
 */
export async function removeStack(
  record: StackRecord,
  onLine: (line: string) => void = () => {},
): Promise<void> {
  takeOver(record);
  // Before the sandbox: a deployment that still runs would make containers behind our back.
  await endMarked(CLIENT_MARK, record.folder);
  // The way to what is left on the accounts is kept until nothing is.
  if (isOnAccounts(record)) await removeFromAccounts(record, onLine);
  for (let attempt = 1; ; attempt++) {
    const failure = await removeOnce(record).catch((error: unknown) => error as Error);
    const left = wordsOf(await tracesOf(record));
    if (left === "") break;
    if (attempt < ATTEMPTS) continue;
    throw new Error(`${record.stack} is not gone: ${left} left in ${record.folder}`, { cause: failure });
  }
  if (isOnAccounts(record)) await rm(record.accounts.ledger, { force: true });
  await forget(record.stack);
}

/** Removes what a stack on accounts has on this machine, after all on the accounts is gone. Its ledger stays. */
export async function removeFiles(record: StackRecord): Promise<void> {
  await removeOnce(record);
  await forget(record.stack);
}

/** Ends the stack's guardian, which would remove it a second time; unless this is the guardian itself. */
function takeOver({ guardian }: StackRecord): void {
  if (guardian && guardian.pid !== process.pid && isRunning(guardian)) end(guardian.pid);
}

async function removeOnce(record: StackRecord): Promise<void> {
  if (isOnAccounts(record)) await removeImages(record.accounts.settings);
  else await resetDaemon(sandboxFolder(record));
  await endMarked(SANDBOX_MARK, record.folder);
  for (const file of [...filesBeside(record.stack), record.folder]) {
    await rm(file, { recursive: true, force: true, maxRetries: 3 });
  }
}
