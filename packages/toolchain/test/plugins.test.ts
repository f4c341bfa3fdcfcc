/** Which provider plugins set-up gets for the sandbox, and when it tries again; in front of a CLI that pretends. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type PluginPlaces, plugins, providerPlugins } from "../src/steps/plugins.ts";

const HOUR = 60 * 60_000;
const none = () => {};

let folder: string;
let places: PluginPlaces;
/** What the CLI was asked for. */
const asked = () => {
  const file = path.join(folder, "asked");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
};

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint plugins-"));
  places = {
    home: path.join(folder, "home"),
    pulumi: path.join(folder, "cli"),
    cache: path.join(folder, "cache"),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A CLI that installs all plugins but those, of which it says that they are rate limited. */
function cli(...refused: string[]): void {
  const script = [
    "#!/bin/sh",
    `echo "$*" >> '${folder}/asked'`,
    ...refused.map(
      (name) =>
        `[ "$4" = ${name} ] && echo "error downloading plugin: 403 rate limit exceeded" >&2 && exit 1`,
    ),
    `mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$5"`,
  ];
  writeFileSync(places.pulumi, `${script.join("\n")}\n`);
  chmodSync(places.pulumi, 0o755);
}

it("the official plugins are downloaded, and then there", async () => {
  cli();
  expect(await providerPlugins(false, places).isPresent()).toBe(false);
  expect(await providerPlugins(false, places).make(none)).toBe("official ones");
  expect(asked()).toEqual([
    "plugin install resource gitlab 10.1.1",
    "plugin install resource heroku 1.0.4 --server github://api.github.com/pulumiverse",
    "plugin install resource docker 5.2.0",
    "plugin install resource command 1.2.1",
  ]);
  expect(await providerPlugins(false, places).isPresent()).toBe(true);
});

it("stand-ins are there for a day, and then the download is tried again", async () => {
  cli("heroku");
  const at = (hours: number) => providerPlugins(false, places, () => 1e12 + hours * HOUR);
  expect(await at(0).make(none)).toMatch(
    /^stand-ins, .*, since heroku 1\.0\.4 could not be downloaded: .*403 rate limit exceeded\n.*npm run setup -- --download-plugins$/,
  );
  for (const { name, version } of plugins)
    expect(
      existsSync(
        path.join(places.cache, `pulumi/plugins/resource-${name}-v${version}/pulumi-resource-${name}`),
      ),
    ).toBe(true);
  expect(await at(23).isPresent()).toBe(true);
  expect(await at(24).isPresent()).toBe(false);
  cli();
  expect(await at(24).make(none)).toBe("official ones");
  // What was there already is not asked for again.
  expect(asked().map((line) => line.split(" ")[3])).toEqual([
    "gitlab",
    "heroku",
    "heroku",
    "docker",
    "command",
  ]);
  expect(await at(25).isPresent()).toBe(true);
});

it("stand-ins that the sources have left behind are bundled without another download", async () => {
  cli("gitlab");
  const at = (hours: number) => providerPlugins(false, places, () => 1e12 + hours * HOUR);
  await at(0).make(none);
  writeFileSync(path.join(places.cache, "plugins/sources.sha256"), "others");
  expect(await at(1).isPresent()).toBe(false);
  expect(await at(1).make(none)).toBe("stand-ins, for stacks in the sandbox alone");
  expect(asked()).toHaveLength(1);
});

it("whoever asks for the download gets it at once, or an error", async () => {
  cli("command");
  const isAsked = true;
  await providerPlugins(false, places).make(none);
  expect(await providerPlugins(isAsked, places).isPresent()).toBe(false);
  await expect(providerPlugins(isAsked, places).make(none)).rejects.toThrow(
    /^The official provider plugins are not to be had: command 1\.2\.1 could not be downloaded: .*403/,
  );
  cli();
  expect(await providerPlugins(isAsked, places).make(none)).toBe("official ones");
});

it("a folder that a download left half is no plugin", async () => {
  cli();
  await providerPlugins(false, places).make(none);
  mkdirSync(path.join(places.home, "plugins/resource-docker-v5.2.0.partial"));
  expect(await providerPlugins(false, places).isPresent()).toBe(false);
});
