/** Watches the processes below another one, as /proc tells of them: when each ran, and what it cost. */
import { readdirSync, readFileSync } from "node:fs";
import { setInterval } from "node:timers";

/** One process, from its start until it was seen last. */
export interface ProcessSpan {
  readonly pid: number;
  readonly parent: number;
  /** Its command line, words apart. */
  readonly words: readonly string[];
  /** Milliseconds since the watch began. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds of processor time, of all its threads. */
  readonly cpu: number;
}

export interface ProcessWatch {
  /** Ends the watch and gives all that it saw, in the order of their starts. */
  stop(): ProcessSpan[];
}

/** How often to look. A process that lives shorter may be missed; its parent's time has it all the same. */
const INTERVAL_MS = 15;
/** Clock ticks of /proc/<pid>/stat: 100 a second on every Linux that Node.js runs on (USER_HZ, proc_pid_stat(5)). */
const TICK_MS = 10;

/** Watches all processes below one, until it is stopped. */
export function watchProcesses(root = process.pid): ProcessWatch {
  const began = performance.now();
  const seen = new Map<number, ProcessSpan>();
  const look = () => {
    const now = performance.now() - began;
    for (const pid of below(root)) {
      const known = seen.get(pid);
      const found = statusOf(pid);
      if (!found) continue;
      // A program that replaces itself, as a shell does with `exec`, is what it became.
      const words = wordsOf(pid);
      seen.set(pid, {
        pid,
        parent: found.parent,
        words: words.length > 0 ? words : (known?.words ?? []),
        from: known?.from ?? now,
        to: now,
        cpu: found.cpu,
      });
    }
  };
  const timer = setInterval(look, INTERVAL_MS);
  look();
  return {
    stop() {
      clearInterval(timer);
      look();
      return [...seen.values()].sort((a, b) => a.from - b.from);
    },
  };
}

function below(pid: number): number[] {
  // Any thread may have started a process, and has it among its children.
  const children = tasksOf(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...below(child)]);
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function statusOf(pid: number): { parent: number; cpu: number } | undefined {
  // The name of the program stands in parentheses and may hold anything.
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ");
  if (fields.length < 13) return undefined;
  return { parent: Number(fields[1]), cpu: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
}

function wordsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split("\0").filter(Boolean);
}

/** The text of a file of /proc; empty once the process is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
