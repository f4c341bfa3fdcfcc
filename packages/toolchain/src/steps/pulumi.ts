import { access, chmod, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { pulumiBin, pulumiVersion, root } from "./paths.ts";
import { command, isOnPath, tryCommand } from "./shell.ts";
import type { SetUpStep } from "./step.ts";

const cliModule = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const languageHost = path.join(pulumiBin, "pulumi-language-nodejs");

/** Whether an executable file is there. */
async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The Pulumi CLI: already there, downloaded by `npx pulumi`, or built from its Go module. */
export const pulumiCli: SetUpStep = {
  neededFor: "stack",
  title: `Pulumi CLI ${pulumiVersion}`,
  expected: "under a minute to download, about 5 minutes to build",
  isPresent: () => isExecutable(path.join(pulumiBin, "pulumi")),
  async make(progress) {
    progress("downloading");
    const launcher = path.join(root, "node_modules/.bin/pulumi");
    const download = await tryCommand(process.execPath, [launcher, "version"], { timeoutSeconds: 300 });
    if (download.code === 0) return "downloaded";

    progress("no download possible, building from the Go module");
    if (!(await isOnPath("go"))) {
      throw new Error(
        `The Pulumi CLI ${pulumiVersion} can be neither downloaded nor built here.\n` +
          `${download.stderr.trim()}\n` +
          "To build it needs Go 1.25 or later on PATH, found none.\n" +
          "Fix one of the two and run the command again.",
      );
    }
    await mkdir(pulumiBin, { recursive: true });
    const version = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`;
    await command(
      "go",
      [
        "build",
        "-trimpath",
        "-ldflags",
        `-s -w -X ${version}`,
        "-o",
        path.join(pulumiBin, "pulumi"),
        cliModule,
      ],
      { cwd: path.join(root, "packages/toolchain/cli"), onLine: progress },
    );
    return "built from its Go module";
  },
};

/** The Node.js language host: beside a downloaded CLI it is the official one, beside a built CLI it is ours. */
export const pulumiLanguageHost: SetUpStep = {
  neededFor: "stack",
  title: "Pulumi language host for Node.js",
  expected: "a second",
  async isPresent() {
    if (!(await isExecutable(languageHost))) return false;
    const ours = (await readFile(languageHost, "utf8")).startsWith(standInHeader);
    return !ours || (await bundledHost()) === (await readFile(languageHost, "utf8"));
  },
  async make() {
    await writeFile(languageHost, await bundledHost());
    await chmod(languageHost, 0o755);
    return "stand-in bundled";
  },
};

const standInHeader = "#!/usr/bin/env node\n// tag-to-endpoint stand-in language host\n";

async function bundledHost(): Promise<string> {
  const result = await build({
    entryPoints: [path.join(root, "packages/toolchain/src/language-host/main.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    banner: { js: standInHeader },
    write: false,
    logLevel: "silent",
  });
  return result.outputFiles[0]?.text ?? "";
}
