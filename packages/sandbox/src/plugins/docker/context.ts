/** The digest of a build context: it changes when a file that the builder sees changes. */
import { createHash, type Hash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type IgnoreRule, ignoreRules, isIgnored } from "./dockerignore.ts";

/**
 * Digests the Dockerfile and every file of the context that the ignore file lets through: name, mode and
 * content, or for a symbolic link where it points to.
 */
export async function contextDigest(context: string, dockerfile: string): Promise<string> {
  const rules = await readIgnoreRules(context, dockerfile);
  const hash = createHash("sha256");
  add(hash, "Dockerfile", 0, await readFile(dockerfile));
  for (const name of await filesOf(context, "", rules)) {
    const path = join(context, name);
    const status = await lstat(path);
    const content = status.isSymbolicLink() ? await readlink(path) : await readFile(path);
    add(hash, name, status.mode, content);
  }
  return hash.digest("hex");
}

function add(hash: Hash, name: string, mode: number, content: Buffer | string): void {
  hash.update(`${name}\0${mode.toString(8)}\0`);
  hash.update(createHash("sha256").update(content).digest());
}

/** `<Dockerfile>.dockerignore` beside the Dockerfile goes before `.dockerignore` of the context. */
async function readIgnoreRules(context: string, dockerfile: string): Promise<IgnoreRule[]> {
  const candidates = [
    join(dirname(dockerfile), `${basename(dockerfile)}.dockerignore`),
    join(context, ".dockerignore"),
  ];
  for (const path of candidates) {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text !== undefined) {
      return ignoreRules(text);
    }
  }
  return [];
}

async function filesOf(root: string, folder: string, rules: IgnoreRule[]): Promise<string[]> {
  const names: string[] = [];
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      // A folder that is ignored may hold files that a later `!` rule lets through.
      const mayHold = !isIgnored(name, rules) || rules.some((rule) => rule.include);
      names.push(...(mayHold ? await filesOf(root, name, rules) : []));
    } else if ((entry.isFile() || entry.isSymbolicLink()) && !isIgnored(name, rules)) {
      names.push(name);
    }
  }
  return names;
}
