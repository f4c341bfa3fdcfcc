/**
 * The state of a stack as files, where its backend is a folder (`file://`). What a kill can leave there is read and mended
 * without a process and without a call; an object store and Pulumi Cloud keep these to themselves.
 * https://www.pulumi.com/docs/iac/concepts/state-and-backends/
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { root } from "../../lib/repository.ts";

/** Where Pulumi keeps what of one stack. */
export interface StateFolder {
  /** The checkpoint; it need not exist. */
  readonly checkpoint: string;
  /** Folders with the locks and with the history of the stack. */
  readonly locks: string;
  readonly history: string;
}

interface ProjectFile {
  readonly name: string;
  readonly backend?: { readonly url?: string };
}

const projectFile = (): ProjectFile => parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));

/** The files of a stack's state; undefined where they are not in a folder of this machine. */
export function stateFolder(
  stack: string,
  env: Readonly<Record<string, string | undefined>>,
  { name, backend }: ProjectFile = projectFile(),
): StateFolder | undefined {
  const base = folderOf(env.PULUMI_BACKEND_URL || backend?.url || "");
  const own = stack.slice(stack.lastIndexOf("/") + 1);
  if (base === undefined || own === "") return undefined;
  const at = (...parts: string[]) => path.join(base, ".pulumi", ...parts);
  return {
    checkpoint: at("stacks", name, `${own}.json`),
    locks: at("locks", "organization", name, own),
    history: at("history", name, own),
  };
}

function folderOf(url: string): string | undefined {
  if (!url.startsWith("file://")) return undefined;
  const [given = ""] = url.slice("file://".length).split("?");
  if (given === "~" || given.startsWith("~/")) return path.join(homedir(), given.slice(1));
  return path.isAbsolute(given) ? fileURLToPath(`file://${given}`) : path.resolve(root, given);
}

/** Names in a folder; none where there is no such folder. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
