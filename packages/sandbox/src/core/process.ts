import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A process, told apart from a later one that got its number. */
export interface Tracked {
  pid: number;
  started: string;
}

/** The process of that number, as it can be noted. */
export function trackedOf(pid: number): Tracked {
  return { pid, started: startTime(pid) ?? "" };
}

/** Whether a noted process still runs. */
export function isRunning({ pid, started }: Tracked): boolean {
  return started !== "" && startTime(pid) === started;
}

/**
 * Spawns a helper process in a process group of its own and notes it in `<stateDir>/run/<name>.pid`, so that
 * it is found and ended even after the daemon was killed without notice.
 */
export function spawnTracked(
  stateDir: string,
  name: string,
  command: string,
  args: string[],
  options: SpawnOptions = {},
): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    try {
      recordProcess(stateDir, name, pid);
    } catch (error) {
      // What cannot be noted, on a full disk, would not be found again.
      signal(pid, "SIGKILL");
      throw error;
    }
    child.once("exit", () => forgetProcess(stateDir, name, pid));
  }
  return child;
}

/** Notes a running process under a name. */
export function recordProcess(stateDir: string, name: string, pid: number): void {
  mkdirSync(join(stateDir, "run"), { recursive: true, mode: 0o700 });
  writeFileSync(pidFile(stateDir, name), JSON.stringify(trackedOf(pid)), { mode: 0o600 });
}

/** Removes the note of a process, if it is still the one noted. */
export function forgetProcess(stateDir: string, name: string, pid: number): void {
  if (readTracked(stateDir, name)?.pid === pid) rmSync(pidFile(stateDir, name), { force: true });
}

/** The id of the noted process when it is still running (and not another one that got its number). */
export function runningPid(stateDir: string, name: string): number | undefined {
  const tracked = readTracked(stateDir, name);
  return tracked !== undefined && isRunning(tracked) ? tracked.pid : undefined;
}

/** Ends a noted process and its group: SIGTERM, then SIGKILL after `graceMs`. Without one it does nothing. */
export async function endTracked(stateDir: string, name: string, graceMs = 3_000): Promise<void> {
  const pid = runningPid(stateDir, name);
  if (pid !== undefined) {
    signal(pid, "SIGTERM");
    const deadline = Date.now() + graceMs;
    while (runningPid(stateDir, name) === pid && Date.now() < deadline) await sleep(25);
    if (runningPid(stateDir, name) === pid) signal(pid, "SIGKILL");
    while (runningPid(stateDir, name) === pid) await sleep(10);
  }
  rmSync(pidFile(stateDir, name), { force: true });
}

/** Ends every noted helper process: what a daemon that was killed has left behind. */
export async function endAllTracked(stateDir: string, except: string[] = []): Promise<void> {
  const dir = join(stateDir, "run");
  if (!existsSync(dir)) return;
  const names = readdirSync(dir)
    .filter((file) => file.endsWith(".pid"))
    .map((file) => file.slice(0, -".pid".length))
    .filter((name) => !except.includes(name));
  await Promise.all(names.map((name) => endTracked(stateDir, name)));
}

function pidFile(stateDir: string, name: string): string {
  return join(stateDir, "run", `${name}.pid`);
}

function readTracked(stateDir: string, name: string): Tracked | undefined {
  const file = pidFile(stateDir, name);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Tracked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A half-written note (the writer was killed) says nothing that could be trusted.
    if (code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The start time of a running process (field 22 of /proc/<pid>/stat); none for an ended or a zombie one. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, name);
      return;
    } catch (error) {
      // No such group: the process was started without one; no such process: it has ended by itself.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
