/**
 * The local SDKs of GitLab and Heroku (packages/sdks), which are kept as TypeScript and run as JavaScript. npm compiles
 * them when it may run their install script, which `.npmrc` does not let it.
 */
import { createHash } from "node:crypto";
import { glob, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "../process/run.ts";
import { root } from "../repository.ts";

const names = ["gitlab", "heroku"] as const;

/** Compiles those whose sources changed since they were compiled last. Says nothing and takes no time where none did. */
export async function compileSdks(folder = path.join(root, "packages/sdks")): Promise<void> {
  const sdks = await Promise.all(names.map((name) => stateOf(path.join(folder, name))));
  const stale = sdks.filter(({ isCurrent }) => !isCurrent);
  if (stale.length === 0) return;
  process.stderr.write("Compiling the local SDKs of GitLab and Heroku (a few seconds, once) ...\n");
  await Promise.all(stale.map(compile));
}

interface Sdk {
  readonly folder: string;
  readonly stamp: string;
  readonly sources: string;
  readonly isCurrent: boolean;
}

async function stateOf(folder: string): Promise<Sdk> {
  const stamp = path.join(folder, "bin/.sources");
  const [sources, compiled] = await Promise.all([sourcesOf(folder), readFile(stamp, "utf8").catch(() => "")]);
  return { folder, stamp, sources, isCurrent: compiled === sources };
}

/** Runs the SDK's own install script, which starts `tsc` by its name. */
async function compile({ folder, stamp, sources }: Sdk): Promise<void> {
  const PATH = [path.join(root, "node_modules/.bin"), path.dirname(process.execPath), process.env.PATH];
  await run(process.execPath, ["scripts/postinstall.js"], {
    cwd: folder,
    env: { PATH: PATH.join(path.delimiter) },
  });
  await writeFile(stamp, sources);
}

/** A digest of the sources. */
async function sourcesOf(folder: string): Promise<string> {
  const files = await Array.fromAsync(
    glob("**/*.{ts,json}", { cwd: folder, exclude: (name) => name === "bin" || name === "node_modules" }),
  );
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(file).update(await readFile(path.join(folder, file)));
  return hash.digest("hex");
}
