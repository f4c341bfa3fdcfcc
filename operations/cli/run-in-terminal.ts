import { spawn } from "node:child_process";
import type { Launch } from "./launch.ts";

/** How a program ended: its exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number;
  readonly signal?: NodeJS.Signals;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal that comes again within this time is the same one: npm passes on what the terminal sends, too. */
const ECHO_MS = 1000;

/**
 * Runs Pulumi in the place of this process: it has this process's terminal, and gets the signals sent to this
 * process, each once, since a second one makes Pulumi leave an update where it stands.
 *
 * In a terminal Ctrl-C reaches Pulumi by itself. Elsewhere Pulumi has a process group of its own, so that a signal
 * to this process's whole group reaches it through here alone.
 */
export function runInTerminal(launch: Launch, stdin: "inherit" | "ignore" = "inherit"): Promise<Exit> {
  const hasTerminal = stdin === "inherit" && process.stdin.isTTY;
  const { program, args, cwd, env } = launch;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: [stdin, "inherit", "inherit"],
      detached: !hasTerminal,
    });
    let last = Number.NEGATIVE_INFINITY;
    const pass = (signal: NodeJS.Signals) => {
      if (hasTerminal && signal === "SIGINT") return;
      const now = performance.now();
      if (now - last < ECHO_MS) return;
      last = now;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    const done = () => {
      for (const signal of SIGNALS) process.off(signal, pass);
    };
    child.once("error", (error) => {
      done();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      done();
      resolve({ code: code ?? 1, ...(signal && { signal }) });
    });
  });
}
