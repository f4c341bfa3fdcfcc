/** The program with `firstRelease: pipeline`: nothing of it needs docker on this machine. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { contentHash } from "../../infra/commands/template.ts";
import type { StackConfig } from "../../infra/config/config.ts";
import { answers, canaries, configWith, facts } from "../support/program.ts";
import { only, promiseOf, type Registration, record } from "../support/recorder.ts";

vi.mock("../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../infra/preflight/preflight.ts", () => ({ preflight: async () => ({ ...facts, canRelease }) }));

const image = `registry.gitlab.com/ml/mlserver/runtime@sha256:${"1".repeat(64)}`;
const training = `registry.gitlab.com/ml/mlserver/training@sha256:${"2".repeat(64)}`;
const printed = { pipeline: "https://gitlab.com/p/1", runtimeImage: image, trainingImage: training };
let config: StackConfig;
let canRelease = true;

async function run(settings: Partial<StackConfig>) {
  config = configWith({ firstRelease: "pipeline", ...settings });
  vi.resetModules();
  return record<Record<string, unknown>>(
    () => import("../../infra/index.ts"),
    (type, name, inputs) =>
      name === "mlserver-pipeline"
        ? { stdout: JSON.stringify(printed), stderr: "" }
        : answers(type, name, inputs),
  );
}

let resources: Registration[];
let outputs: Record<string, unknown>;
const named = (name: string) => resources.find((one) => one.custom && one.name === name);
const environment = (name: string) => named(name)?.inputs.environment as Record<string, string>;

describe("with shared runners", () => {
  beforeEach(async () => {
    ({ resources, result: outputs } = await run({}));
  });

  it("has no docker resource or provider, and no release from this machine", () => {
    expect(resources.filter(({ type }) => /docker/.test(type))).toEqual([]);
    expect(resources.filter(({ inputs }) => /first-release/.test(String(inputs.create)))).toEqual([]);
  });

  it("has the pipeline release once variables and repository are ready, and sizes the dynos afterwards", () => {
    const release = named("mlserver-pipeline");
    expect(release?.inputs).toMatchObject({
      create: "node infra/commands/release-pipeline.ts create",
      update: "node infra/commands/release-pipeline.ts keep",
    });
    const component = resources.find(({ urn }) => urn === release?.parent);
    const before = component?.dependencies ?? [];
    const variables = resources.filter(
      ({ name, type }) => /^mlserver-/.test(name) && /ProjectVariable$/.test(type),
    );
    expect(variables.length).toBe(9);
    for (const { urn } of variables) expect(before).toContain(urn);
    expect(before).toContain(named("mlserver-seed")?.urn);
    const formation = only(resources, "heroku:formation/formation:Formation");
    expect(resources.find(({ urn }) => urn === formation.parent)?.dependencies).toContain(release?.urn);
  });

  it("runs it again for other sources, base image, platform, runtimes or app, and for nothing else", async () => {
    expect(named("mlserver-pipeline")?.inputs.triggers).toEqual([
      await contentHash("image/runtime"),
      "python:3.11-slim-bookworm",
      "linux/amd64",
      "sklearn",
      "yes",
      named("mlserver")?.urn && only(resources, "heroku:app/app:App") && expect.any(String),
    ]);
  });

  it("shows its progress, and keeps what it prints secret", () => {
    const release = named("mlserver-pipeline");
    expect(release?.inputs.logging).toBe("stderr");
    expect(release?.additionalSecretOutputs).toEqual(expect.arrayContaining(["stdout", "stderr"]));
    expect(release?.secrets).toContain("environment.GITLAB_TOKEN");
    expect(environment("mlserver-pipeline").GITLAB_TOKEN).toBe(canaries.gitlabToken);
  });

  it("gives the pipeline what it builds the image of", async () => {
    const values = Object.fromEntries(
      ["BASE_IMAGE", "IMAGE_PLATFORM", "MLSERVER_RUNTIMES", "BUILD_TRAINING", "RUNTIME_IMAGE"].map((key) => [
        key,
        named(`mlserver-${key}`)?.inputs.value,
      ]),
    );
    expect(values).toEqual({
      BASE_IMAGE: "python:3.11-slim-bookworm",
      IMAGE_PLATFORM: "linux/amd64",
      MLSERVER_RUNTIMES: "sklearn",
      BUILD_TRAINING: "yes",
      RUNTIME_IMAGE: undefined,
    });
    expect(environment("mlserver-seed")).toMatchObject({
      RUNTIME: "image/runtime",
      RUNTIME_HASH: await contentHash("image/runtime"),
    });
  });

  it("names the images that were built, which are no secrets", async () => {
    expect(await promiseOf(outputs.runtimeImage)).toBe(image);
    expect(await promiseOf(outputs.trainingImage)).toBe(training);
  });

  it("copies the training image of the pipeline to each model's registry", () => {
    expect(environment("mlserver-pipeline").TRAINING).toBe("yes");
    for (const model of ["iris-decision-tree", "product-classifier"]) {
      expect(environment(`${model}-training`).SOURCE_IMAGE).toBe(training);
    }
  });
});

describe("without a training image", () => {
  it("has the pipeline build none, and models without a registry or a variable of it", async () => {
    ({ resources, result: outputs } = await run({ trainingImage: "none" }));
    expect(environment("mlserver-pipeline").TRAINING).toBeUndefined();
    expect(named("mlserver-BUILD_TRAINING")).toBeUndefined();
    expect(resources.filter(({ name }) => /training/i.test(name))).toEqual([]);
    const model = resources.find((r) => r.type.endsWith(":Project") && r.name === "iris-decision-tree");
    expect(model?.inputs.containerRegistryAccessLevel).toBe("disabled");
    // Pulumi warns of an output that has no value.
    expect(outputs.trainingImage).toBe("none");
  });
});

describe("where no runner can take a pipeline yet", () => {
  it("releases nothing, and has all that a runner needs", async () => {
    canRelease = false;
    ({ resources, result: outputs } = await run({ runner: "project" }));
    expect(named("mlserver-seed")).toBeDefined();
    expect(named("mlserver-BASE_IMAGE")).toBeDefined();
    expect(named("mlserver-pipeline")).toBeUndefined();
    expect(named("mlserver-web")).toBeUndefined();
    expect(outputs.runtimeImage).toBeUndefined();
    expect(named("iris-decision-tree-training")).toBeUndefined();
    expect(outputs.runnerTokens).toHaveLength(3);
  });
});
