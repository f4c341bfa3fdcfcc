/** How every part of the product runs another program. */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { execa, type Options } from "execa";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's variables; the place for secrets, never the arguments. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** False for a program that is to see `env` alone (default true). */
  readonly extendEnv?: boolean;
  /** Standard input; empty where left out. */
  readonly input?: string | Uint8Array;
  /** Ends the program after that time. */
  readonly timeoutMs?: number;
}

export interface Ended {
  /** The exit code; 128 and the signal's number where a signal ended the program, as a shell has it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever that is. @throws when it cannot be started */
export async function runToEnd(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { code, stdout, stderr } = await execute(program, args, options);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs a program and returns what it printed. @throws with its command line and the end of its error output */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return text(await runForBytes(program, args, options));
}

/** As `run`, for output that is not text. */
export async function runForBytes(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Uint8Array> {
  const { code, stdout, stderr } = await execute(program, args, options);
  if (code !== 0) {
    const said = text(stderr.length > 0 ? stderr : stdout);
    throw new Error(`${[program, ...args].join(" ")} failed (${code}):\n${endOf(said)}`);
  }
  return stdout;
}

/** The last lines of what a program said. */
export function endOf(output: string, lines = 30): string {
  return output.trimEnd().split("\n").slice(-lines).join("\n");
}

async function execute(program: string, args: readonly string[], options: RunOptions) {
  const { cwd, env, extendEnv = true, input = "", timeoutMs } = options;
  const settings = {
    encoding: "buffer",
    reject: false,
    stripFinalNewline: false,
    input,
    extendEnv,
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  } satisfies Options;
  const { exitCode, signal, stdout, stderr, code, originalMessage } = await execa(program, args, settings);
  if (exitCode === undefined && signal === undefined) {
    // Node.js says ENOENT of a missing folder, too.
    const isMissing = code === "ENOENT" && (cwd === undefined || existsSync(cwd));
    throw new Error(
      isMissing ? `${program} is not installed` : `${program} cannot be started: ${originalMessage}`,
    );
  }
  return { code: exitCode ?? 128 + constants.signals[signal ?? "SIGKILL"], stdout, stderr };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
