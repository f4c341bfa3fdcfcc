/** Runs one command line with the environment, stdin, folder and interpreter of the resource. */
import { spawn } from "node:child_process";
import type { Context } from "../shared/provider.ts";
import { isProps, type Props } from "../shared/values.ts";

export interface Ran {
  stdout: string;
  stderr: string;
  dir: string;
}

/**
 * Runs the line and gives what it printed, each without its last newline. Throws when it exits with an error;
 * the message holds what it printed, in the order in which it came.
 */
export function run(context: Context, line: string, inputs: Props, previous: Props): Promise<Ran> {
  const [program = "/bin/sh", ...args] = [...interpreter(inputs), line];
  const dir = typeof inputs.dir === "string" ? inputs.dir : process.cwd();
  const stdin = typeof inputs.stdin === "string" ? inputs.stdin : "";
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: dir,
      env: environment(inputs, previous),
      stdio: ["pipe", "pipe", "pipe"],
      signal: context.signal,
    });
    const printed: { stdout: Buffer[]; stderr: Buffer[]; both: Buffer[] } = {
      stdout: [],
      stderr: [],
      both: [],
    };
    for (const stream of ["stdout", "stderr"] as const) {
      const log = lineLogger(context, logs(inputs.logging, stream));
      child[stream].on("data", (chunk: Buffer) => {
        printed[stream].push(chunk);
        printed.both.push(chunk);
        log(chunk);
      });
    }
    child.stdin.on("error", () => {}); // the command need not read its stdin
    child.stdin.end(stdin);
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(failure(startError(error, program, dir), line, printed.both)),
    );
    child.on("close", (code, signal) => {
      if (code === 0) {
        resolve({ stdout: text(printed.stdout), stderr: text(printed.stderr), dir });
      } else {
        reject(failure(signal ? `signal: ${signal}` : `exit status ${code}`, line, printed.both));
      }
    });
  });
}

function interpreter(inputs: Props): string[] {
  const given = inputs.interpreter;
  return Array.isArray(given) && given.length > 0 ? (given as string[]) : ["/bin/sh", "-c"];
}

function environment(inputs: Props, previous: Props): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  if (isProps(inputs.environment)) {
    for (const [name, value] of Object.entries(inputs.environment)) {
      env[name] = String(value);
    }
  }
  if (inputs.addPreviousOutputInEnv !== false) {
    if (typeof previous.stdout === "string" && previous.stdout !== "") {
      env.PULUMI_COMMAND_STDOUT = previous.stdout;
    }
    if (typeof previous.stderr === "string" && previous.stderr !== "") {
      env.PULUMI_COMMAND_STDERR = previous.stderr;
    }
  }
  return env;
}

/** Whether a stream is shown; without a setting both are, while the command runs. */
function logs(setting: unknown, stream: "stdout" | "stderr"): "info" | "none" {
  if (setting === undefined || setting === null || setting === "stdoutAndStderr") {
    return "info";
  }
  return setting === stream ? "info" : "none";
}

function lineLogger(context: Context, level: "info" | "none"): (chunk: Buffer) => void {
  if (level === "none") {
    return () => {};
  }
  return (chunk) => {
    for (const line of chunk.toString("utf8").split("\n")) {
      void context.log.info(line.trimEnd());
    }
  };
}

function text(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8").replace(/\n$/, "");
}

function startError(error: NodeJS.ErrnoException, program: string, dir: string): string {
  return error.code === "ENOENT"
    ? `could not start ${program} in ${dir}: no such program or folder`
    : `could not run ${program}: ${error.message}`;
}

function failure(reason: string, line: string, printed: Buffer[]): Error {
  return new Error(`${reason}: running ${JSON.stringify(line)}:\n${Buffer.concat(printed).toString("utf8")}`);
}
