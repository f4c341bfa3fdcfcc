/** `firstRelease: pipeline`, on a machine without docker: the real pipeline builds the runtime image and releases it. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import {
  approve,
  ask,
  followPipeline,
  gitlab,
  modelProject,
  projectPath,
  pulumi,
  release,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathWithout } from "../support/path.ts";

let stack: ThrowawayStack;
let outputs: StackOutputs;
let withoutDocker: string;
const docker = new Docker();
/** Another name of the base image, for a change of it. */
const otherBase = `tag-to-endpoint.test/base-${randomBytes(4).toString("hex")}:other`;

const run = (...args: string[]) => pulumi(stack.environment, "pulumi", args);
const setosa = "0 (setosa)";
const starter = { model: "iris-dtc", version: "1.0" };
const asked = async (version = starter) => ask(stack.environment, outputs, version);
/** Brings the stack up, on a machine without docker unless it says otherwise, and returns what was shown. */
async function up(...args: string[]): Promise<string> {
  const shown = await run("up", "--yes", "--skip-preview", ...args);
  outputs = await stackOutputs(stack.environment);
  return shown;
}

/** The log of the build job of the server's newest pipeline. */
async function buildLog(): Promise<string> {
  const api = gitlab(stack.environment);
  const server = projectPath(outputs.serverProjectUrl);
  const [newest] = await api.Pipelines.all(server, { maxPages: 1 });
  const { trace } = await followPipeline(stack.environment, {
    project: server,
    ref: "main",
    sha: String(newest?.sha),
  });
  return trace;
}

beforeAll(async () => {
  stack = await throwawayStack();
  withoutDocker = pathWithout(path.join(stack.environment.workFolder, "bin"), "docker");
  stack.environment.env.PATH = withoutDocker;
  await run("config", "set", "mlops:firstRelease", "pipeline");
  await run("config", "set", "--path", "mlops:models[0].name", "iris-decision-tree");
}, 300_000);

afterAll(async () => {
  await stack?.remove();
  await docker
    .getImage(otherBase)
    .remove()
    .catch(() => undefined);
}, 120_000);

describe("a stack without docker on its machine", () => {
  it("comes up, shows its pipeline at work, and the starter model answers", async () => {
    await expect(
      stack.environment.log.run("docker", "docker", ["version"], {
        cwd: stack.environment.root,
        env: { PATH: withoutDocker },
      }),
    ).rejects.toThrow();
    const shown = await up();
    for (const line of ["build_runtime: running", "build_runtime: success", "deploy_heroku: success"]) {
      expect(shown).toContain(line);
    }
    expect(shown).not.toMatch(/glpat-|HRKU-/);
    expect(outputs.runtimeImage).toMatch(/\/mlserver\/runtime@sha256:[0-9a-f]{64}$/);
    expect(await asked()).toBe(setosa);
    expect(await buildLog()).toContain("is not in the registry yet. Building it on ");
  });

  it("has nothing left to do, and no docker in its state", async () => {
    await run("preview", "--expect-no-changes");
    const state = await run("stack", "export");
    expect(state).toContain("release-pipeline");
    expect(state).not.toContain("docker:index/image:Image");
    expect(state).not.toContain("pulumi:providers:docker");
  });

  it("takes a model's tag to an answer, without building the runtime again", async () => {
    const project = modelProject(outputs, "iris-decision-tree");
    const { deploy } = await release(stack.environment, project, "v1.0.0", () => {});
    expect(deploy.trace).toContain(`The runtime image is ${outputs.runtimeImage}.`);
    expect(deploy.trace).not.toContain("Building it on ");
    expect(await asked({ model: project.name, version: "v1.0.0" })).toBe(setosa);
    expect(await asked()).toBe(setosa);
  });

  it("has the pipeline build another image for another base, and releases it with the models", async () => {
    const [repo = "", tag = ""] = otherBase.split(":");
    const base = stack.environment.env.MLOPS_BASE_IMAGE ?? "python:3.11-slim-bookworm";
    await docker.getImage(base).tag({ repo, tag });
    await run("config", "set", "mlops:baseImage", otherBase);
    const changes = await run("preview");
    expect(changes).toMatch(/mlserver-BASE_IMAGE\s+update/);
    expect(changes).toMatch(/mlserver-pipeline\s+replace/);
    // Whoever publishes the base decides what runs.
    await approve(stack.environment);
    await up();
    expect(await buildLog()).toContain(`Building it on ${otherBase}`);
    expect(await asked()).toBe(setosa);
    expect(await asked({ model: "iris-decision-tree", version: "v1.0.0" })).toBe(setosa);
  });

  it("can be switched to this machine's docker and back, and answers all the time", async () => {
    delete stack.environment.env.PATH;
    await run("config", "set", "mlops:firstRelease", "local");
    // Other programs of the stack run, and images come by another way.
    await approve(stack.environment);
    await up();
    await run("preview", "--expect-no-changes");
    expect(await asked()).toBe(setosa);
    expect(await asked({ model: "iris-decision-tree", version: "v1.0.0" })).toBe(setosa);

    stack.environment.env.PATH = withoutDocker;
    await run("config", "set", "mlops:firstRelease", "pipeline");
    await approve(stack.environment);
    await up();
    await run("preview", "--expect-no-changes");
    expect(await buildLog()).toContain(`The runtime image is ${outputs.runtimeImage}.`);
    expect(await asked()).toBe(setosa);
    expect(await asked({ model: "iris-decision-tree", version: "v1.0.0" })).toBe(setosa);
  });
});
