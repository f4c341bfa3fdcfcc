/** Everything that a throwaway stack can have on this machine: what `list` shows, and what is gone after `down`. */
import { existsSync } from "node:fs";
import path from "node:path";
import { type EngineTraces, findTraces } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import { imagesOf } from "./accounts/images.ts";
import { CLIENT_MARK, markedProcesses, SANDBOX_MARK } from "./processes.ts";
import { isOnAccounts, type StackRecord } from "./register.ts";

export interface Traces extends EngineTraces {
  readonly processes: readonly number[];
  /** Files and folders. */
  readonly files: readonly string[];
}

/** File in a stack's folder that names the checkout that it is of. */
export const CHECKOUT_FILE = "checkout";

/** Where the state of a stack's sandbox is. */
export const sandboxFolder = ({ folder }: Pick<StackRecord, "folder">) => path.join(folder, "sandbox");

/** Files of a stack that are beside Pulumi.yaml, where Pulumi and the review want them. */
export const filesBeside = (stack: string): string[] =>
  [
    `Pulumi.${stack}.yaml`,
    `.env.${stack}`,
    `.pulumi/approvals/${stack}.json`,
    `.pulumi/approvals/${stack}.addresses.json`,
    `.pulumi/updates/${stack}.json`,
  ].map((file) => path.join(root, file));

/** What is there of a stack now. */
export async function tracesOf(record: StackRecord): Promise<Traces> {
  const processes = [CLIENT_MARK, SANDBOX_MARK]
    .flatMap(markedProcesses)
    .filter(({ folder }) => folder === record.folder);
  const engine: EngineTraces = isOnAccounts(record)
    ? { containers: [], networks: [], volumes: [], images: await imagesOf(record.accounts.settings) }
    : await findTraces(sandboxFolder(record));
  return {
    ...engine,
    processes: processes.map(({ pid }) => pid),
    files: [...filesBeside(record.stack), record.folder].filter((file) => existsSync(file)),
  };
}

/** Traces in words: `3 containers, 1 network, 2 files`; "" for none. */
export function wordsOf(traces: Traces): string {
  const kinds = ["containers", "networks", "volumes", "images", "processes", "files"] as const;
  return kinds
    .filter((kind) => traces[kind].length > 0)
    .map((kind) => `${traces[kind].length} ${traces[kind].length === 1 ? singular[kind] : kind}`)
    .join(", ");
}

const singular = {
  containers: "container",
  networks: "network",
  volumes: "volume",
  images: "image",
  processes: "process",
  files: "file",
} as const;
