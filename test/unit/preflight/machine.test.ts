/** Each check of this machine, by what docker and other programs print. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { clockVerdict } from "../../../infra/preflight/machine/clock.ts";
import { neededPlugins } from "../../../lib/pulumi/plugins.ts";
import {
  describeCheck,
  failing,
  found,
  machineWith,
  notChecked,
  ok,
  type World,
  worldWith,
} from "../../support/preflight.ts";

const containerd = { Driver: "overlayfs", DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] };
const withoutBuildx = { ClientInfo: { Context: "default", Plugins: null } };
const arm = { Architecture: "aarch64" };
const noEngine: World = { machine: failing(/^docker info/, "Cannot connect to the Docker daemon") };

describeCheck("docker engine", [
  ["that answers", {}, ok("version 28.2.2")],
  [
    "that does not",
    noEngine,
    { outcome: "problem", setting: "docker", found: "Cannot connect to the Docker daemon" },
  ],
]);

const colima = { ClientInfo: { Context: "colima", Plugins: [{ Name: "buildx" }] } };
const at = (host: string) => ({ "docker context inspect colima": `${host}\n` });
describeCheck("docker context", [
  ["the default", {}, ok("default")],
  [
    "another",
    { machine: { engine: colima, printed: at("unix:///home/ana/.colima/default/docker.sock") } },
    ok("colima, at unix:///home/ana/.colima/default/docker.sock"),
  ],
  [
    "another, and DOCKER_HOST chooses",
    { machine: { engine: colima, env: { DOCKER_HOST: "unix:///x" } } },
    ok("chosen by DOCKER_HOST"),
  ],
  ["without an engine", noEngine, notChecked("no docker engine answers")],
]);

describeCheck("image store and buildx", [
  ["classic", {}, ok("overlay2, with buildx")],
  ["classic, without buildx", { machine: { engine: withoutBuildx } }, ok("overlay2, without buildx")],
  ["containerd", { machine: { engine: containerd } }, ok("containerd, with buildx")],
  [
    "containerd, without buildx",
    { machine: { engine: { ...containerd, ...withoutBuildx } } },
    {
      outcome: "problem",
      setting: "docker",
      found: "an engine that keeps images in containerd's store, and no buildx",
      fix: "install the plugin docker-buildx: https://github.com/docker/buildx#installing",
    },
  ],
  ["without an engine", noEngine, notChecked("no docker engine answers")],
]);

const builder = (platforms: string) => ({
  "docker buildx inspect": `Name: default\nStatus: running\nPlatforms: ${platforms}\n`,
});
const cannot = {
  outcome: "problem",
  setting: "mlops:imagePlatform",
  found: "linux/amd64, and a docker engine on linux/arm64 that does not emulate it",
  fix: "docker run --privileged --rm tonistiigi/binfmt --install amd64",
};
const emulated = ok("linux/amd64, emulated on linux/arm64, which is slow");
describeCheck("platform of the image", [
  ["the engine's own", {}, ok("linux/amd64")],
  [
    "another, that Docker Desktop emulates",
    { machine: { engine: { ...arm, OperatingSystem: "Docker Desktop" } } },
    emulated,
  ],
  [
    "another, that buildx lists",
    { machine: { engine: arm, printed: builder("linux/arm64, linux/amd64, linux/amd64/v2") } },
    emulated,
  ],
  [
    "another, that buildx does not list",
    { machine: { engine: arm, printed: builder("linux/arm64, linux/arm/v7") } },
    cannot,
  ],
  [
    "another, that the kernel emulates",
    {
      machine: {
        engine: { ...arm, ...withoutBuildx },
        read: async () => "enabled\ninterpreter /usr/bin/qemu",
      },
    },
    emulated,
  ],
  ["another, that the kernel does not know", { machine: { engine: { ...arm, ...withoutBuildx } } }, cannot],
  [
    "another, on an engine elsewhere",
    { machine: { engine: { ...arm, ...withoutBuildx }, env: { DOCKER_HOST: "tcp://far:2376" } } },
    notChecked("without buildx it does not show whether this linux/arm64 engine runs linux/amd64"),
  ],
]);

const dockerConfig = (config: object, programs: readonly string[] = []): World => ({
  machine: {
    read: async (path) => (path === "/home/ana/.docker/config.json" ? JSON.stringify(config) : undefined),
    isOnPath: async (program) => programs.includes(program),
  },
});
describeCheck("credential helpers", [
  ["without a configuration", {}, ok("none")],
  ["without any", dockerConfig({ auths: {} }), ok("none")],
  ["that are there", dockerConfig({ credsStore: "desktop" }, ["docker-credential-desktop"]), ok("desktop")],
  [
    "that is gone",
    dockerConfig({ credsStore: "desktop" }),
    {
      outcome: "problem",
      setting: "docker",
      found:
        'credsStore "desktop" in /home/ana/.docker/config.json, and no docker-credential-desktop on PATH',
      fix: "take this entry out of /home/ana/.docker/config.json, or install docker-credential-desktop",
    },
  ],
  [
    "of which one registry's is gone",
    dockerConfig({ credsStore: "pass", credHelpers: { "gcr.io": "gcloud" } }, ["docker-credential-pass"]),
    { outcome: "problem", found: expect.stringContaining('credHelpers of gcr.io "gcloud" in ') },
  ],
  [
    "in a folder of its own",
    {
      machine: {
        env: { DOCKER_CONFIG: "/etc/docker-config" },
        read: async (path) => (path === "/etc/docker-config/config.json" ? "{" : undefined),
      },
    },
    notChecked("/etc/docker-config/config.json is no JSON"),
  ],
]);

const real: World["config"] = { gitlab: { url: "https://gitlab.example.invalid/api/v4", token: "glpat-x" } };
const plugins = async (machine: World["machine"]) => {
  const { findings } = await worldWith({ config: real, machine: machine ?? {} });
  const row = (await findings()).find(({ check }) => check === "provider plugins");
  return row;
};
describe("provider plugins", () => {
  it("may be any for services on this machine", async () => {
    expect(await found("provider plugins", {})).toMatchObject([ok("any, for services on this machine")]);
  });

  it("are installed", async ({ onTestFinished }) => {
    const home = await mkdtemp(path.join(tmpdir(), "pulumi-home-"));
    onTestFinished(() => rm(home, { recursive: true }));
    for (const { name, version } of neededPlugins()) {
      await mkdir(path.join(home, `plugins/resource-${name}-v${version}`), { recursive: true });
    }
    const installed = ok("installed: gitlab 10.1.1, heroku 1.0.4, docker 5.2.0, command 1.2.1");
    expect(await plugins({ env: { PULUMI_HOME: home } })).toMatchObject(installed);
    const isOnPath = async (program: string) => program.startsWith("pulumi-resource-");
    expect(await plugins({ isOnPath })).toMatchObject(installed);
    expect(
      await plugins({ isOnPath, env: { PULUMI_IGNORE_AMBIENT_PLUGINS: "true" }, statusOf: async () => 404 }),
    ).toMatchObject({ outcome: "problem" });
  });

  it("can be downloaded, each from its own place", async () => {
    const asked: string[] = [];
    const statusOf = async (url: string) => {
      asked.push(url);
      return 200;
    };
    expect(await plugins({ statusOf, arch: "arm64", platform: "darwin" })).toMatchObject(
      ok("gitlab 10.1.1, heroku 1.0.4, docker 5.2.0, command 1.2.1, which Pulumi downloads"),
    );
    expect(asked.sort()).toEqual([
      "https://get.pulumi.com/releases/plugins/pulumi-resource-command-v1.2.1-darwin-arm64.tar.gz",
      "https://get.pulumi.com/releases/plugins/pulumi-resource-docker-v5.2.0-darwin-arm64.tar.gz",
      "https://get.pulumi.com/releases/plugins/pulumi-resource-gitlab-v10.1.1-darwin-arm64.tar.gz",
      "https://github.com/pulumiverse/pulumi-heroku/releases/download/v1.0.4/pulumi-resource-heroku-v1.0.4-darwin-arm64.tar.gz",
    ]);
  });

  it("cannot be had", async () => {
    const statusOf = async (url: string) => {
      if (url.includes("github.com")) throw new Error("https://github.com: connect ECONNREFUSED");
      return 200;
    };
    expect(await plugins({ statusOf })).toMatchObject({
      outcome: "problem",
      setting: "plugins",
      found: "heroku 1.0.4, neither installed nor to be had: https://github.com: connect ECONNREFUSED",
      fix: "let this machine reach that address, then npx pulumi plugin install resource heroku 1.0.4 --server github://api.github.com/pulumiverse",
    });
  });
});

describe("clock", () => {
  const minute = 60_000;
  it.each([
    [{ GitLab: 0, Heroku: -2000 }, ok("within 5 minutes of GitLab and Heroku")],
    [{ GitLab: undefined, Heroku: 0 }, ok("within 5 minutes of Heroku")],
    [
      { GitLab: 20 * minute, Heroku: 0 },
      { outcome: "warning", found: "20 minutes behind GitLab's clock" },
    ],
    [
      { GitLab: 0, Heroku: -180 * minute },
      { outcome: "warning", found: "3 hours ahead of Heroku's clock" },
    ],
    [
      { GitLab: 4 * 1440 * minute, Heroku: 0 },
      { outcome: "problem", found: "4 days behind GitLab's clock" },
    ],
    [{ GitLab: undefined, Heroku: undefined }, notChecked("no service told the time")],
  ])("%j", (skews, expected) => {
    expect(clockVerdict(skews)).toMatchObject(expected);
  });

  it("is compared with the answers' dates", async () => {
    const [row] = await found("clock", { machine: { now: () => Date.now() - 3 * 3_600_000 } });
    expect(row).toMatchObject({
      outcome: "warning",
      setting: "clock",
      found: "3 hours behind GitLab's clock",
      fix: "let the machine keep the time: sudo timedatectl set-ntp true",
    });
  });
});

it("one thing that is wrong with docker is one problem", async () => {
  const { findings } = await worldWith(noEngine);
  const problems = (await findings()).filter(({ outcome }) => outcome === "problem");
  expect(problems.map(({ check }) => check)).toEqual(["docker engine"]);
});

it("warnings are shown to who updates, and stop nothing", async () => {
  const shown: string[] = [];
  const { facts } = await worldWith({
    config: { dynoSize: "Eco" },
    machine: machineWith({ warn: (text) => shown.push(text) }),
  });
  await expect(facts()).resolves.toBeDefined();
  expect(shown).toEqual([
    "mlops:dynoSize: subscription to the dyno size\n" +
      "  found:   Eco; Heroku's API does not tell whether the account has subscribed to Eco dynos\n" +
      "  allowed: a subscription to Eco dynos, or a size that needs none\n" +
      "  fix:     subscribe: https://dashboard.heroku.com/account/billing, or pulumi config set mlops:dynoSize Basic",
  ]);
});
