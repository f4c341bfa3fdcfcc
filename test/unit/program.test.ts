/** The whole program under mocks: what it registers, how secret, in which order. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { answers, canaries, configWith, facts } from "../support/program.ts";
import { idOf, only, promiseOf, type Registration, record } from "../support/recorder.ts";

vi.mock("../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../lib/gitlab/client.ts", () => ({
  imagePrefix: async (_: unknown, id: string) => `registry.gitlab.com/ml/project-${id}`,
}));

const config = configWith();
let resources: Registration[];
let outputs: Record<string, unknown>;

beforeAll(async () => {
  const run = await record(() => import("../../infra/index.ts"), answers);
  resources = run.resources;
  outputs = run.result;
});

/** All that must exist before a resource: what it and its parents depend on, directly or not. */
function needs(resource: Registration | undefined, seen = new Set<string>()): Set<string> {
  for (const urn of resource ? [...resource.dependencies, resource.parent] : []) {
    if (!urn || seen.has(urn)) continue;
    seen.add(urn);
    needs(
      resources.find((r) => r.urn === urn),
      seen,
    );
  }
  return seen;
}

const ofType = (type: string) => resources.filter((resource) => resource.type === type);

describe("the program registers", () => {
  it("exactly these resources", () => {
    expect(
      resources
        .filter((r) => r.custom && !r.type.startsWith("pulumi:"))
        .map((r) => `${r.type} ${r.name}`)
        .sort(),
    ).toMatchInlineSnapshot(`
      [
        "command:local:Command iris-decision-tree-seed",
        "command:local:Command iris-decision-tree-training",
        "command:local:Command mlserver-deploy",
        "command:local:Command mlserver-release",
        "command:local:Command mlserver-seed",
        "command:local:Command product-classifier-seed",
        "command:local:Command product-classifier-training",
        "docker:index/image:Image mlserver-runtime",
        "docker:index/image:Image mlserver-training",
        "gitlab:index/branchProtection:BranchProtection iris-decision-tree-branch-main",
        "gitlab:index/branchProtection:BranchProtection mlserver-branch-main",
        "gitlab:index/branchProtection:BranchProtection product-classifier-branch-main",
        "gitlab:index/project:Project iris-decision-tree",
        "gitlab:index/project:Project mlserver",
        "gitlab:index/project:Project product-classifier",
        "gitlab:index/projectAccessToken:ProjectAccessToken iris-decision-tree-access",
        "gitlab:index/projectAccessToken:ProjectAccessToken product-classifier-access",
        "gitlab:index/projectVariable:ProjectVariable iris-decision-tree-GIT_USER_EMAIL",
        "gitlab:index/projectVariable:ProjectVariable iris-decision-tree-GIT_USER_NAME",
        "gitlab:index/projectVariable:ProjectVariable iris-decision-tree-MLSERVER_REPO",
        "gitlab:index/projectVariable:ProjectVariable iris-decision-tree-TRAINING_IMAGE",
        "gitlab:index/projectVariable:ProjectVariable mlserver-DEPLOY_ON",
        "gitlab:index/projectVariable:ProjectVariable mlserver-HEROKU_API_KEY",
        "gitlab:index/projectVariable:ProjectVariable mlserver-HEROKU_API_URL",
        "gitlab:index/projectVariable:ProjectVariable mlserver-HEROKU_APP",
        "gitlab:index/projectVariable:ProjectVariable mlserver-HEROKU_REGISTRY",
        "gitlab:index/projectVariable:ProjectVariable mlserver-RUNTIME_IMAGE",
        "gitlab:index/projectVariable:ProjectVariable product-classifier-GIT_USER_EMAIL",
        "gitlab:index/projectVariable:ProjectVariable product-classifier-GIT_USER_NAME",
        "gitlab:index/projectVariable:ProjectVariable product-classifier-MLSERVER_REPO",
        "gitlab:index/projectVariable:ProjectVariable product-classifier-TRAINING_IMAGE",
        "gitlab:index/tagProtection:TagProtection iris-decision-tree-tag-v*",
        "gitlab:index/tagProtection:TagProtection iris-decision-tree-tag-v**",
        "gitlab:index/tagProtection:TagProtection mlserver-tag-v*",
        "gitlab:index/tagProtection:TagProtection mlserver-tag-v**",
        "gitlab:index/tagProtection:TagProtection product-classifier-tag-v*",
        "gitlab:index/tagProtection:TagProtection product-classifier-tag-v**",
        "heroku:app/app:App mlserver",
        "heroku:formation/formation:Formation mlserver-web",
      ]
    `);
  });

  it("components with the types that names in state are made of", () => {
    expect(
      new Set(resources.filter((r) => r.type.startsWith("mlops:")).map((r) => r.type.split(":")[2])),
    ).toEqual(
      new Set([
        "ModelServer",
        "ModelProject",
        "GitLabProject",
        "RefProtection",
        "HerokuAuthorization",
        "HerokuRelease",
        "CiVariables",
        "RepositorySeed",
        "TrainingImage",
        "WriteAccess",
      ]),
    );
  });

  it("every GitLab and Heroku resource with the explicit providers", () => {
    for (const resource of resources.filter((r) => r.custom && /^(gitlab|heroku):/.test(r.type))) {
      expect(resource.provider, resource.name).toMatch(/pulumi:providers:(gitlab|heroku)::(gitlab|heroku)::/);
    }
  });
});

/** Where a canary stands in inputs, but for the properties that are secrets. */
function placesOfCanaries(value: unknown, secrets: readonly string[], path = ""): string[] {
  if (secrets.includes(path)) return [];
  if (typeof value === "string") {
    return Object.values(canaries).some((canary) => value.includes(canary)) ? [path] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const below = (key: string) => (Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key);
  return Object.entries(value).flatMap(([key, item]) => placesOfCanaries(item, secrets, below(key)));
}

describe("secrets", () => {
  it("are marked wherever a canary goes", () => {
    const leaks: string[] = [];
    for (const { type, name, inputs, secrets } of resources) {
      for (const path of placesOfCanaries(inputs, secrets)) leaks.push(`${type} ${name} ${path}`);
    }
    expect(leaks).toEqual([]);
  });

  it("are printed by commands as secret outputs and never logged", () => {
    for (const command of ofType("command:local:Command")) {
      expect(command.additionalSecretOutputs, command.name).toEqual(
        expect.arrayContaining(["stdout", "stderr"]),
      );
      expect(command.inputs.logging, command.name).toBe("none");
    }
  });

  it("are in no command line", () => {
    for (const { inputs } of ofType("command:local:Command")) {
      for (const line of [inputs.create, inputs.update, inputs.delete]) {
        for (const canary of Object.values(canaries)) expect(String(line)).not.toContain(canary);
      }
    }
  });
});

describe("variables", () => {
  it("are Protected from the start, and credentials masked and hidden", () => {
    const variables = ofType("gitlab:index/projectVariable:ProjectVariable").map(
      ({ name, inputs, secrets }) => ({
        name,
        protected: inputs.protected,
        masked: inputs.masked,
        hidden: inputs.hidden,
        secret: secrets.includes("value"),
      }),
    );
    const plain = { protected: true, masked: false, hidden: false, secret: false };
    const credential = { protected: true, masked: true, hidden: true, secret: true };
    expect(variables.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "iris-decision-tree-GIT_USER_EMAIL", ...plain },
      { name: "iris-decision-tree-GIT_USER_NAME", ...plain },
      { name: "iris-decision-tree-MLSERVER_REPO", ...credential },
      { name: "iris-decision-tree-TRAINING_IMAGE", ...plain },
      { name: "mlserver-DEPLOY_ON", ...plain },
      { name: "mlserver-HEROKU_API_KEY", ...credential },
      { name: "mlserver-HEROKU_API_URL", ...plain },
      { name: "mlserver-HEROKU_APP", ...plain },
      { name: "mlserver-HEROKU_REGISTRY", ...plain },
      { name: "mlserver-RUNTIME_IMAGE", ...plain },
      { name: "product-classifier-GIT_USER_EMAIL", ...plain },
      { name: "product-classifier-GIT_USER_NAME", ...plain },
      { name: "product-classifier-MLSERVER_REPO", ...credential },
      { name: "product-classifier-TRAINING_IMAGE", ...plain },
    ]);
  });

  it("carry the pipelines' own credentials, not the stack's", () => {
    const value = (key: string) =>
      ofType("gitlab:index/projectVariable:ProjectVariable").find(({ inputs }) => inputs.key === key)?.inputs
        .value;
    expect(value("HEROKU_API_KEY")).toBe(canaries.deployToken);
    expect(value("MLSERVER_REPO")).toBe(
      `https://access-mlserver:${canaries.accessToken}@gitlab.com/ml/mlserver.git`,
    );
    expect(value("GIT_USER_NAME")).toBe("GitLab iris-decision-tree");
    expect(value("GIT_USER_EMAIL")).toBe("ana@example.com");
  });
});

describe("access tokens", () => {
  it("end, and are never changed in place", () => {
    for (const token of ofType("gitlab:index/projectAccessToken:ProjectAccessToken")) {
      expect(token.inputs.expiresAt, token.name).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(token.inputs.rotationConfiguration, token.name).toBeUndefined();
      expect(token.ignoreChanges, token.name).toEqual(["expiresAt", "rotationConfiguration", "description"]);
      expect(token.deleteBeforeReplace, token.name).toBe(false);
    }
  });
});

describe("the training image", () => {
  const digest = `sha256:${"0".repeat(64)}`;

  it("is built on the runtime image", () => {
    const [runtime, training] = ofType("docker:index/image:Image");
    expect(runtime?.inputs).toMatchObject({ build: { context: "image/runtime" } });
    expect(training?.inputs).toMatchObject({
      imageName: expect.stringMatching(/\/training:latest$/),
      build: {
        context: "image/runtime/training",
        platform: "linux/amd64",
        args: { RUNTIME_IMAGE: `${String(runtime?.inputs.imageName).replace(":latest", "")}@${digest}` },
      },
    });
  });

  it("is copied to each model's own registry, whose jobs get it by digest", () => {
    for (const model of ["iris-decision-tree", "product-classifier"]) {
      const project = resources.find((r) => r.custom && r.type.endsWith(":Project") && r.name === model);
      expect(project?.inputs.containerRegistryAccessLevel).toBe("private");
      const copy = resources.find((r) => r.name === `${model}-training` && r.custom);
      const SOURCE_IMAGE = expect.stringMatching(/\/training@sha256:0{64}$/);
      const PROJECT = idOf(model);
      expect(copy?.inputs).toMatchObject({
        create: "node infra/commands/copy-image.ts create",
        update: "node infra/commands/copy-image.ts keep",
        environment: { SOURCE_IMAGE, PROJECT, NAME: "training" },
        triggers: [SOURCE_IMAGE, PROJECT],
      });
      const variable = resources.find((r) => r.name === `${model}-TRAINING_IMAGE`);
      expect(variable?.inputs).toMatchObject({
        project: PROJECT,
        value: `registry.gitlab.com/ml/${model}-training@${digest}`,
      });
    }
  });
});

describe("seeds", () => {
  it("give each model its own template and the common pipeline", () => {
    const environments = ofType("command:local:Command")
      .filter(({ name }) => name.endsWith("-seed"))
      .map(({ name, inputs }) => {
        const { TEMPLATE, COMMON, NAME } = inputs.environment as Record<string, string>;
        return { name, TEMPLATE, COMMON, NAME };
      });
    const common = { COMMON: "models/_pipeline" };
    expect(environments.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {
        name: "iris-decision-tree-seed",
        TEMPLATE: "models/iris-decision-tree",
        NAME: "iris-decision-tree",
        ...common,
      },
      { name: "mlserver-seed", TEMPLATE: "image/repository", COMMON: undefined, NAME: "repository" },
      {
        name: "product-classifier-seed",
        TEMPLATE: "models/product-classifier",
        NAME: "product-classifier",
        ...common,
      },
    ]);
  });
});

describe("order", () => {
  it("puts the protection of a project before every variable of it", () => {
    for (const variable of ofType("gitlab:index/projectVariable:ProjectVariable")) {
      const rules = resources.filter(
        (r) => /Protection$/.test(r.type) && r.custom && r.inputs.project === variable.inputs.project,
      );
      expect(rules.length, variable.name).toBe(3);
      for (const rule of rules) expect(needs(variable), variable.name).toContain(rule.urn);
    }
  });

  it("puts the protection of both projects before the token that writes from one to the other", () => {
    const tokens = ofType("gitlab:index/projectAccessToken:ProjectAccessToken");
    expect(tokens.length).toBe(2);
    for (const token of tokens) {
      const model = token.name.replace(/-access$/, "");
      const rules = resources.filter(
        (r) =>
          /Protection$/.test(r.type) &&
          r.custom &&
          [model, "mlserver"].some((p) => r.name.startsWith(`${p}-`)),
      );
      expect(rules.length, token.name).toBe(6);
      for (const rule of rules) expect(needs(token), token.name).toContain(rule.urn);
    }
  });

  it("releases after the seed, and sizes the dynos after the release", () => {
    const command = (name: string) =>
      ofType("command:local:Command").find((r) => r.inputs.create?.toString().includes(name));
    const seeds = ofType("command:local:Command").filter((r) =>
      String(r.inputs.create).includes("seed-repository"),
    );
    const release = command("first-release");
    const serverSeed = seeds.find((r) => r.name === "mlserver-seed");
    expect(needs(release)).toContain(serverSeed?.urn);
    expect(needs(only(resources, "heroku:formation/formation:Formation"))).toContain(release?.urn);
  });

  it("has the guard of the tags in place before their rule is replaced", () => {
    const guards = resources.filter((r) => r.custom && r.name.endsWith("-tag-v**"));
    expect(guards.map(({ inputs }) => [inputs.tag, inputs.createAccessLevel])).toEqual(
      Array(3).fill(["v**", "maintainer"]),
    );
    for (const guard of guards) {
      const rule = resources.find((r) => r.custom && `${r.name}*` === guard.name);
      expect(needs(rule)).toContain(guard.urn);
    }
  });

  it("deletes a rule before it makes another for the same ref", () => {
    for (const rule of resources.filter((r) => r.custom && /Protection$/.test(r.type))) {
      expect(rule.deleteBeforeReplace, rule.name).toBe(true);
    }
  });
});

describe("outputs", () => {
  it("tell where everything is", async () => {
    expect(await promiseOf(outputs.appUrl)).toBe("https://ml-app-0123456789ab.herokuapp.com/");
    expect(await promiseOf(outputs.serverProjectUrl)).toBe("https://gitlab.com/ml/mlserver");
    expect(await promiseOf(outputs.modelProjectUrls)).toEqual({
      "iris-decision-tree": "https://gitlab.com/ml/iris-decision-tree",
      "product-classifier": "https://gitlab.com/ml/product-classifier",
    });
    expect(await promiseOf(outputs.runtimeImage)).toMatch(/\/runtime@sha256:0{64}$/);
    expect(await promiseOf(outputs.trainingImage)).toMatch(/\/training@sha256:0{64}$/);
    expect(await promiseOf(outputs.predictionUrls)).toEqual({
      "iris-dtc": "https://ml-app-0123456789ab.herokuapp.com/mlapi/v2/models/iris-dtc/versions/1.0/infer",
      "iris-decision-tree":
        "https://ml-app-0123456789ab.herokuapp.com/mlapi/v2/models/iris-decision-tree/versions/<tag>/infer",
      "product-classifier":
        "https://ml-app-0123456789ab.herokuapp.com/mlapi/v2/models/product-classifier/versions/<tag>/infer",
    });
  });
});
