/** What of Pulumi is on a machine: the CLI, its download, the provider plugins. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pulumiVersion } from "@tag-to-endpoint/toolchain";
import { plugins } from "@tag-to-endpoint/toolchain/plugins";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runToEnd } from "../../../lib/process/run.ts";
import { cliFile, cliVersion } from "../../../lib/pulumi/cli.ts";
import { installCommand, missingPlugins, neededPlugins } from "../../../lib/pulumi/plugins.ts";
import { root } from "../../../lib/repository.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-home-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const never = () => Promise.reject(new Error("downloaded"));

describe("the CLI", () => {
  const place = (folder: string) => path.join(folder, "bin/pulumi");
  async function put(_: string, folder: string): Promise<void> {
    mkdirSync(path.dirname(place(folder)), { recursive: true });
    writeFileSync(place(folder), "");
    chmodSync(place(folder), 0o755);
  }

  it("is of the version that set-up builds", () => {
    expect(cliVersion).toBe(pulumiVersion);
  });

  it("is downloaded once, into Pulumi's home", async () => {
    const file = path.join(home, "versions", cliVersion, "bin/pulumi");
    expect(await cliFile({ PULUMI_HOME: home }, put)).toBe(file);
    expect(await cliFile({ PULUMI_HOME: home }, never)).toBe(file);
  });

  it("that is downloaded by the way leaves standard output to the command", async () => {
    // Pulumi's installer talks on standard output, which commands read as JSON.
    const installer = `
      echo "=== Installing Pulumi ==="
      while [ "$1" != --install-root ]; do shift; done
      mkdir -p "$2/bin"
      printf '#!/bin/sh\\necho "v${cliVersion}"\\n' > "$2/bin/pulumi"
      chmod +x "$2/bin/pulumi"
      echo "=== Pulumi is now installed! ==="`;
    const preload = path.join(home, "fetch.mjs");
    writeFileSync(preload, `globalThis.fetch = async () => new Response(${JSON.stringify(installer)});`);
    const { code, stdout, stderr } = await runToEnd(
      process.execPath,
      ["--import", preload, path.join(root, "operations/cli/pulumi.mjs"), "version"],
      { env: { PULUMI_HOME: home } },
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `v${cliVersion}\n` });
    expect(stderr).toBe(`Downloading the Pulumi CLI ${cliVersion} to ${home}/versions/${cliVersion} ...\n`);
  });

  it("that cannot be downloaded is an error that says what the download takes", async () => {
    const download = () =>
      Promise.reject(new Error("Failed to download https://get.pulumi.com/install.sh: 503"));
    await expect(cliFile({ PULUMI_HOME: home }, download)).rejects.toThrow(
      /^The Pulumi CLI [\d.]+ is not on this machine and cannot be downloaded:\n {2}Failed to download .*: 503\n.*CA certificates/s,
    );
  });

  it("that a download leaves out is an error, too", async () => {
    await expect(cliFile({ PULUMI_HOME: home }, async () => {})).rejects.toThrow(
      /ended without .*bin\/pulumi/,
    );
  });
});

describe("provider plugins", () => {
  const install = (name: string, version: string) =>
    mkdirSync(path.join(home, `plugins/resource-${name}-v${version}`), { recursive: true });

  it("are those that set-up gets", () => {
    expect(neededPlugins()).toEqual(plugins);
  });

  it("are missing until Pulumi has all of each", () => {
    for (const { name, version } of neededPlugins()) install(name, version);
    expect(missingPlugins(home)).toEqual([]);
    writeFileSync(path.join(home, "plugins/resource-heroku-v1.0.4.partial"), "");
    rmSync(path.join(home, "plugins/resource-docker-v5.2.0"), { recursive: true });
    install("docker", "5.1.0");
    expect(missingPlugins(home).map(installCommand)).toEqual([
      "npx pulumi plugin install resource heroku 1.0.4 --server github://api.github.com/pulumiverse",
      "npx pulumi plugin install resource docker 5.2.0",
    ]);
  });
});
