import { spawn } from "node:child_process";

/** Value of a variable that the stack hands over; secrets come this way too, never as arguments. */
export function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; the stack runs this program with it`);
  return value;
}

/** Names of variables with credentials in them; the last is what an earlier run of the command printed. */
const CREDENTIALS = /TOKEN|KEY|PASSWORD|SECRET|^PULUMI_COMMAND_STD/;
/** A shorter value would hide ordinary words. */
const SHORTEST = 8;

/**
 * A text without the credentials that this process was given: what a service or a tool says in an error may repeat
 * what it was sent, and Pulumi shows and keeps errors as they are.
 */
export function withoutCredentials(text: string, env: NodeJS.ProcessEnv = process.env): string {
  const values = Object.entries(env)
    .filter(([name]) => CREDENTIALS.test(name))
    .flatMap(([, value = ""]) => [value, ...[...value.matchAll(/"([^"\\]+)"/g)].map(([, part = ""]) => part)])
    .filter((value) => value.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return values.reduce((rest, value) => rest.replaceAll(value, "[secret]"), text);
}

/** Runs a command of the stack: prints its result as JSON, or what went wrong and nothing else. */
export async function main(work: () => Promise<unknown>): Promise<void> {
  try {
    process.stdout.write(JSON.stringify(await work()));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${withoutCredentials(message)}\n`);
    process.exitCode = 1;
  }
}

export interface ToolOptions {
  readonly cwd?: string;
  /** Added to this process's variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** Ends the program after that time. */
  readonly timeoutMs?: number;
}

export interface Ended {
  readonly code: number | string;
  readonly out: Buffer;
  readonly err: Buffer;
}

/** Runs a program to its end, whatever that is. @throws when it cannot be started */
export async function ended(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs,
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  // A program that ends without reading its input closes the pipe; its exit code tells why.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code === "ENOENT" ? `${program} is not installed` : error.message)),
    );
    child.once("close", (status, signal) => resolve(status ?? signal ?? "unknown"));
  });
  return { code, out: Buffer.concat(out), err: Buffer.concat(err) };
}

/**
 * Runs a program and returns what it printed.
 * @throws with its command line and the end of its error output
 */
export async function tool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<Buffer> {
  const { code, out, err } = await ended(program, args, options);
  if (code !== 0) {
    const said = (err.length > 0 ? err : out).toString("utf8");
    const end = said.trimEnd().split("\n").slice(-30).join("\n");
    throw new Error(`${[program, ...args].join(" ")} failed (${code}):\n${end}`);
  }
  return out;
}
