import { setTimeout as sleep } from "node:timers/promises";

/** What can be updated: a store. */
interface Updatable<T> {
  update<R>(change: (draft: T) => R): Promise<R>;
}

/** Whether an error, or what caused it, is that of a disk, or of a share of one, that is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || isDiskFull(error.cause);
}

/** What of a log waits in memory for room. */
const MAX_WAITING = 256 * 1024;

/**
 * Writes the pieces of a log one after another. A full disk ends nothing: what does not fit on it is written before the
 * next piece that does, and if that grows too long, its oldest lines are left out, which is said.
 */
export function patientWriter(write: (text: string) => void): (text: string) => void {
  let waiting = "";
  return (text) => {
    const all = waiting + text;
    try {
      write(all);
      waiting = "";
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      waiting = all.length <= MAX_WAITING ? all : shorten(all);
    }
  };
}

const LEFT_OUT = "... lines are left out here: the disk was full\n";

function shorten(text: string): string {
  const rest = text.slice(-MAX_WAITING / 2);
  return LEFT_OUT + rest.slice(rest.indexOf("\n") + 1);
}

/**
 * An update of a store that waits for room where the disk is full: for what nobody would try again.
 * @throws what the update throws, and that the disk is full once `signal` fires
 */
export async function updateWithPatience<T, R>(
  store: Updatable<T>,
  signal: AbortSignal,
  change: (draft: T) => R,
): Promise<R> {
  for (;;) {
    try {
      return await store.update(change);
    } catch (error) {
      if (!isDiskFull(error) || signal.aborted) throw error;
      await pause(signal);
    }
  }
}

/** A moment in which there may come room. It ends early with the sandbox. */
export async function pause(signal: AbortSignal): Promise<void> {
  await sleep(1000, undefined, { signal }).catch(() => undefined);
}
