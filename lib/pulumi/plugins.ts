/** The provider plugins that the stack runs with, and which of them Pulumi has installed. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";
import { pulumiHome } from "./cli.ts";

/** A plugin as the SDK that uses it asks for it. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
  /** Where it is downloaded from, where that is not Pulumi's own place. */
  readonly server?: string;
}

/** Packages of the SDKs, in the order in which people think of them. */
const packages = ["@pulumi/gitlab", "@pulumi/heroku", "@pulumi/docker", "@pulumi/command"];

const manifest = z.object({
  version: z.string(),
  pulumi: z.object({ name: z.string(), version: z.string().optional(), server: z.string().optional() }),
});

/** The plugins that the program needs, at the versions of its SDKs. */
export function neededPlugins(): Plugin[] {
  const { resolve } = createRequire(import.meta.url);
  return packages.map((name) => {
    const { version, pulumi } = manifest.parse(
      JSON.parse(readFileSync(resolve(`${name}/package.json`), "utf8")),
    );
    return {
      name: pulumi.name,
      version: (pulumi.version ?? version).replace(/^v/, ""),
      ...(pulumi.server && { server: pulumi.server }),
    };
  });
}

/**
 * The plugins that are not in Pulumi's home. Pulumi downloads them at the first preview of a stack.
 * @param home Pulumi's home (default: that of this process's environment)
 */
export function missingPlugins(home = pulumiHome()): Plugin[] {
  return neededPlugins().filter((plugin) => !isInstalled(home, plugin));
}

/** The command that gets a plugin. */
export function installCommand({ name, version, server }: Plugin): string {
  return `npx pulumi plugin install resource ${name} ${version}${server ? ` --server ${server}` : ""}`;
}

/**
 * Pulumi keeps a plugin in a folder of its name, with a `.partial` file beside it until all of it is there.
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/workspace/plugins.go
 */
function isInstalled(home: string, { name, version }: Plugin): boolean {
  const folder = path.join(home, "plugins", `resource-${name}-v${version}`);
  return existsSync(folder) && !existsSync(`${folder}.partial`);
}
