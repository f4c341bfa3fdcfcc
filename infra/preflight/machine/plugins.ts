import { isIPv4 } from "node:net";
import { join } from "node:path";
import command from "@pulumi/command/package.json" with { type: "json" };
import docker from "@pulumi/docker/package.json" with { type: "json" };
import gitlab from "@pulumi/gitlab/package.json" with { type: "json" };
import heroku from "@pulumi/heroku/package.json" with { type: "json" };
import { type Check, ok, problem, type Verdict } from "../check.ts";
import { reasonOf, type Surroundings } from "../surroundings.ts";
import type { Machine } from "./machine.ts";

export const pluginChecks: ReadonlyArray<Check<Machine>> = [
  { name: "provider plugins", setting: "plugins", look: checkPlugins },
];

/** What an SDK says of its plugin. */
interface Plugin {
  readonly name: string;
  readonly version: string;
  /** Where it is downloaded from, unless from Pulumi. */
  readonly server?: string;
}

const plugins: readonly Plugin[] = [gitlab.pulumi, heroku.pulumi, docker.pulumi, command.pulumi];

/** Services on this machine get the sandbox's plugins where there are no official ones; others need the official. */
async function checkPlugins({ config, world }: Machine): Promise<Verdict> {
  if ([config.gitlab.url, config.heroku.url].every(isLoopback)) {
    return ok("any, for services on this machine");
  }
  const found = await Promise.all(plugins.map((plugin) => lookFor(plugin, world)));
  const missing = found.filter((one) => one.state === "missing");
  if (missing.length === 0) {
    const absent = found.filter((one) => one.state === "obtainable");
    return ok(
      absent.length === 0
        ? "installed"
        : `${absent.map(({ label }) => label).join(", ")}, which Pulumi downloads`,
    );
  }
  return problem({
    found: missing
      .map(({ label, reason }) => `${label}, neither installed nor to be had: ${reason}`)
      .join("; "),
    allowed: "the official plugins, installed or to be downloaded",
    fix: `let this machine reach that address, or on one that does: ${missing.map(({ install }) => install).join("; ")}`,
  });
}

/** 127.0.0.0/8, ::1, localhost and *.localhost (RFC 6761). */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return (
    (isIPv4(hostname) && hostname.startsWith("127.")) ||
    hostname === "[::1]" ||
    /(^|\.)localhost\.?$/.test(hostname)
  );
}

interface Found {
  readonly label: string;
  readonly install: string;
  readonly state: "installed" | "obtainable" | "missing";
  readonly reason?: string;
}

async function lookFor(plugin: Plugin, world: Surroundings): Promise<Found> {
  const { name, version, server } = plugin;
  const label = `${name} ${version}`;
  const install = [
    "pulumi plugin install resource",
    name,
    version,
    ...(server ? ["--server", server] : []),
  ].join(" ");
  if (await isInstalled(plugin, world)) return { label, install, state: "installed" };
  const url = addressOf(plugin, world);
  try {
    const status = await world.statusOf(url);
    if (status < 400) return { label, install, state: "obtainable" };
    return { label, install, state: "missing", reason: `${url} answers ${status}` };
  } catch (error) {
    return { label, install, state: "missing", reason: reasonOf(error) };
  }
}

/** In Pulumi's home, or on PATH, where Pulumi looks first. https://www.pulumi.com/docs/iac/concepts/plugins/ */
async function isInstalled({ name, version }: Plugin, world: Surroundings): Promise<boolean> {
  const program = `pulumi-resource-${name}`;
  if (!world.env.PULUMI_IGNORE_AMBIENT_PLUGINS && (await world.isOnPath(program))) return true;
  const home = world.env.PULUMI_HOME || join(world.home, ".pulumi");
  const folder = join(home, "plugins", `resource-${name}-v${version}`);
  const suffix = world.platform === "win32" ? ".exe" : "";
  return (await world.read(join(folder, `${program}${suffix}`))) !== undefined;
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
