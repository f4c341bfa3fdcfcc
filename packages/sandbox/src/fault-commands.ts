/** `npm run sandbox -- fault`: what is to go wrong in a running sandbox. */
import {
  type command,
  endsWith,
  exitCode,
  InvalidArgumentError,
  Option,
  requireSubcommand,
} from "@tag-to-endpoint/command-line";
import { type RemoteFaults, remoteFaults } from "./core/faults/control.ts";
import type { FaultReport } from "./core/faults/faults.ts";
import { readFault } from "./core/faults/rules.ts";
import { findRunning } from "./core/lifecycle.ts";

/** Adds the command to the sandbox's own. */
export function addFaultCommand(
  sandbox: ReturnType<typeof command>,
  stateOption: () => Option<"--state <folder>", undefined, string, string>,
  say: (text: string) => void,
): void {
  const fault = sandbox.command("fault").description("what is to go wrong in it: add, list, clear");

  fault
    .command("add")
    .description("let requests, jobs or dynos meet a fault (docs/sandbox.md#faults); prints its number")
    .argument("<fault>", "such as 503, reset-after, slow, disk-full, runner-dies, dyno-crash")
    .option("--service <name>", "gitlab, git, gitlab-registry, heroku or heroku-registry")
    .option("--method <method>", "requests of this method alone, such as POST")
    .option("--path <pattern>", "requests of this path alone, such as /projects/:id/variables")
    .addOption(number("--nth <n>", "the first match that it hits (default: 1)"))
    .addOption(times())
    .addOption(number("--seconds <n>", "of slow, clock-skew and boot-timeout"))
    .addOption(number("--retry-after <seconds>", "of 429"))
    .option("--app <name>", "of dyno-crash, boot-timeout and memory-exceeded: dynos of this app alone")
    .option("--project <path>", "of runner-dies: jobs of this project alone")
    .option("--job <name>", "of runner-dies: jobs of this name alone")
    .option("--line <text>", "of runner-dies: once the job's log has this (default: at its first command)")
    .addOption(stateOption())
    .action(
      endsWith(async (kind, { state, ...options }) => {
        const given = readFault({ fault: kind, ...options });
        say(`Fault ${await faultsOf(state).add(given)}: ${describe(given)}`);
        return exitCode.done;
      }),
    );

  fault
    .command("list")
    .description("show the faults, and what each has hit")
    .option("--json", "as JSON")
    .addOption(stateOption())
    .action(
      endsWith(async ({ state, json }) => {
        const list = await faultsOf(state).list();
        if (json) say(JSON.stringify(list, null, 2));
        else say(list.length === 0 ? "No faults." : list.map(line).join("\n"));
        return exitCode.done;
      }),
    );

  fault
    .command("clear")
    .description("take a fault back, or all of them")
    .argument("[number]", "of the fault", wholeNumber)
    .addOption(stateOption())
    .action(
      endsWith(async (id, { state }) => {
        await faultsOf(state).clear(id);
        say(id === undefined ? "No faults." : `Fault ${id} is taken back.`);
        return exitCode.done;
      }),
    );

  requireSubcommand(fault);
}

function faultsOf(stateDir: string): RemoteFaults {
  const ready = findRunning(stateDir);
  if (ready === undefined) {
    throw new Error("the sandbox does not run, and faults are of a running one: npm run sandbox -- start");
  }
  return remoteFaults(ready.control);
}

function number<Flags extends string>(flags: Flags, text: string) {
  return new Option(flags, text).argParser((given: string) => {
    const value = Number(given);
    if (given.trim() !== "" && Number.isFinite(value)) return value;
    throw new InvalidArgumentError("Allowed is a number.");
  });
}

function times() {
  return new Option(
    "--times <n>",
    'how many matches it hits, or "always" (default: 1; of disk-full always)',
  ).argParser((given: string) => (given === "always" ? given : wholeNumber(given)));
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d*$/.test(given)) return Number(given);
  throw new InvalidArgumentError("Allowed is a whole number from 1 on.");
}

function line(report: FaultReport): string {
  const { id, matched, hits, ...fault } = report;
  const latest = hits.length === 0 ? "" : `, last ${hits.at(-1)}`;
  return `Fault ${id}: ${describe(fault)}\n  matched ${matched}, hit ${hits.length}${latest}`;
}

/** `reset-after service=gitlab method=POST path=/projects nth=1 times=1` */
function describe({ fault, ...rest }: { fault: string; [field: string]: unknown }): string {
  return [fault, ...Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`)].join(" ");
}
