import { type SpawnOptions, spawn } from "node:child_process";

/** What a finished command left behind. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** How to run a command; `timeoutSeconds` ends it with SIGKILL, `signal` with SIGTERM; `onLine` sees each line. */
export interface CommandOptions extends Pick<SpawnOptions, "cwd" | "env" | "signal"> {
  timeoutSeconds?: number;
  onLine?: (line: string) => void;
  input?: string;
}

/** Runs a command and resolves with its exit code and output; a command that cannot start has code 127. */
export function tryCommand(
  command: string,
  args: string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const { timeoutSeconds, onLine, input, ...spawnOptions } = options;
    const child = spawn(command, args, { ...spawnOptions, stdio: ["pipe", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    const timer = timeoutSeconds && setTimeout(() => child.kill("SIGKILL"), timeoutSeconds * 1000);
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] += text;
        if (onLine) for (const line of text.split("\n").filter((part) => part.trim())) onLine(line.trimEnd());
      });
    }
    child.stdin.on("error", () => {}); // a command that ends without reading its input is no failure
    child.stdin.end(input);
    const finish = (code: number) => {
      clearTimeout(timer || undefined);
      resolve({ code, ...output });
    };
    child.once("error", (error) => {
      output.stderr += error.message;
      finish(127);
    });
    child.once("close", (code) => finish(code ?? 137));
  });
}

/** Runs a command that must succeed. Throws an error that names it, its exit code and the end of its output. */
export async function command(
  program: string,
  args: string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await tryCommand(program, args, options);
  if (result.code !== 0) {
    const tail = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-15).join("\n");
    throw new Error(`${[program, ...args].join(" ")} ended with code ${result.code}:\n${tail}`);
  }
  return result.stdout;
}

/** Whether a program of that name is on PATH. */
export async function isOnPath(program: string): Promise<boolean> {
  return (await tryCommand("sh", ["-c", `command -v "$1"`, "sh", program])).code === 0;
}
