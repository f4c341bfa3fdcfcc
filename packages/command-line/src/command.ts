import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type ExitCode, exitCode } from "./exit-codes.ts";

export interface CommandText {
  /** The npm script's name. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** How it is started (default: `npm run <name> --`). */
  readonly start?: string;
  /** What its exit codes mean, where more can be said than `done` and `failed`. */
  readonly ends?: Readonly<Partial<Record<ExitCode, string>>>;
}

/** A command with the contract of all commands: `--help`, errors on standard error, exit codes in its help. */
export function command({ name, summary, start = `npm run ${name} --`, ends = {} }: CommandText) {
  const codes = {
    [exitCode.done]: "done",
    [exitCode.failed]: "failed",
    ...ends,
    [exitCode.usage]: "bad usage",
  };
  const lines = Object.entries(codes).map(([code, meaning]) => `  ${code.padStart(2)}  ${meaning}`);
  return new Command(start)
    .description(summary)
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${name}: ${text.replace(/^error: /, "")}`) })
    .addHelpText("afterAll", `\nExit codes:\n${lines.join("\n")}`);
}

/** Makes a command with subcommands say which there are, where none or another is asked for. */
export function requireSubcommand(group: CommandUnknownOpts): void {
  group.allowExcessArguments().action(() => {
    const [found] = group.args;
    const names = group.commands.map((one) => one.name());
    group.error(
      `error: ${found === undefined ? "no command" : `unknown command '${found}'`}. Allowed are ${names.join(", ")}.`,
    );
  });
}

/** An action that ends the process with what `work` returns, when there is nothing left to do. */
export function endsWith<Args extends unknown[]>(
  work: (...args: Args) => ExitCode | Promise<ExitCode>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.exitCode = await work(...args);
  };
}

/**
 * Runs a command with the arguments of this process. Whatever goes wrong is told in words, without a stack trace.
 *
 * @param redact takes out of an error's message what must not be shown
 */
export async function run(
  program: CommandUnknownOpts,
  redact: (message: string) => string = (message) => message,
): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = codeOf(error);
    if (error instanceof CommanderError) return; // told already
    const { outputError, writeErr } = program.configureOutput();
    const message = redact(error instanceof Error ? error.message : String(error));
    outputError?.(`${message}\n`, (text) => writeErr?.(text));
  }
}

function codeOf(error: unknown): ExitCode {
  if (!(error instanceof CommanderError)) return exitCode.failed;
  return error.exitCode === 0 ? exitCode.done : exitCode.usage;
}
