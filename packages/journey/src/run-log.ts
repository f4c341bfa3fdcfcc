import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import path from "node:path";

/** A command that did not end well; `log` is the file with everything it printed. */
export class CommandFailed extends Error {
  readonly code: number | null;
  readonly log: string;
  readonly output: string;

  constructor(words: string, code: number | null, output: string, log: string) {
    const tail = output.trimEnd().split("\n").slice(-12).join("\n");
    super(`${words} ended with code ${code}\n${tail}\nAll of it: ${log}`);
    this.code = code;
    this.log = log;
    this.output = output;
  }
}

/** How to run a logged command. */
export interface LoggedCommandOptions {
  cwd: string;
  /** Added to the process's environment; the place for secrets, never the arguments. */
  env?: Record<string, string>;
  /** Sees each line as it comes. */
  onLine?: (line: string) => void;
}

/** Keeps the detail of every step of one run in files of one folder. */
export interface RunLog {
  folder: string;
  /** Appends to `<folder>/<name>.log`. */
  append(name: string, text: string): void;
  /** Runs a command, its output going to `<folder>/<name>.log`; resolves with it or throws `CommandFailed`. */
  run(name: string, program: string, args: string[], options: LoggedCommandOptions): Promise<string>;
}

/** Opens the log folder of a run (0700: job traces may be confidential). */
export function openRunLog(folder: string): RunLog {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const streams = new Map<string, ReturnType<typeof createWriteStream>>();
  const file = (name: string) => path.join(folder, `${name}.log`);
  const append = (name: string, text: string) => {
    const stream = streams.get(name) ?? createWriteStream(file(name), { flags: "a" });
    streams.set(name, stream);
    stream.write(text);
  };
  return {
    folder,
    append,
    run: (name, program, args, { cwd, env, onLine }) =>
      new Promise((resolve, reject) => {
        const words = [program, ...args].join(" ");
        append(name, `$ ${words}\n`);
        const child = spawn(program, args, {
          cwd,
          env: { ...process.env, ...env },
          stdio: ["ignore", "pipe", "pipe"],
        });
        let stdout = "";
        let all = "";
        for (const stream of ["stdout", "stderr"] as const) {
          child[stream].setEncoding("utf8").on("data", (text: string) => {
            if (stream === "stdout") stdout += text;
            all += text;
            append(name, text);
            if (onLine) for (const line of text.split("\n")) if (line.trim()) onLine(line.trim());
          });
        }
        child.once("error", (error) => reject(new CommandFailed(words, 127, error.message, file(name))));
        child.once("close", (code) =>
          code === 0 ? resolve(stdout) : reject(new CommandFailed(words, code, all, file(name))),
        );
      }),
  };
}
