import { spawnSync } from "node:child_process";
import { type ExitCode, exitCode } from "@tag-to-endpoint/command-line";

/** A program among the npm packages, and its arguments. */
export type Tool = readonly [program: string, ...args: string[]];

/** What looks at the sources without running them. */
export const checks: readonly Tool[] = [
  ["tsc", "--noEmit"],
  ["biome", "check", "."],
  ["depcruise", "infra", "lib", "operations", "packages", "demo", "test"],
];

/** Runs tools one after the other, their output shown, until one of them fails. */
export function runTools(tools: readonly Tool[]): ExitCode {
  for (const [program, ...args] of tools) {
    process.stdout.write(`\n$ ${[program, ...args].join(" ")}\n`);
    const { status, error } = spawnSync(program, args, { stdio: "inherit" });
    if (error) throw error;
    if (status !== 0) return exitCode.failed;
  }
  return exitCode.done;
}
