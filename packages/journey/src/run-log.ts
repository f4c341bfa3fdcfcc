import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
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
  const file = (name: string) => path.join(folder, `${name}.log`);
  const append = (name: string, text: string) => appendFileSync(file(name), text);
  return {
    folder,
    append,
    async run(name, program, args, { cwd, env = {}, onLine }) {
      const words = [program, ...args].join(" ");
      append(name, `$ ${words}\n`);
      const child = execa(program, args, {
        cwd,
        env,
        all: true,
        reject: false,
        stdin: "ignore",
        stripFinalNewline: false,
      });
      for await (const line of child.iterable({ from: "all" })) {
        append(name, `${line}\n`);
        if (onLine && line.trim()) onLine(line.trim());
      }
      const { exitCode, stdout, all, failed, originalMessage } = await child;
      if (!failed) return stdout;
      throw new CommandFailed(words, exitCode ?? null, all || (originalMessage ?? ""), file(name));
    },
  };
}
