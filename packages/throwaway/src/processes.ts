/**
 * Processes of a stack, found by a mark in their environment: also those whose parents were killed, and which nobody
 * else knows. https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning, type Tracked, trackedOf } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";

/** Variable of every process that works on a stack, such as Pulumi's; its value is the stack's folder. */
export const CLIENT_MARK = "THROWAWAY_STACK";

/** The same of a stack's sandbox and what that starts. They end after the others, and by the sandbox's own hand. */
export const SANDBOX_MARK = "THROWAWAY_SANDBOX";

/** Variables of every process that works on a stack. */
export const clientVariables = (folder: string): Record<string, string> => ({
  [CLIENT_MARK]: folder,
  // What programs leave in their temporary folder when they are killed goes with the stack; what they keep there for
  // the next stack is kept.
  TMPDIR: path.join(folder, "tmp"),
  NODE_COMPILE_CACHE: path.join(root, ".cache/compile"),
  TS_NODE_CACHE_DIRECTORY: path.join(root, ".cache/ts-node"),
});

/** A process that carries a mark. */
export interface Marked extends Tracked {
  readonly folder: string;
}

/** All processes of this user with that mark, without this one and those that it stems from. */
export function markedProcesses(mark: string): Marked[] {
  const spared = ancestors();
  return numbersIn("/proc").flatMap((pid) => {
    if (spared.has(pid)) return [];
    const folder = variableOf(pid, mark);
    return folder === undefined ? [] : [{ ...trackedOf(pid), folder }];
  });
}

/** Ends all processes with that mark of that folder, also those that are started meanwhile. @returns how many */
export async function endMarked(mark: string, folder: string): Promise<number> {
  const ended = new Set<number>();
  for (;;) {
    const found = markedProcesses(mark).filter((one) => one.folder === folder && isRunning(one));
    if (found.length === 0) return ended.size;
    for (const { pid } of found) {
      ended.add(pid);
      end(pid);
    }
    await delay(20);
  }
}

/** Kills a process; one that has ended meanwhile is fine. */
export function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function variableOf(pid: number, name: string): string | undefined {
  const variables = contentOf(`/proc/${pid}/environ`).split("\0");
  return variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** This process and its parents, up to the first one of the machine. */
function ancestors(): Set<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 0 && !found.has(pid); pid = parentOf(pid)) found.add(pid);
  return found;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(contentOf(`/proc/${pid}/status`))?.[1] ?? 0);
}

const numbersIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** A file of a process; empty for one that has ended, and for other users' processes. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return "";
    throw error;
  }
}
