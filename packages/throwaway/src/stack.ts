import { copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Environment, openRunLog, pulumi } from "@tag-to-endpoint/journey";
import { type Sandbox, type SandboxOptions, startSandbox, trackedOf } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import { type Guardian, guard } from "./guardian/guard.ts";
import { clientVariables, SANDBOX_MARK } from "./processes.ts";
import { enter, newRecord, type StackRecord } from "./register.ts";
import { type Restore, restartSandbox, takeSnapshot, workingOn } from "./snapshot.ts";
import { CHECKOUT_FILE, sandboxFolder } from "./traces.ts";

export interface ThrowawayOptions extends Omit<SandboxOptions, "stateDir" | "env"> {
  /** What it is called (default: eight random hex digits). The stack's name has `throwaway-` before it. */
  readonly name?: string;
  /** After how many minutes it is removed at the latest (default: it ends with this process alone). */
  readonly ttlMinutes?: number;
  /** Settings of the stack besides those of Pulumi.dev.yaml, by their path: `{ "mlops:writeAccess": "deployKey" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A stack of its own against a sandbox of its own: state, names, network, ports and variables are no other's. */
export interface ThrowawayStack {
  /** Pulumi's name of the stack. */
  readonly name: string;
  /** How to run Pulumi, git and all others on it (package journey). */
  readonly environment: Environment;
  readonly sandbox: Sandbox;
  /** Processes that work on it now: Pulumi, plugins, programs and commands, by their numbers. */
  workers(): readonly number[];
  /** Kills its sandbox without notice and starts it again; the addresses stay. What it was told to fail in is forgotten. */
  crashSandbox(): Promise<void>;
  /** Keeps it as it is while nothing works on it, settings and sandbox too. @returns what puts it back to that */
  snapshot(): Promise<Restore>;
  /** Lets it live on after this process, until its time to live is over. @throws when it has none */
  handOver(): Promise<void>;
  /** Removes stack, sandbox and folder, whatever state they are in. @throws with what is left */
  remove(): Promise<void>;
}

/**
 * Brings up a sandbox and an empty stack with the settings of `Pulumi.dev.yaml`. It goes away by `remove`, and with this
 * process, also where that is killed. Several may be there at once. @throws when it does not come up; nothing is left then
 */
export async function throwawayStack(options: ThrowawayOptions = {}): Promise<ThrowawayStack> {
  const { record, guardian, made } = await guarded(recordOf(options), (given) => bringUp(given, options));
  const { remove, handOver } = guardian;
  const again: SandboxOptions = { ...sandboxPart(options), ...sandboxOptions(record) };
  return {
    name: record.stack,
    ...made,
    workers: () => workingOn(record).map(({ pid }) => pid),
    crashSandbox: () => restartSandbox(made.sandbox, again),
    snapshot: () => takeSnapshot(record, made.sandbox, again),
    remove,
    handOver,
  };
}

/** A sandbox of its own without a stack. It goes away as a throwaway stack does. */
export async function throwawaySandbox(
  options: Omit<ThrowawayOptions, "settings"> = {},
): Promise<Pick<ThrowawayStack, "sandbox" | "remove">> {
  const { guardian, made } = await guarded(recordOf(options), (record) => startIn(record, options));
  return { sandbox: made, remove: guardian.remove };
}

/** Runs `work` with a stack of its own, which is gone when this settles. */
export async function withThrowawayStack<Result>(
  options: ThrowawayOptions,
  work: (stack: ThrowawayStack) => Promise<Result>,
): Promise<Result> {
  const stack = await throwawayStack(options);
  return withRemoval(
    () => work(stack),
    () => stack.remove(),
  );
}

function recordOf({ name, ttlMinutes }: ThrowawayOptions): StackRecord {
  return newRecord(name, ownedFor(ttlMinutes));
}

/** A stack of this process, for so many minutes at most. */
export const ownedFor = (ttlMinutes?: number) => ({
  owner: trackedOf(process.pid),
  ...(ttlMinutes !== undefined && {
    expiresAt: new Date(Date.now() + ttlMinutes * 60_000).toISOString(),
  }),
});

/** Enters a new stack in the register, has it guarded, and makes it; where that fails nothing of it is left. */
export async function guarded<Record extends StackRecord, Made>(
  record: Record,
  make: (record: Record) => Promise<Made>,
): Promise<{ readonly record: Record; readonly guardian: Guardian; readonly made: Made }> {
  await enter(record);
  const guardian = await guard(record);
  try {
    return { record, guardian, made: await make(record) };
  } catch (error) {
    return withRemoval(() => Promise.reject(error), guardian.remove);
  }
}

/** Waits for `work`, and for `remove` however that ended; an error of the work is not hidden by one of the removal. */
async function withRemoval<Result>(
  work: () => Promise<Result>,
  remove: () => Promise<void>,
): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await remove().catch((second: unknown) => {
      throw new AggregateError([error, second], `${String(error)}\nand then: ${String(second)}`);
    });
    throw error;
  }
  await remove();
  return result;
}

/** Starts the sandbox of a stack that is in the register, and makes its empty stack. */
export async function bringUp(record: StackRecord, options: ThrowawayOptions) {
  const { stack, folder } = record;
  const sandbox = await startIn(record, options);
  for (const one of ["state", "work", "tmp"]) await mkdir(path.join(folder, one));
  const environment = environmentOf(record, sandbox);
  await copyFile(path.join(root, "Pulumi.dev.yaml"), path.join(root, `Pulumi.${stack}.yaml`));
  // Not selected: which stack the user works on is the user's choice.
  await pulumi(environment, "pulumi", ["stack", "init", stack, "--no-select"]);
  for (const [key, value] of Object.entries(options.settings ?? {})) {
    await pulumi(environment, "pulumi", ["config", "set", "--path", key, value]);
  }
  return { environment, sandbox };
}

async function startIn(record: StackRecord, options: ThrowawayOptions): Promise<Sandbox> {
  await mkdir(record.folder, { mode: 0o700 });
  // Whose it is, should the register be lost.
  await writeFile(path.join(record.folder, CHECKOUT_FILE), root);
  return startSandbox({ ...sandboxPart(options), ...sandboxOptions(record) });
}

const sandboxPart = ({ name: _, ttlMinutes: __, settings: ___, ...given }: ThrowawayOptions) => given;

/** How the sandbox of a stack is started, also once more. */
export const sandboxOptions = (record: StackRecord) => ({
  stateDir: sandboxFolder(record),
  env: { [SANDBOX_MARK]: record.folder },
});

/** How to work on a stack whose sandbox runs. */
export function environmentOf(
  { stack, folder, logs = path.join(folder, "logs") }: StackRecord,
  sandbox: Pick<Sandbox, "env">,
): Environment {
  return {
    root,
    stack,
    log: openRunLog(logs),
    workFolder: path.join(folder, "work"),
    env: {
      ...sandbox.env,
      PULUMI_BACKEND_URL: `file://${folder}/state`,
      ...clientVariables(folder),
    },
  };
}
