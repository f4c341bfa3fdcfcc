/** Command lines: of the review, and what of a `pulumi up` its preview needs to show the same diff. */
import {
  command,
  type ExitCode,
  endsWith,
  type Format,
  formatOption,
  InvalidArgumentError,
  Option,
  outputOption,
} from "@tag-to-endpoint/command-line";
import { shortLength } from "./report.ts";

export interface Options {
  readonly format: Format;
  /** File for the report. */
  readonly output?: string | undefined;
  /** Whether to approve, and the start of the fingerprint that is meant: "" for whatever the diff is. */
  readonly approve?: string | undefined;
  /** For `pulumi preview`, as given. */
  readonly forwarded: readonly string[];
}

/** Options of `pulumi preview` that choose what is changed, and whether a value follows. */
const choosing: Readonly<Record<string, boolean>> = {
  "--stack": true,
  "-s": true,
  "--config": true,
  "-c": true,
  "--config-file": true,
  "--config-path": false,
  "--target": true,
  "-t": true,
  "--target-dependents": false,
  "--target-replace": true,
  "--exclude": true,
  "--exclude-dependents": false,
  "--replace": true,
  "--refresh": false,
  "-r": false,
  "--run-program": false,
  "--policy-pack": true,
  "--policy-pack-config": true,
};

/** The command of the review. What it does not know itself must be for `pulumi preview`. */
export function reviewCommand(review: (options: Options) => ExitCode | Promise<ExitCode>) {
  const program = command({
    name: "review",
    summary:
      "Shows what a reviewer has to decide on before `npx pulumi up`: changes of protection rules, credentials, " +
      "access and visibility, the weaker ones first.",
    ends: {
      0: "nothing gets weaker",
      1: "the preview failed, the policy alone refuses it, or --approve found nothing that it may approve",
      2: "something gets weaker",
    },
  });
  return program
    .addOption(formatOption())
    .addOption(outputOption())
    .addOption(
      new Option(
        "--approve [fingerprint]",
        "record that exactly this diff may be applied; `npx pulumi up` refuses any other that weakens. With the " +
          "fingerprint that a review showed, only if the diff is still the one that it showed",
      ).argParser(fingerprintIn),
    )
    .addHelpText(
      "after",
      `\nOptions of pulumi preview that choose what would be changed:\n  ${inLines(Object.keys(choosing))}\n` +
        "  An approval with them is one of `npx pulumi up` with the same. Pulumi keeps what --config sets.",
    )
    .allowUnknownOption()
    .allowExcessArguments()
    .action(
      endsWith((own) =>
        review({
          ...own,
          approve: own.approve === true ? "" : own.approve,
          forwarded: forwardedIn(program.args, (problem) => program.error(`error: ${problem}`)),
        }),
      ),
    );
}

/** What goes to `pulumi preview`, as given. */
function forwardedIn(args: readonly string[], refuse: (problem: string) => never): string[] {
  const forwarded: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name = "", assigned] = split(arg);
    if (!(name in choosing)) refuse(`unknown ${arg.startsWith("-") ? "option" : "argument"} '${arg}'`);
    forwarded.push(arg);
    if (!choosing[name] || assigned !== undefined) continue;
    forwarded.push(rest.shift() ?? refuse(`option '${name}' argument missing`));
  }
  return forwarded;
}

function fingerprintIn(given: string): string {
  if (new RegExp(`^[0-9a-f]{${shortLength},64}$`).test(given)) return given;
  throw new InvalidArgumentError("Allowed is the fingerprint that a review shows, or none.");
}

function inLines(words: readonly string[], perLine = 6): string {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += perLine) lines.push(words.slice(at, at + perLine).join(", "));
  return lines.join(",\n  ");
}

function split(arg: string): [string, string | undefined] {
  const equals = arg.indexOf("=");
  return equals < 0 ? [arg, undefined] : [arg.slice(0, equals), arg.slice(equals + 1)];
}

/** Options of `pulumi up` that say how it asks, shows or logs, not what it changes; whether a value follows. */
const showing: Readonly<Record<string, boolean>> = {
  "--yes": false,
  "--skip-preview": false,
  "--diff": false,
  "--json": false,
  "--debug": false,
  "--emoji": false,
  "--expect-no-changes": false,
  "--continue-on-error": false,
  "--strict": false,
  "--show-config": false,
  "--show-policy-remediations": false,
  "--show-replacement-steps": false,
  "--show-sames": false,
  "--show-secrets": false,
  "--show-reads": false,
  "--show-full-output": false,
  "--urns": false,
  "--suppress-outputs": false,
  "--suppress-progress": false,
  "--suppress-permalink": false,
  "--neo": false,
  "--neo-task-on-failure": false,
  "--copilot": false,
  "--non-interactive": false,
  "--logtostderr": false,
  "--message": true,
  "-m": true,
  "--plan": true,
  "--color": true,
  "--event-log": true,
  "--exec-kind": true,
  "--exec-agent": true,
  "--secrets-provider": true,
  "--attach-debugger": false,
};

/** What a preview takes over from the arguments of `pulumi up`. What is not known is, so that the preview refuses it. */
export function previewOptions(upArguments: readonly string[]): string[] {
  const kept: string[] = [];
  const rest = [...upArguments];
  let isCommand = true;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name = "", assigned] = split(arg);
    if (isCommand && (arg === "up" || arg === "update")) isCommand = false;
    else if (/^-[yfjder]+$/.test(arg)) kept.push(...(arg.includes("r") ? ["-r"] : []));
    else if (!(name in showing)) kept.push(arg);
    else if (showing[name] && assigned === undefined) rest.shift();
  }
  return kept;
}
