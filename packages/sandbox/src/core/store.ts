import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDiskFull } from "./full-disk.ts";

/** A JSON document on disk, held in memory. */
export interface Store<T> {
  /** The last state that is safely on disk. Treat it as read-only; change it by `update` alone. */
  readonly data: T;
  /**
   * Runs `change` on a copy and stores the result before it resolves. Updates run one after another in the
   * order of their calls; when `change` throws, nothing of it is kept and the promise rejects with its error.
   * `change` must be synchronous. Its result is handed back.
   */
  update<R>(change: (draft: T) => R): Promise<R>;
  /** Waits for the updates that are under way; later ones are refused. */
  close(): Promise<void>;
}

interface Waiting<T> {
  change: (draft: T) => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Opens the JSON document `file`, starting with `initial` when there is none.
 * The file is always a whole document: it is written beside, synced and renamed, so a SIGKILL or a power cut
 * leaves either the old or the new state. Updates that wait together are written together.
 *
 * @param beforeWrite may throw as the disk would
 */
export function openStore<T extends object>(
  file: string,
  initial: T,
  beforeWrite: () => void = () => undefined,
): Store<T> {
  let data = existsSync(file) ? parse<T>(file) : structuredClone(initial);
  let queue: Waiting<T>[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  async function store({ next, done, failed }: Applied<T>): Promise<void> {
    if (done.length === 0) return;
    try {
      beforeWrite();
      await writeAtomically(file, `${JSON.stringify(next)}\n`);
      data = next;
      for (const resolve of done) resolve();
    } catch (error) {
      const advice = isDiskFull(error) ? "; make room on its disk, and the sandbox goes on" : "";
      for (const reject of failed) reject(new Error(`cannot write ${file}${advice}`, { cause: error }));
    }
  }

  async function drain(): Promise<void> {
    // A turn of the event loop lets updates of the same moment share one write.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (queue.length > 0) {
        const batch = queue;
        queue = [];
        await store(apply(file, data, batch));
      }
    } finally {
      // At once, not in a later turn: an update that follows on the last one must start a new run.
      running = undefined;
    }
  }

  return {
    get data() {
      return data;
    },
    update<R>(change: (draft: T) => R): Promise<R> {
      if (closed) return Promise.reject(new Error(`${file} is closed`));
      return new Promise<R>((resolve, reject) => {
        queue.push({ change, resolve, reject });
        running ??= drain();
      });
    },
    async close() {
      closed = true;
      while (running !== undefined) await running;
    },
  };
}

/** The state after a batch, and whom to tell once it is on disk or cannot be. */
interface Applied<T> {
  next: T;
  done: (() => void)[];
  failed: ((error: unknown) => void)[];
}

/** Runs the changes of a batch one after another. Whose change throws is told at once. */
function apply<T>(file: string, data: T, batch: Waiting<T>[]): Applied<T> {
  let next = data;
  const done: (() => void)[] = [];
  const failed: ((error: unknown) => void)[] = [];
  for (const { change, resolve, reject } of batch) {
    try {
      const draft = structuredClone(next);
      const result = change(draft);
      if (result instanceof Promise) throw new Error(`an update of ${file} must be synchronous`);
      next = draft;
      done.push(() => resolve(result as never));
      failed.push(reject);
    } catch (error) {
      reject(error);
    }
  }
  return { next, done, failed };
}

function parse<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    throw new Error(
      `the sandbox's state in ${file} cannot be read; \`npm run sandbox -- reset\` starts afresh`,
      {
        cause: error,
      },
    );
  }
}

/** Replaces `file` in one step (mode 0600): readers and a crash see the old content or the new, never a part. */
export async function writeAtomically(file: string, content: string): Promise<void> {
  const dir = dirname(file);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const temporary = join(dir, `.${basename(file)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dir, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
