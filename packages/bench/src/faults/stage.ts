/** A throwaway stack that is put back to where an operation starts as often as is wanted, and what is done on it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { approve, pulumi, required } from "@tag-to-endpoint/journey";
import {
  type Restore,
  type RestoreOptions,
  type ThrowawayStack,
  throwawayStack,
} from "@tag-to-endpoint/throwaway";
import { root } from "@tag-to-endpoint/toolchain";
import { type Call, callsOf, RECORDERS } from "./calls.ts";
import { type OperationName, operationNames } from "./cases.ts";
import {
  type Checkpoint,
  differences,
  type GitLabContents,
  type HerokuContents,
  inventoryOfServices,
  inventoryOfState,
} from "./inventory.ts";
import type { Ended } from "./judge.ts";

/** Settings by which a stack comes up quickly: a model, and no image beside the one that serves. */
export const LIGHT = { "mlops:models[0].name": "iris-decision-tree", "mlops:trainingImage": "none" };

/** What an update changes: rules, variables, members' roles, and every credential, of which the old ones go. */
const CHANGES = {
  "mlops:gitUserName": "Bench",
  "mlops:tagCreateAccessLevel": "developer",
  "mlops:branchMergeAccessLevel": "developer",
  "mlops:accessTokenGenerations[0]": "2",
  "mlops:herokuTokenGenerations[0]": "2",
};

/** `npx pulumi` with these words, as it is without npm's own start. */
const byPulumi = (...words: string[]) => [
  path.join(root, "node_modules/.bin/pulumi"),
  ...words,
  "--non-interactive",
  "--color=never",
];

const COMMANDS: Readonly<Record<OperationName, readonly string[]>> = {
  up: byPulumi("up", "--yes", "--skip-preview"),
  update: byPulumi("up", "--yes", "--skip-preview"),
  rotate: [process.execPath, path.join(root, "operations/rotation/main.ts")],
  destroy: byPulumi("destroy", "--yes", "--skip-preview"),
};

/** No command on a stack of this size takes longer, also on a machine that is busy. */
const PATIENCE_MS = 600_000;
/** How long processes may take to end after what they work for. */
const GRACE_MS = 20_000;

/** A command that runs. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

export interface Stage {
  readonly stack: ThrowawayStack;
  readonly calls: Readonly<Record<OperationName, readonly Call[]>>;
  /** Credentials that commands are given. */
  readonly secrets: readonly string[];
  /** Puts everything to where the operation starts. */
  reset(operation: OperationName, options?: RestoreOptions): Promise<void>;
  /** Starts the command of the operation as a person does. */
  start(operation: OperationName): Running;
  /** A preview that looks at the services first, and succeeds only where there is nothing to do. */
  preview(): Promise<Ended>;
  /** What state and services have not both, once. */
  differences(): string[];
  /** Waits for processes to end. @returns those that do not, locks, and operations that never ended */
  left(): Promise<string[]>;
}

/**
 * Brings a stack up, changes it, rotates its credentials and destroys it once, without a fault: what calls each makes, and
 * where it starts.
 * @param check throws when it is to end
 */
export async function prepareStage(
  settings: Readonly<Record<string, string>>,
  say: (text: string) => void,
  check: () => void,
): Promise<Stage> {
  const stack = await throwawayStack({ settings });
  try {
    const { restores, calls } = await rehearse(stack, say, check);
    const { environment } = stack;
    return {
      stack,
      calls,
      secrets: ["GITLAB_TOKEN", "HEROKU_API_KEY"].map((name) => required(environment, name)),
      reset: (operation, options) => restores[operation](options),
      start: (operation) => launch(stack, COMMANDS[operation]),
      preview: () => launch(stack, byPulumi("preview", "--refresh", "--expect-no-changes")).ended,
      differences: () => differencesOf(stack),
      left: () => leftOf(stack),
    };
  } catch (error) {
    await stack.remove();
    throw error;
  }
}

async function rehearse(stack: ThrowawayStack, say: (text: string) => void, check: () => void) {
  const calls: Partial<Record<OperationName, Call[]>> = {};
  const restores: Partial<Record<OperationName, Restore>> = {};
  for (const operation of operationNames) {
    check();
    if (operation === "update") await change(stack);
    restores[operation] = await stack.snapshot();
    for (const recorder of RECORDERS) await stack.sandbox.faults.add(recorder);
    const began = performance.now();
    const { code, text } = await launch(stack, COMMANDS[operation]).ended;
    calls[operation] = callsOf(await stack.sandbox.faults.list());
    await stack.sandbox.faults.clear();
    if (code !== 0) throw new Error(`${operation} fails without a fault:\n${text.slice(-3000)}`);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    say(`${operation} without a fault: ${seconds} s, ${calls[operation].length} kinds of calls`);
  }
  return {
    calls: calls as Record<OperationName, Call[]>,
    restores: restores as Record<OperationName, Restore>,
  };
}

/** Sets what an update is to change, and approves of it: the approval is there before the update. */
async function change({ environment }: ThrowawayStack): Promise<void> {
  for (const [name, value] of Object.entries(CHANGES)) {
    await pulumi(environment, "pulumi", ["config", "set", "--path", name, value]);
  }
  await approve(environment);
}

function launch({ environment }: ThrowawayStack, [program = "", ...words]: readonly string[]): Running {
  const { env, stack, log } = environment;
  const child = spawn(program, words, {
    cwd: root,
    env: { ...process.env, ...env, PULUMI_STACK: stack },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { pid: child.pid ?? 0, ended: endOf() };

  async function endOf(): Promise<Ended> {
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
    const timeOut = new AbortController();
    // By its exit: where the launcher is killed, others hold its output open.
    const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    const late = sleep(PATIENCE_MS, "late", { signal: timeOut.signal }).catch(() => undefined);
    const result = await Promise.race([exit, late]);
    timeOut.abort();
    if (result === "late") child.kill("SIGKILL");
    // What it printed at its end.
    await sleep(50);
    const text = Buffer.concat(said).toString("utf8");
    log.append("pulumi", `$ ${path.basename(program)} ${words.join(" ")}\n${text}`);
    return { code: Array.isArray(result) ? (result[0] ?? 137) : undefined, text };
  }
}

function checkpointOf({ environment }: ThrowawayStack): Checkpoint {
  const folder = required(environment, "PULUMI_BACKEND_URL").slice("file://".length);
  const file = path.join(folder, ".pulumi/stacks/mlops", `${environment.stack}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
}

function differencesOf(stack: ThrowawayStack): string[] {
  const contents = <T>(service: string) =>
    JSON.parse(readFileSync(path.join(stack.sandbox.stateDir, service, "state.json"), "utf8")) as T;
  return differences(
    inventoryOfState(checkpointOf(stack)),
    inventoryOfServices(contents<GitLabContents>("gitlab"), contents<HerokuContents>("heroku")),
  );
}

async function leftOf(stack: ThrowawayStack): Promise<string[]> {
  const deadline = Date.now() + GRACE_MS;
  while (stack.workers().length > 0 && Date.now() < deadline) await sleep(100);
  const processes = stack.workers().map((pid) => `a process is left: ${commandLine(pid)}`);
  const { environment } = stack;
  const folder = required(environment, "PULUMI_BACKEND_URL").slice("file://".length);
  const locks = path.join(folder, ".pulumi/locks/organization/mlops", environment.stack);
  const locked = existsSync(locks) ? readdirSync(locks).filter((name) => name.endsWith(".json")) : [];
  const pending = checkpointOf(stack).checkpoint.latest?.pending_operations ?? [];
  return [
    ...processes,
    ...locked.map(() => "a lock is left"),
    ...pending.map(({ type }) => `an operation is pending: ${type}`),
  ];
}

/** The words of a process, which may hold no credential: those are never among arguments. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
  } catch {
    return "";
  }
}
