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
import { credentialsOf } from "../../infra/guard/addresses.ts";
import { isDestroy, isUpdate } from "../cli/pulumi-words.ts";
import { shortLength } from "./report.ts";

export interface Options {
  readonly format: Format;
  /** File for the report. */
  readonly output?: string | undefined;
  /** Whether to approve, and the start of the fingerprint that is meant. */
  readonly approve?: string | undefined;
  /** Addresses to approve, each with its setting. */
  readonly approveAddress?: readonly ApproveAddress[] | undefined;
  /** How long an approval holds. */
  readonly validHours: number;
  /** Whether it is `pulumi destroy` that is reviewed. */
  readonly destroy: boolean;
  /** For `pulumi preview`, as given. */
  readonly forwarded: readonly string[];
}

/** An address that a credential may be sent to, and what sets it. */
export interface ApproveAddress {
  readonly setting: string;
  readonly address: string;
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
  "-x": true,
  "--exclude-dependents": false,
  "--exclude-protected": false,
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
        "--approve <fingerprint>",
        "record that the diff with this fingerprint, which a review showed, may be applied; `npx pulumi up` refuses any " +
          "other that weakens",
      ).argParser(fingerprintIn),
    )
    .addOption(
      new Option(
        "--approve-address <setting=address...>",
        "record that a credential may be sent to this address, as in heroku:url=https://heroku.example.com; nothing " +
          "is sent there before, not even by a review",
      ).argParser(addressIn),
    )
    .addOption(new Option("--valid-hours <n>", "how long an approval holds").default(24).argParser(hoursIn))
    .addOption(
      new Option(
        "--destroy",
        "review `npx pulumi destroy` of some resources, with --target or --exclude",
      ).default(false),
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
  throw new InvalidArgumentError("Allowed is the fingerprint that a review shows.");
}

function addressIn(given: string, earlier: readonly ApproveAddress[] = []): readonly ApproveAddress[] {
  const [setting, address] = split(given);
  if (setting in credentialsOf && address) return [...earlier, { setting, address }];
  throw new InvalidArgumentError(
    `Allowed is <setting>=<address>, with one of ${Object.keys(credentialsOf).join(", ")}.`,
  );
}

function hoursIn(given: string): number {
  const hours = Number(given);
  if (given.trim() !== "" && hours > 0 && hours <= MOST_HOURS) return hours;
  throw new InvalidArgumentError(`Allowed is a number of hours, more than 0 and at most ${MOST_HOURS}.`);
}

/** Thirty days: what is approved for longer nobody remembers. */
const MOST_HOURS = 720;

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
  "--remove": false,
};

/** What a preview takes over from the arguments of `pulumi up` or `pulumi destroy`. What is not known is, so that the preview refuses it. */
export function previewOptions(upArguments: readonly string[]): string[] {
  const kept: string[] = [];
  const rest = [...upArguments];
  let isCommand = true;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name = "", assigned] = split(arg);
    if (isCommand && (isUpdate(arg) || isDestroy(arg))) isCommand = false;
    else if (/^-[yfjder]+$/.test(arg)) kept.push(...(arg.includes("r") ? ["-r"] : []));
    else if (!(name in showing)) kept.push(arg);
    else if (showing[name] && assigned === undefined) rest.shift();
  }
  return kept;
}
