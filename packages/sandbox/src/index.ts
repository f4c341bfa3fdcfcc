import { resolve } from "node:path";
import type { ConditionsInput } from "./core/conditions.ts";
import { type RemoteFaults, remoteFaults } from "./core/faults/control.ts";
import { type Ready, resetDaemon, startDaemon, stopDaemon } from "./core/lifecycle.ts";

/** A running sandbox, for tests and the demo. */
export interface Sandbox {
  /** The variables that point the Pulumi program, git and docker at it. Holds tokens. */
  env: Record<string, string>;
  urls: Ready["urls"];
  stateDir: string;
  /** What is to go wrong in it. A restart forgets it. */
  faults: RemoteFaults;
  /** Ends it and keeps its state; `startSandbox` on the same folder goes on with it. */
  stop(): Promise<void>;
  /** Ends it and removes all that it made. */
  reset(): Promise<void>;
}

export interface SandboxOptions {
  stateDir: string;
  /** Take the usual port numbers where they are free (default false: sandboxes of tests run side by side). */
  usualPorts?: boolean;
  /** Log changing requests, for `readRequests` (default false). */
  recordsRequests?: boolean;
  /** What no API of the services can set, such as an account that is not verified (default: none). */
  conditions?: ConditionsInput;
  /** Added to the environment of its process, and so of all that it starts. */
  env?: Readonly<Record<string, string>>;
  onProgress?(text: string): void;
}

/**
 * Starts a sandbox in a process of its own, as `npm run sandbox -- start` does, and waits until it is ready.
 * It is a separate process so that tests can kill it, and so that a test that hangs does not hang it.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const stateDir = resolve(options.stateDir);
  const { usualPorts = false, recordsRequests = false } = options;
  const { env, urls, control } = await startDaemon({ ...options, stateDir, usualPorts, recordsRequests });
  return {
    env,
    urls,
    stateDir,
    faults: remoteFaults(control),
    stop: () => stopDaemon(stateDir),
    reset: () => resetDaemon(stateDir),
  };
}

export type { ConditionsInput } from "./core/conditions.ts";
export { LABEL, sandboxId, sandboxImages } from "./core/context.ts";
export type { RemoteFaults } from "./core/faults/control.ts";
export type { FaultReport } from "./core/faults/faults.ts";
export type { FaultInput } from "./core/faults/rules.ts";
export type { EngineTraces } from "./core/leftovers.ts";
export {
  findRunning,
  findSandboxes,
  findTraces,
  type Ready,
  removeById,
  resetDaemon,
} from "./core/lifecycle.ts";
export { isRunning, type Tracked, trackedOf } from "./core/process.ts";
export { type Fields, type RequestRecord, readRequests } from "./core/request-log.ts";
export { writeAtomically } from "./core/store.ts";
export { LIKENESS, readRecords, recordsFolder } from "./likeness/record.ts";
