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
  // What reaches this process's group reaches the command by itself; this process waits for its end.
  const wait = () => {};
  for (const signal of SIGNALS) process.on(signal, wait);
  try {
    const env = { ...environment.env, PULUMI_STACK: record.stack };
    const { exitCode, signal, failed, originalMessage } = await execa(program, args, {
      cwd: root,
      env,
      stdio: "inherit",
      reject: false,
    });
    if (failed && exitCode === undefined && signal === undefined) {
      throw new Error(`${program} cannot be started: ${originalMessage}`);
    }
    return exitCode ?? 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, wait);
    await close();
  }
}
