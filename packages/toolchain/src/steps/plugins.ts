import { access, mkdir, readlink, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { arePluginsCurrent, buildPlugins } from "@tag-to-endpoint/sandbox/plugins";
import { pulumiBin, standInHome, standInPlugins } from "./paths.ts";
import { tryCommand } from "./shell.ts";
import type { SetUpStep } from "./step.ts";

/** The provider plugins that the program's SDKs ask for, at the versions pinned in them. */
const plugins = [
  { name: "gitlab", version: "10.1.1" },
  { name: "heroku", version: "1.0.4", server: "github://api.github.com/pulumiverse" },
  { name: "docker", version: "5.2.0" },
  { name: "command", version: "1.2.1" },
];

/** How long one plugin may take to download before set-up takes the network for closed. */
const DOWNLOAD_SECONDS = 120;

async function missingOfficial(): Promise<typeof plugins> {
  const installed = await tryCommand(path.join(pulumiBin, "pulumi"), ["plugin", "ls", "--json"]);
  const list: Array<{ name: string; version: string }> =
    installed.code === 0 ? JSON.parse(installed.stdout) : [];
  return plugins.filter(
    (plugin) => !list.some((p) => p.name === plugin.name && p.version === plugin.version),
  );
}

/** Provider plugins: installed, downloaded, or the sandbox's stand-ins (which refuse any real account). */
export const providerPlugins: SetUpStep = {
  title: "provider plugins (gitlab, heroku, docker, command)",
  expected: "a minute to download, 10 s to bundle the stand-ins",
  isPresent: async () =>
    (await standInsExist())
      ? (await arePluginsCurrent({ dir: standInPlugins })) && (await areStandInsInstalled())
      : (await missingOfficial()).length === 0,
  async make(progress) {
    if (await standInsExist()) return bundleStandIns(progress);
    for (const { name, version, server } of await missingOfficial()) {
      progress(`downloading ${name} ${version}`);
      const words = ["plugin", "install", "resource", name, version, ...(server ? ["--server", server] : [])];
      const download = await tryCommand(path.join(pulumiBin, "pulumi"), words, {
        timeoutSeconds: DOWNLOAD_SECONDS,
      });
      if (download.code !== 0) return bundleStandIns(progress);
    }
    return "official";
  },
};

async function standInsExist(): Promise<boolean> {
  return access(standInPlugins).then(
    () => true,
    () => false,
  );
}

async function bundleStandIns(progress: (line: string) => void): Promise<string> {
  progress("bundling the stand-ins");
  await buildPlugins({ dir: standInPlugins });
  await rm(path.join(standInHome, "plugins"), { recursive: true, force: true });
  for (const { file, target } of links) {
    await mkdir(path.dirname(file), { recursive: true });
    await symlink(target, file);
  }
  return "stand-ins bundled";
}

/** Where Pulumi looks for installed plugins in its home, and what stands there. */
const links = plugins.map(({ name, version }) => {
  const folder = path.join(standInHome, "plugins", `resource-${name}-v${version}`);
  const program = `pulumi-resource-${name}`;
  return {
    file: path.join(folder, program),
    target: path.relative(folder, path.join(standInPlugins, program)),
  };
});

async function areStandInsInstalled(): Promise<boolean> {
  const targets = await Promise.all(links.map(({ file }) => readlink(file).catch(() => "")));
  return links.every(({ target }, index) => targets[index] === target);
}
