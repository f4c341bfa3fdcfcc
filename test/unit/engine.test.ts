/** Which docker engine the runtime image is built by, and how its failures are explained. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { engineOfContext } from "../../infra/commands/docker.ts";
import { buildFailureHelp } from "../../infra/components/build-failure.ts";
import { answers, configWith, facts } from "../support/program.ts";
import { only, record } from "../support/recorder.ts";

vi.mock("../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../lib/gitlab/client.ts", () => ({ imagePrefix: async () => "registry.gitlab.com/ml/mlserver" }));

const config = configWith();
const image = "docker:index/image:Image";
const provider = "pulumi:providers:docker";
let folder: string;

/** Puts a docker command first that knows one context. */
async function useContext(host: string): Promise<void> {
  const answer = `case "$1 $2" in "context inspect") echo '${host}' ;; esac`;
  await writeFile(join(folder, "docker"), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tag-to-endpoint-test-"));
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  vi.stubEnv("DOCKER_HOST", "");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.resetModules();
  await rm(folder, { recursive: true });
});

describe("the engine", () => {
  it("is the one that docker's context chooses", async () => {
    await useContext("unix:///home/someone/.docker/desktop/docker.sock");
    expect(await engineOfContext()).toBe("unix:///home/someone/.docker/desktop/docker.sock");
    const { resources } = await record(() => import("../../infra/index.ts"), answers);
    expect(only(resources, provider).inputs).toEqual({
      host: "unix:///home/someone/.docker/desktop/docker.sock",
    });
    expect(only(resources, image, "mlserver-runtime").provider).toMatch(/pulumi:providers:docker::docker::/);
  });

  it("is left to everybody's own default where the context is the usual one", async () => {
    await useContext("unix:///var/run/docker.sock");
    expect(await engineOfContext()).toBeUndefined();
    const { resources } = await record(() => import("../../infra/index.ts"), answers);
    expect(resources.filter(({ type }) => type === provider)).toEqual([]);
    expect(only(resources, image, "mlserver-runtime").provider).not.toContain("docker::docker");
  });

  it("is left to DOCKER_HOST, which is read by all", async () => {
    await useContext("unix:///other.sock");
    vi.stubEnv("DOCKER_HOST", "tcp://builder:2376");
    expect(await engineOfContext()).toBeUndefined();
  });

  it("is none where there is no docker", async () => {
    vi.stubEnv("PATH", folder);
    expect(await engineOfContext()).toBeUndefined();
  });
});

it("a build that fails is explained by the command that shows why", () => {
  const args = { BASE_IMAGE: "python:3.11-slim-bookworm", RUNTIMES: "sklearn lightgbm" };
  const help = buildFailureHelp({ context: "image/runtime", platform: "linux/amd64", args });
  expect(help.split("\n")).toEqual([
    "If a step of the image's build failed, its own lines say why. To see them:",
    '  docker build --platform linux/amd64 --build-arg BASE_IMAGE="python:3.11-slim-bookworm" --build-arg RUNTIMES="sklearn lightgbm" image/runtime',
    "`exec format error` in them means that this docker engine cannot run programs of that platform. To have it emulate them:",
    "  docker run --privileged --rm tonistiigi/binfmt --install all",
  ]);
});
