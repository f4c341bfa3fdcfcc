import { createHash } from "node:crypto";
import { glob, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { root } from "./paths.ts";
import { command } from "./shell.ts";
import type { SetUpStep } from "./step.ts";

/** Compiles the generated sources of a local Pulumi SDK (`packages/sdks/<name>`) with its own install script. */
function sdk(name: "gitlab" | "heroku"): SetUpStep {
  const folder = path.join(root, "packages/sdks", name);
  const stamp = path.join(folder, "bin/.sources");
  return {
    title: `local SDK @pulumi/${name}`,
    expected: "5 s",
    isPresent: async () => (await readFile(stamp, "utf8").catch(() => "")) === (await sourcesHash(folder)),
    async make() {
      await command(process.execPath, ["scripts/postinstall.js"], { cwd: folder, env: withCompiler });
      await writeFile(stamp, await sourcesHash(folder));
      return "compiled";
    },
  };
}

/** The script starts `tsc` by its name. */
const withCompiler = {
  ...process.env,
  PATH: [path.join(root, "node_modules/.bin"), process.env.PATH].join(path.delimiter),
};

/** The local SDKs. */
export const sdks: readonly SetUpStep[] = [sdk("gitlab"), sdk("heroku")];

/** Compiles the local SDKs whose sources changed since they were compiled last; all that tests without set-up need. */
export async function compileSdks(): Promise<void> {
  for (const one of sdks) if (!(await one.isPresent())) await one.make(() => {});
}

async function sourcesHash(folder: string): Promise<string> {
  const files = await Array.fromAsync(
    glob("**/*.{ts,json}", { cwd: folder, exclude: (name) => name === "bin" || name === "node_modules" }),
  );
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(file).update(await readFile(path.join(folder, file)));
  return hash.digest("hex");
}
