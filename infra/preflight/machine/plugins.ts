import { join } from "node:path";
import { isLoopback } from "../../../lib/http/loopback.ts";
import { installCommand, missingPlugins, neededPlugins, type Plugin } from "../../../lib/pulumi/plugins.ts";
import { type Check, ok, problem, type Verdict } from "../check.ts";
import { reasonOf, type Surroundings } from "../surroundings.ts";
import type { Machine } from "./machine.ts";

export const pluginChecks: ReadonlyArray<Check<Machine>> = [
  { name: "provider plugins", setting: "plugins", look: checkPlugins },
];

/** Services on this machine get the sandbox's plugins where there are no official ones; others need the official. */
async function checkPlugins({ config, world }: Machine): Promise<Verdict> {
  if ([config.gitlab.url, config.heroku.url].every((url) => isLoopback(new URL(url).hostname))) {
    return ok("any, for services on this machine");
  }
  const absent = await absentPlugins(world);
  if (absent.length === 0) return ok(`installed: ${neededPlugins().map(label).join(", ")}`);
  const found = await Promise.all(
    absent.map(async (plugin) => ({ plugin, reason: await whyUnobtainable(plugin, world) })),
  );
  const missing = found.filter(({ reason }) => reason !== undefined);
  if (missing.length === 0) return ok(`${absent.map(label).join(", ")}, which Pulumi downloads`);
  const told = missing.map(
    ({ plugin, reason }) => `${label(plugin)}, neither installed nor to be had: ${reason}`,
  );
  return problem({
    found: told.join("; "),
    allowed: "the official plugins, installed or to be downloaded",
    fix: `let this machine reach that address, then ${missing.map(({ plugin }) => installCommand(plugin)).join(" && ")}`,
  });
}

const label = ({ name, version }: Plugin) => `${name} ${version}`;

/** Those that are neither in Pulumi's home nor on PATH, where Pulumi looks first. */
async function absentPlugins(world: Surroundings): Promise<Plugin[]> {
  const missing = missingPlugins(world.env.PULUMI_HOME || join(world.home, ".pulumi"));
  if (world.env.PULUMI_IGNORE_AMBIENT_PLUGINS) return missing;
  const onPath = await Promise.all(missing.map(({ name }) => world.isOnPath(`pulumi-resource-${name}`)));
  return missing.filter((_, index) => !onPath[index]);
}

async function whyUnobtainable(plugin: Plugin, world: Surroundings): Promise<string | undefined> {
  const url = addressOf(plugin, world);
  try {
    const status = await world.statusOf(url);
    return status < 400 ? undefined : `${url} answers ${status}`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The archive for this machine: Pulumi's own, or a release on GitHub. */
function addressOf({ name, version, server }: Plugin, { platform, arch }: Surroundings): string {
  const system = platform === "win32" ? "windows" : platform;
  const archive = `pulumi-resource-${name}-v${version}-${system}-${arch === "x64" ? "amd64" : arch}.tar.gz`;
  const owner = /^github:\/\/api\.github\.com\/([^/]+)/.exec(server ?? "")?.[1];
  return owner === undefined
    ? `https://get.pulumi.com/releases/plugins/${archive}`
    : `https://github.com/${owner}/pulumi-${name}/releases/download/v${version}/${archive}`;
}
