/** Folders of this repository that others start from. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";

/** What people's machines leave in a folder, and what training writes. */
const leftovers = new Set([".venv", "__pycache__", ".ipynb_checkpoints", ".git", ".DS_Store"]);

/** Whether a file or folder of a template belongs in a repository. */
export function belongs(path: string): boolean {
  const name = basename(path);
  return !leftovers.has(name) && !name.endsWith(".joblib");
}

/** What a folder's files say: another one for other names, contents or execute permissions. */
export async function contentHash(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of (await filesBelow(folder)).sort()) {
    const name = relative(folder, path).replaceAll("\\", "/");
    const content = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    const mode = (await stat(path)).mode & 0o100 ? "x" : "-";
    hash.update(`${content} ${mode} ${name}\n`);
  }
  return hash.digest("hex");
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => belongs(name));
  const lists = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
  return (await Promise.all(lists)).flat();
}
