/**
 * What `npx pulumi` runs in this repository: Pulumi's own CLI, prepared (launch.ts) and guarded. `up` refuses what
 * weakens the stack's protection, unless exactly that diff is approved.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { exitCode, messageOf } from "@tag-to-endpoint/command-line";
import { forgetAddresses } from "../../lib/consent/addresses.ts";
import { endUpdate, readUnfinished } from "../../lib/consent/unfinished.ts";
import { maybeKept } from "../../lib/pulumi/plan.ts";
import { root } from "../../lib/repository.ts";
import { lookUnfinished, tell } from "../repair/quick.ts";
import { gate, gateDestroy } from "../review/gate.ts";
import { refusedAddresses } from "./addresses.ts";
import { adviseAfter } from "./advice.ts";
import { type Exported, exportedOnce } from "./exported.ts";
import { dropGoneApps } from "./gone-apps.ts";
import { type Launch, launchOf } from "./launch.ts";
import { isPlainUpdate, unchangedWords } from "./nothing-to-do.ts";
import { passphraseOf } from "./passphrase.ts";
import {
  commandIn,
  isDestroy,
  isTargeted,
  isUpdate,
  optionIn,
  runsProgram,
  runsProviders,
  shortName,
} from "./pulumi-words.ts";
import { type Exit, runInTerminal } from "./run-in-terminal.ts";

/** Runs a command line of Pulumi, unless it is an update that the review refuses. Tells how it ended. */
export async function guardedPulumi(
  args: readonly string[],
  { folder = process.cwd(), stdin = "inherit" }: { folder?: string; stdin?: "inherit" | "ignore" } = {},
): Promise<Exit> {
  const launch = await prepared(await launchOf(args, process.env, folder));
  const command = commandIn(args);
  let exported = exportedOnce(launch.stack);
  if (launch.isOurs && mayReachNewAddress(command, args)) {
    const refused = await refusedAddresses(launch.stack, args, exported);
    if (refused !== undefined) {
      process.stderr.write(refused);
      return { code: exitCode.attention };
    }
  }
  if (launch.isOurs && changesTheStack(command, args) && (await repairFirst(launch)))
    exported = exportedOnce(launch.stack);
  if (launch.isOurs && isDestroy(command) && !args.includes("--preview-only")) {
    const exit = await destroy(launch, stdin);
    adviseAfter(command, exit, launch);
    return exit;
  }
  if (!launch.isOurs || !isUpdate(command)) return runInTerminal(launch, stdin);
  return update(launch, args, exported, stdin);
}

/** Runs an update that the review lets through; of what somebody approved, exactly the plan that the review saw. */
async function update(
  launch: Launch,
  args: readonly string[],
  exported: Exported,
  stdin: "inherit" | "ignore",
): Promise<Exit> {
  const folder = await mkdtemp(path.join(tmpdir(), "pulumi-plan-"));
  try {
    const plan = path.join(folder, "plan.json");
    const verdict = await gate(launch.stack, args, plan, exported);
    if (!verdict.mayRun) return { code: verdict.code };
    if (verdict.unchanged && isPlainUpdate(args)) {
      process.stdout.write(unchangedWords(shortName(launch.stack), verdict.unchanged, args));
      verdict.applied();
      return { code: exitCode.done };
    }
    const isToRefresh = verdict.refreshes && optionIn(args, "--refresh", "-r") === undefined;
    const isToPlan = verdict.isPlanned && optionIn(args, "--plan") === undefined && planHolds(plan);
    const more = [...(isToRefresh ? ["--refresh"] : []), ...(isToPlan ? ["--plan", plan] : [])];
    verdict.begins();
    const exit = await runInTerminal({ ...launch, args: [...launch.args, ...more] }, stdin);
    if (exit.code === 0) verdict.applied();
    adviseAfter("up", exit, launch);
    return exit;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether Pulumi can be held to a plan; where it cannot, the guard in the program alone refuses what was not approved. */
function planHolds(plan: string): boolean {
  const names = maybeKept(plan);
  if (names.length === 0) return true;
  process.stderr.write(
    `Not held to Pulumi's plan, which fails where a resource that may be replaced is kept: ${names.join(", ")}. What was not approved is refused all the same.\n`,
  );
  return false;
}

/** Whether a command has providers reach the addresses that are set now; others reach those of the state. */
function mayReachNewAddress(command: string, args: readonly string[]): boolean {
  return runsProgram(command) || command === "import" || args.includes("--run-program");
}

/** Whether a command has providers change or look up what there is, so that it must know what there is. */
function changesTheStack(command: string, args: readonly string[]): boolean {
  return (
    (isUpdate(command) || isDestroy(command) || command === "refresh") && !args.includes("--preview-only")
  );
}

/** Where an update did not end well, brings state and services together first. @returns whether the state may be another */
async function repairFirst({ stack, env }: Launch): Promise<boolean> {
  if (stack === "") return false;
  if (!lookUnfinished(stack, env) && readUnfinished(root, shortName(stack)) === undefined) return false;
  try {
    const { repair } = await import("../repair/repair.ts");
    await repair(stack, (line) => tell([line]));
  } catch (error) {
    // The command itself says what is wrong with a setting or a service; this alone is no reason to refuse it.
    process.stderr.write(`Repair: not everything could be looked at: ${messageOf(error)}\n`);
  }
  return true;
}

async function destroy(launch: Launch, stdin: "inherit" | "ignore"): Promise<Exit> {
  const verdict = await gateDestroy(launch.stack, launch.args);
  if ("code" in verdict) return { code: verdict.code };
  await dropGoneApps(launch.stack);
  const exit = await runInTerminal(launch, stdin);
  // Of some resources alone, what an update was allowed to do is still to be done.
  if (exit.code === 0 && !isTargeted(launch.args)) {
    endUpdate(root, shortName(launch.stack));
    forgetAddresses(root, shortName(launch.stack));
  }
  if (exit.code === 0) verdict.applied();
  return exit;
}

/** The run with the stack's passphrase, where it is one that reads secrets. */
async function prepared(launch: Launch): Promise<Launch> {
  if (!launch.isOurs || !runsProviders(commandIn(launch.args))) return launch;
  return { ...launch, env: { ...launch.env, ...(await passphraseOf(launch)) } };
}

/** Runs the command line of this process and ends as Pulumi ended, by a signal where it was one. */
export async function main(): Promise<void> {
  try {
    const { code, signal } = await guardedPulumi(process.argv.slice(2));
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  } catch (error) {
    process.stderr.write(`pulumi: ${messageOf(error)}\n`);
    process.exitCode = exitCode.failed;
  }
}
