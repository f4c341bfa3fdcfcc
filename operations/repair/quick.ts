/** What is mended at the start of every command: files alone, without a process and without a call. */
import { hasPendingOperations, lastUpdateFailed, mendFiles } from "./checkpoint.ts";
import { locksIn, removeLock } from "./locks.ts";
import { stateFolder } from "./state-folder.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Mended {
  /** A line for each thing that was done. */
  readonly done: readonly string[];
  /** Locks of processes that may still work on the stack. */
  readonly live: readonly string[];
}

/**
 * Takes locks of processes away that are gone, and mends files that they left half written. Does nothing while another
 * process works on the stack, or where the state is not in a folder of this machine.
 */
export function mendState(stack: string, env: Environment): Mended {
  const folder = stateFolder(stack, env);
  if (folder === undefined) return { done: [], live: [] };
  const locks = locksIn(folder.locks);
  const live = locks.filter(({ isStale }) => !isStale).map(({ words }) => words);
  if (live.length > 0) return { done: [], live };
  for (const lock of locks) removeLock(lock);
  const removed = locks.map(({ words }) => `removed ${words}: the process is gone`);
  return { done: [...removed, ...mendFiles(folder)], live };
}

/** Whether the files of a state say that an update of it did not end well. */
export function lookUnfinished(stack: string, env: Environment): boolean {
  const folder = stateFolder(stack, env);
  return folder !== undefined && (hasPendingOperations(folder) || lastUpdateFailed(folder));
}

/** Tells a person what was repaired. */
export function tell(done: readonly string[]): void {
  for (const line of done) process.stderr.write(`Repair: ${line}.\n`);
}
