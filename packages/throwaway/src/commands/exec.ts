import { root } from "@tag-to-endpoint/toolchain";
import { execa } from "execa";
import { openStack } from "../open.ts";
import { known } from "./known.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a command with the variables of a stack, in the repository's folder and in this process's terminal.
 *
 * @returns its exit code
 * @throws when there is no such stack, or the command cannot be started
 */
export async function exec(name: string, [program = "", ...args]: readonly string[]): Promise<number> {
  const record = known(name);
  const { environment, close } = await openStack(record);
  const child = execa(program, args, {
    cwd: root,
    env: { ...environment.env, PULUMI_STACK: record.stack },
    stdio: "inherit",
    reject: false,
  });
  // This process waits for the command's end. What a terminal sends reaches the command by itself.
  const pass = (signal: NodeJS.Signals) => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    const { exitCode, signal, failed, originalMessage } = await child;
    if (failed && exitCode === undefined && signal === undefined) {
      throw new Error(`${program} cannot be started: ${originalMessage}`);
    }
    return exitCode ?? 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
    await close();
  }
}
