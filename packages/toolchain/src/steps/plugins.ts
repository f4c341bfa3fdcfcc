import { access, mkdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { arePluginsCurrent, buildPlugins } from "@tag-to-endpoint/sandbox/plugins";
import { cache, pulumiBin, pulumiHome } from "./paths.ts";
import { tryCommand } from "./shell.ts";
import type { SetUpStep } from "./step.ts";

/** The provider plugins that the program's SDKs ask for, at the versions pinned in them. */
export const plugins = [
  { name: "gitlab", version: "10.1.1" },
  { name: "heroku", version: "1.0.4", server: "github://api.github.com/pulumiverse" },
  { name: "docker", version: "5.2.0" },
  { name: "command", version: "1.2.1" },
];
type Plugin = (typeof plugins)[number];

/** How long one plugin may take to download before stand-ins have to do, unless somebody asked for the download. */
const PATIENCE_SECONDS = 120;
const PATIENCE_WHEN_ASKED_SECONDS = 3600;

/** After that time set-up tries by itself to get the official plugins again. */
const AGAIN_AFTER_MS = 24 * 60 * 60_000;

export interface PluginPlaces {
  /** Pulumi's home, where official plugins are installed. */
  home: string;
  /** The Pulumi CLI. */
  pulumi: string;
  /**
   * Folder of the stand-ins, in `plugins`, and of a home of Pulumi's with them, in `pulumi`, which `npx pulumi` chooses
   * for stacks on this machine (operations/cli/local-plugins.ts).
   */
  cache: string;
}

const usual: PluginPlaces = { home: pulumiHome, pulumi: path.join(pulumiBin, "pulumi"), cache };

/**
 * Provider plugins for stacks in the sandbox: the official ones, installed or downloaded, or the sandbox's stand-ins
 * (which refuse any real account). Stand-ins do not stay for good: the download is tried again once a day, and whenever
 * somebody asks for it.
 *
 * @param isAsked whether somebody asked for the download
 */
export function providerPlugins(isAsked = false, places = usual, now = Date.now): SetUpStep {
  const standIns = standInsIn(places.cache);
  const attempt = path.join(places.cache, "plugins-tried-at");
  const isDue = async () => {
    const last = Number(await readFile(attempt, "utf8").catch(() => 0));
    return isAsked || now() - last >= AGAIN_AFTER_MS;
  };
  return {
    neededFor: "sandbox",
    title: "provider plugins (gitlab, heroku, docker, command)",
    expected: "a minute to download, 10 s to bundle the stand-ins",
    isPresent: async () =>
      (await missingIn(places.home)).length === 0 || (!(await isDue()) && (await standIns.areCurrent())),
    async make(progress) {
      const refused = (await isDue()) ? await download(places, isAsked, progress) : "";
      if (refused === undefined) return "official ones";
      if (refused !== "") {
        await mkdir(places.cache, { recursive: true });
        await writeFile(attempt, String(now()));
      }
      if (!(await standIns.areCurrent())) {
        progress("bundling the stand-ins");
        await standIns.bundle();
      }
      if (isAsked) throw new Error(`The official provider plugins are not to be had: ${refused}`);
      return `stand-ins, for stacks in the sandbox alone${refused && `, since ${refused}\n${AGAIN}`}`;
    },
  };
}

const AGAIN = "  The download is tried again in a day, and at once with: npm run setup -- --download-plugins";

/** Gets the official plugins that are missing. Gives back why that failed, if it did. */
async function download(
  { home, pulumi }: PluginPlaces,
  isAsked: boolean,
  progress: (line: string) => void,
): Promise<string | undefined> {
  const timeoutSeconds = isAsked ? PATIENCE_WHEN_ASKED_SECONDS : PATIENCE_SECONDS;
  for (const { name, version, server } of await missingIn(home)) {
    progress(`downloading ${name} ${version}`);
    const words = ["plugin", "install", "resource", name, version, ...(server ? ["--server", server] : [])];
    const env = { ...process.env, PULUMI_HOME: home };
    const { code, stderr } = await tryCommand(pulumi, words, { timeoutSeconds, env });
    if (code === 137) return `the download of ${name} ${version} took longer than ${timeoutSeconds} s`;
    if (code !== 0) return `${name} ${version} could not be downloaded: ${lastLine(stderr)}`;
  }
  return undefined;
}

function lastLine(text: string): string {
  const lines = text.trim().split("\n");
  // The reason stands before the line that counts the attempts.
  return (lines.findLast((line) => /downloading plugin: /.test(line)) ?? lines.at(-1) ?? "").trim();
}

/** A plugin has a folder of its name in Pulumi's home, and a `.partial` file beside it until all of it is there. */
async function missingIn(home: string): Promise<Plugin[]> {
  const missing = await Promise.all(
    plugins.map(async ({ name, version }) => {
      const folder = path.join(home, "plugins", `resource-${name}-v${version}`);
      return !(await exists(folder)) || (await exists(`${folder}.partial`));
    }),
  );
  return plugins.filter((_, index) => missing[index]);
}

/** The stand-ins, and the home of Pulumi's that has them as installed plugins. */
function standInsIn(folder: string) {
  const dir = path.join(folder, "plugins");
  const home = path.join(folder, "pulumi");
  const links = plugins.map(({ name, version }) => {
    const place = path.join(home, "plugins", `resource-${name}-v${version}`);
    const program = `pulumi-resource-${name}`;
    return { file: path.join(place, program), target: path.relative(place, path.join(dir, program)) };
  });
  return {
    async areCurrent(): Promise<boolean> {
      if (!(await arePluginsCurrent({ dir }))) return false;
      const targets = await Promise.all(links.map(({ file }) => readlink(file).catch(() => "")));
      return links.every(({ target }, index) => targets[index] === target);
    },
    async bundle(): Promise<void> {
      await buildPlugins({ dir });
      await rm(path.join(home, "plugins"), { recursive: true, force: true });
      for (const { file, target } of links) {
        await mkdir(path.dirname(file), { recursive: true });
        await symlink(target, file);
      }
    },
  };
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
