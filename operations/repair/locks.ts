/** Locks of processes that are gone. Pulumi takes its lock away at its end, and a kill leaves it. */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { z } from "zod";
import { namesIn } from "./state-folder.ts";

/** What Pulumi writes into a lock. */
const lockFile = z.object({
  pid: z.number(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

export interface Lock {
  readonly file: string;
  readonly words: string;
  /** Whether its process was one of this machine and is gone. */
  readonly isStale: boolean;
}

/** The command of a process of this machine; undefined where there is none. */
export type CommandOf = (pid: number) => string | undefined;

/** All locks of a stack. */
export function locksIn(folder: string, commandOf: CommandOf = commandOnThisMachine): Lock[] {
  return namesIn(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => lockIn(path.join(folder, name), commandOf));
}

function lockIn(file: string, commandOf: CommandOf): Lock {
  const read = lockFile.safeParse(contentOf(file));
  if (!read.success) return { file, words: `a lock that cannot be read: ${file}`, isStale: false };
  const { pid, username, hostname: host, timestamp } = read.data;
  const words = `the lock of ${timestamp.slice(0, 19)} by ${username}@${host}, process ${pid}`;
  const isStale = host === hostname() && !/pulumi/.test(commandOf(pid) ?? "");
  return { file, words, isStale };
}

function contentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** By `ps`, which every system has that Pulumi's CLI runs on here: Linux, macOS, WSL. */
function commandOnThisMachine(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", "comm=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch (error) {
    // `ps` ends with 1 where there is no such process. Where there is no `ps`, nobody knows: the lock stays.
    if ((error as { status?: number | null }).status === 1) return undefined;
    return "pulumi?";
  }
}

/** Takes a lock away. */
export function removeLock({ file }: Lock): void {
  for (const one of [file, `${file}.attrs`]) rmSync(one, { force: true });
}
