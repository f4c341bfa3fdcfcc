/** Command lines: of the review, and what of a `pulumi up` its preview needs to show the same diff. */
import { FORMATS, type Format, formatNamed } from "../cli/report-format.ts";
import { shortLength } from "./report.ts";

export const usage = `Shows what a reviewer has to decide on before \`npx pulumi up\`: changes of protection rules, credentials,
access and visibility, the weaker ones first.

  npm run review -- [--format text|json|markdown] [--output FILE] [--approve[=FINGERPRINT]]
                    [option of pulumi preview]

  --format    text (default), json, or markdown for a merge request
  --output    writes the report to a file as well
  --approve   records that exactly this diff may be applied; \`npx pulumi up\` refuses any other that weakens.
              With the fingerprint that a review showed, only if the diff is still the one that it showed

  Options of pulumi preview that choose what would be changed: --stack, --config, --config-file, --config-path,
  --target, --target-dependents, --target-replace, --exclude, --exclude-dependents, --replace, --refresh,
  --run-program, --policy-pack, --policy-pack-config. An approval with them is one of \`npx pulumi up\` with the same. Pulumi keeps what --config sets.

Ends with 0: nothing gets weaker; 2: something does; 1: the preview failed, or the policy alone refuses it, or
--approve found nothing that it may approve; 64: bad usage.
`;

export interface Options {
  readonly format: Format;
  /** File for the report. */
  readonly output: string | undefined;
  /** Whether to approve, and the start of the fingerprint that is meant: "" for whatever the diff is. */
  readonly approve: string | undefined;
  readonly help: boolean;
  /** For `pulumi preview`, as given. */
  readonly forwarded: readonly string[];
}

/** Bad usage; the message says what was found and what is allowed. */
export class UsageError extends Error {}

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

/** Options of the review. Throws `UsageError`. */
export function readOptions(args: readonly string[]): Options {
  const forwarded: string[] = [];
  let format: Format = "text";
  let approve: string | undefined;
  let help = false;
  let output: string | undefined;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name = "", assigned] = split(arg);
    const value = () => {
      const found = assigned ?? rest.shift();
      if (found === undefined) throw new UsageError(`${name} needs a value`);
      return found;
    };
    if (name === "--approve") approve = fingerprintIn(assigned);
    else if (name === "--help" || name === "-h") help = true;
    else if (name === "--format") format = formatOf(value());
    else if (name === "--output") output = value();
    else if (!(name in choosing)) throw new UsageError(`unknown option ${arg}`);
    else if (choosing[name] && assigned === undefined) forwarded.push(arg, value());
    else forwarded.push(arg);
  }
  return { format, output, approve, help, forwarded };
}

function fingerprintIn(given = ""): string {
  if (given === "" || new RegExp(`^[0-9a-f]{${shortLength},64}$`).test(given)) return given;
  throw new UsageError(`--approve=${given}: the fingerprint that a review shows is needed, or none`);
}

function formatOf(text: string): Format {
  const found = formatNamed(text);
  if (!found) throw new UsageError(`--format ${text}: allowed are ${FORMATS.join(", ")}`);
  return found;
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
