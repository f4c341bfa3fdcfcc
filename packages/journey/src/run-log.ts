import { createWriteStream, mkdirSync } from "node:fs";
import path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { execa } from "execa";

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
    async run(name, program, args, { cwd, env = {}, onLine }) {
      const words = [program, ...args].join(" ");
      append(name, `$ ${words}\n`);
      const child = execa(program, args, {
        cwd,
        env,
        stdin: "ignore",
        all: true,
        reject: false,
        stripFinalNewline: false,
      });
      const decoder = new StringDecoder("utf8");
      child.all.on("data", (bytes: Buffer) => {
        const text = decoder.write(bytes);
        append(name, text);
        const lines = text.split("\n").map((line) => line.trim());
        for (const line of lines.filter(Boolean)) onLine?.(line);
      });
      const { exitCode, stdout, all, originalMessage, isTerminated } = await child;
      if (exitCode === 0) return stdout;
      const isStarted = exitCode !== undefined || isTerminated;
      throw new CommandFailed(
        words,
        exitCode ?? (isStarted ? null : 127),
        isStarted ? all : (originalMessage ?? ""),
        file(name),
      );
    },
  };
}
