/**
 * What throwaway stacks of this checkout left behind of which the register knows nothing: it was deleted, with all of
 * `.cache/` perhaps. Nobody can go on with any of it.
 */
import { existsSync, globSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findSandboxes, removeById, resetDaemon } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import { CLIENT_MARK, endMarked, markedProcesses, SANDBOX_MARK } from "./processes.ts";
import { PREFIX, readRegister } from "./register.ts";
import { CHECKOUT_FILE, filesBeside } from "./traces.ts";

/** Folders, files, and folders that are gone already but have processes or things in the docker engine. */
export interface Strays {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Folders of stacks whose processes still run. */
  readonly processesOf: readonly string[];
  /** Ids of sandboxes. */
  readonly sandboxes: readonly string[];
}

export async function findStrays(): Promise<Strays> {
  const known = readRegister();
  const knownFolders = new Set(known.map(({ folder }) => folder));
  const folders = ownFolders().filter((folder) => !knownFolders.has(folder));
  const isStray = (folder: string) =>
    folders.includes(folder) || (!knownFolders.has(folder) && !existsSync(folder));
  const marked = [CLIENT_MARK, SANDBOX_MARK].flatMap(markedProcesses).map(({ folder }) => folder);
  const sandboxes = [...(await findSandboxes())].filter(
    ([stateDir]) => !knownFolders.has(path.dirname(stateDir)) && !existsSync(stateDir),
  );
  const stacks = new Set(known.map(({ stack }) => stack));
  return {
    folders,
    files: strayFiles()
      .filter(({ stack }) => !stacks.has(stack))
      .map(({ file }) => file),
    processesOf: [...new Set(marked.filter(isStray))],
    sandboxes: sandboxes.map(([, id]) => id),
  };
}

/** One line for each. */
export function linesOf({ folders, files, processesOf, sandboxes }: Strays): string[] {
  return [
    ...folders.map((folder) => `folder ${folder}`),
    ...files.map((file) => `file ${path.relative(root, file)}`),
    ...processesOf.map((folder) => `processes of ${path.basename(folder)}`),
    ...sandboxes.map((id) => `containers, networks or volumes of sandbox ${id}`),
  ];
}

export async function removeStrays({ folders, files, processesOf, sandboxes }: Strays): Promise<void> {
  for (const folder of new Set([...folders, ...processesOf])) await endMarked(CLIENT_MARK, folder);
  for (const folder of folders) await resetDaemon(path.join(folder, "sandbox"));
  for (const folder of new Set([...folders, ...processesOf])) await endMarked(SANDBOX_MARK, folder);
  for (const id of sandboxes) await removeById(id);
  for (const file of [...files, ...folders]) await rm(file, { recursive: true, force: true });
}

/** Folders of throwaway stacks of this checkout. */
function ownFolders(): string[] {
  const parent = realpathSync(tmpdir());
  return readdirSync(parent)
    .filter((name) => name.startsWith(`tag-to-endpoint-${PREFIX}`))
    .map((name) => path.join(parent, name))
    .filter((folder) => {
      const file = path.join(folder, CHECKOUT_FILE);
      return existsSync(file) && readFileSync(file, "utf8") === root;
    });
}

/** Files beside Pulumi.yaml of any throwaway stack. */
function strayFiles(): Array<{ stack: string; file: string }> {
  const patterns = filesBeside(`${PREFIX}*`).map((file) => path.relative(root, file));
  return patterns.flatMap((pattern) =>
    globSync(pattern, { cwd: root }).map((file) => ({
      stack: new RegExp(`${PREFIX}[a-z0-9-]+`).exec(file)?.[0] ?? "",
      file: path.join(root, file),
    })),
  );
}
