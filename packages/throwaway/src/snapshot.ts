/**
 * A throwaway stack as it was at a moment: state, settings, approvals and what its sandbox remembers. Putting it back takes
 * seconds, where bringing a stack up anew takes much longer.
 */
import { existsSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { findRunning, type Sandbox, type SandboxOptions, startSandbox } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import { CLIENT_MARK, end, endMarked, type Marked, markedProcesses } from "./processes.ts";
import type { StackRecord } from "./register.ts";
import { filesBeside, sandboxFolder } from "./traces.ts";

export interface RestoreOptions {
  /** Registries hold nothing then; otherwise they keep what they have, since images are pushed by their content. */
  readonly emptyRegistries?: boolean;
}

/** Puts a stack back to where it was. What works on it is ended, and its sandbox is started anew. */
export type Restore = (options?: RestoreOptions) => Promise<void>;

const REGISTRIES = ["gitlab-registry", "heroku-registry"];

/** Processes that work on the stack: Pulumi, its plugins, programs and commands. */
export function workingOn(record: StackRecord): Marked[] {
  return markedProcesses(CLIENT_MARK).filter(({ folder }) => folder === record.folder);
}

/** Kills the sandbox without notice, and starts it again once `between` has settled. Its address stays the same. */
export async function restartSandbox(
  { stateDir, stop }: Sandbox,
  options: SandboxOptions,
  between: () => Promise<void> = async () => {},
): Promise<void> {
  const running = findRunning(stateDir);
  if (running) end(running.pid);
  // Its helpers and containers.
  await stop();
  await between();
  await startSandbox(options);
}

/** Keeps a stack on which nothing works as it is now. @returns what puts it back, as often as is wanted */
export async function takeSnapshot(
  record: StackRecord,
  sandbox: Sandbox,
  options: SandboxOptions,
): Promise<Restore> {
  const kept = path.join(record.folder, "snapshots", String(Date.now()));
  const parts = partsOf(record);
  for (const { at, name } of parts) await copy(at, path.join(kept, name));
  return async ({ emptyRegistries = false } = {}) => {
    await endMarked(CLIENT_MARK, record.folder);
    await restartSandbox(sandbox, options, async () => {
      for (const { at, name } of parts) {
        await rm(at, { recursive: true, force: true });
        await copy(path.join(kept, name), at);
      }
      if (!emptyRegistries) return;
      for (const name of REGISTRIES) {
        await rm(path.join(sandboxFolder(record), name, "storage"), { recursive: true, force: true });
      }
    });
  };
}

interface Part {
  readonly name: string;
  readonly at: string;
}

/** Logs, process numbers and the registries' blobs are not among it. */
function partsOf(record: StackRecord): Part[] {
  const sandbox = sandboxFolder(record);
  return [
    { name: "gitlab", at: path.join(sandbox, "gitlab") },
    { name: "heroku", at: path.join(sandbox, "heroku") },
    { name: "state", at: path.join(record.folder, "state") },
    ...filesBeside(record.stack).map((at) => ({ name: path.join("beside", path.relative(root, at)), at })),
  ];
}

async function copy(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 });
  await cp(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}
