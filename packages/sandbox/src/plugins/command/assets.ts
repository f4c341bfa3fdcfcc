/** The files that a command left behind, as assets. */
import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { join, matchesGlob } from "node:path";
import { assetArchive, type Opaque, pathAsset } from "../shared/values.ts";

/**
 * The files under `dir` that the patterns choose, by relative path. Patterns are evaluated in order, `!` takes
 * files away again, and folders are no files.
 */
export async function assetsOf(dir: string, patterns: string[]): Promise<Record<string, Opaque>> {
  const chosen: Record<string, Opaque> = {};
  for (const name of await filesIn(dir)) {
    let matches = false;
    for (const pattern of patterns) {
      const exclude = pattern.startsWith("!");
      if (matchesGlob(name, exclude ? pattern.slice(1) : pattern)) {
        matches = !exclude;
      }
    }
    if (matches) {
      const path = join(dir, name);
      chosen[name] = pathAsset(path, sha256(await readFile(path)));
    }
  }
  return chosen;
}

/** The same files as one archive. */
export async function archiveOf(dir: string, patterns: string[]): Promise<Opaque> {
  const assets = await assetsOf(dir, patterns);
  const hashes = Object.entries(assets).map(([name, asset]) => `${name}\0${String(asset.wire.hash)}\n`);
  return assetArchive(assets, sha256(hashes.join("")));
}

async function filesIn(dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of glob("**/*", { cwd: dir, withFileTypes: true })) {
    if (entry.isFile()) {
      names.push(join(entry.parentPath, entry.name).slice(dir.replace(/\/$/, "").length + 1));
    }
  }
  return names.sort();
}

function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}
