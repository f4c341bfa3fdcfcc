/**
 * Bundles the stand-in plugins into executables named as the engine looks for them on PATH:
 * `node packages/sandbox/src/plugins/build.ts [folder] [node]`. Nothing is done when the sources did not change since.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../../..");

/** The packages that have a stand-in. */
export const PLUGINS = ["command", "docker", "gitlab", "heroku"] as const;
export type PluginName = (typeof PLUGINS)[number];

/** Where the executables are put unless told otherwise. */
export const defaultPluginDir = join(root, ".cache", "plugins");

export interface BuildOptions {
  /** The folder for the executables (default `.cache/plugins` of the repository). */
  dir?: string;
  /** The Node binary that runs them (default: the one that runs this). */
  node?: string;
}

export interface Built {
  dir: string;
  /** False when the folder was up to date. */
  rebuilt: boolean;
}

/** Whether the folder has the plugins of the present sources. */
export async function arePluginsCurrent(options: BuildOptions = {}): Promise<boolean> {
  const stamp = join(resolve(options.dir ?? defaultPluginDir), "sources.sha256");
  const built = await readFile(stamp, "utf8").catch(() => "");
  return built === (await sourcesDigest(options.node ?? process.execPath));
}

/** Builds what is out of date and gives the folder to put on PATH. */
export async function buildPlugins(options: BuildOptions = {}): Promise<Built> {
  const dir = resolve(options.dir ?? defaultPluginDir);
  const node = options.node ?? process.execPath;
  const stamp = join(dir, "sources.sha256");
  if (await arePluginsCurrent({ dir, node })) return { dir, rebuilt: false };
  await rm(stamp, { force: true });
  await mkdir(dir, { recursive: true });
  for (const name of PLUGINS) {
    await bundle(name, dir, node);
  }
  await writeFile(stamp, await sourcesDigest(node));
  return { dir, rebuilt: true };
}

/**
 * One executable: a small shell script that starts Node on the bundle. Node is named by its path, since the
 * Node that is first on PATH may be too old; its compile cache makes the second start quick.
 */
async function bundle(name: PluginName, dir: string, node: string): Promise<void> {
  const library = join(dir, "lib");
  await mkdir(library, { recursive: true });
  const file = join(library, `${name}.mjs`);
  await build({
    entryPoints: [join(here, name, "main.ts")],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minifySyntax: true,
    legalComments: "none",
    // CommonJS packages in an ES module bundle ask for `require`.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    outfile: `${file}.new`,
    logLevel: "error",
  });
  await rename(`${file}.new`, file);

  const start = join(library, `start-${name}.mjs`);
  await writeFile(
    start,
    [
      'import { enableCompileCache, flushCompileCache } from "node:module";',
      `enableCompileCache(${JSON.stringify(join(dir, "compile-cache"))});`,
      `await import("./${name}.mjs");`,
      "flushCompileCache();", // the engine kills its plugins, so nothing is written at their end
      "",
    ].join("\n"),
  );
  const executable = join(dir, `pulumi-resource-${name}`);
  const script = [
    "#!/bin/sh",
    "# Stand-in plugin of the sandbox; made by packages/sandbox/src/plugins/build.ts.",
    `exec ${quote(node)} ${quote(start)} "$@"`,
    "",
  ];
  await writeFile(`${executable}.new`, script.join("\n"));
  await chmod(`${executable}.new`, 0o755);
  await rename(`${executable}.new`, executable);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Changes with the sources, the locked packages and the Node binary. */
async function sourcesDigest(node: string): Promise<string> {
  const hash = createHash("sha256").update(node).update(process.version);
  const entries = await readdir(here, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of [...files.sort(), join(root, "package-lock.json")]) {
    hash
      .update(relative(root, file))
      .update("\0")
      .update(await readFile(file))
      .update("\0");
  }
  return hash.digest("hex");
}

if (import.meta.main) {
  const [dir, node] = process.argv.slice(2);
  const started = performance.now();
  const built = await buildPlugins({ ...(dir ? { dir } : {}), ...(node ? { node } : {}) });
  const took = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    built.rebuilt ? `plugins built in ${took} s: ${built.dir}` : `plugins up to date: ${built.dir}`,
  );
}
