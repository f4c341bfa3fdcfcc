/** What the program registers, in each of its shapes, against the official providers' contracts. */

import type { Contract } from "@tag-to-endpoint/sdks";
import { describe, expect, it, vi } from "vitest";
import type { StackConfig } from "../../infra/config/config.ts";
import { answers, configWith, facts } from "../support/program.ts";
import { type Registration, record } from "../support/recorder.ts";
import { objectMisfits } from "./contract.ts";
import gitlab from "./gitlab.json" with { type: "json" };
import heroku from "./heroku.json" with { type: "json" };

vi.mock("../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../lib/gitlab/client.ts", () => ({ imagePrefix: async () => "registry.gitlab.com/ml/mlserver" }));

const contracts: Record<string, Contract> = { gitlab, heroku };
let config: StackConfig;

async function run(settings: Partial<StackConfig>): Promise<Registration[]> {
  config = configWith(settings);
  vi.resetModules();
  const { resources } = await record(() => import("../../infra/index.ts"), answers);
  return resources.filter(
    ({ type }) => /^(pulumi:providers|gitlab|heroku):/.test(type) && !type.startsWith("pulumi:pulumi"),
  );
}

/** The contract of a registered resource or provider. */
function contractOf(type: string) {
  const name = type.startsWith("pulumi:providers:") ? type.split(":")[2] : type.split(":")[0];
  const contract = contracts[name ?? ""];
  if (!contract) throw new Error(`no contract of ${type}`);
  if (type.startsWith("pulumi:providers:")) return { contract, inputs: contract.provider, required: [] };
  const resource = contract.resources[type];
  if (!resource) throw new Error(`the contract has no ${type}`);
  return { contract, inputs: resource.inputs, required: resource.requiredInputs };
}

const shapes: Array<[string, Partial<StackConfig>]> = [
  ["the defaults", {}],
  ["deploy keys, two generations", { writeAccess: "deployKey", accessTokenGenerations: [1, 2] }],
  ["a team, own runners, every commit", { herokuTeam: "ml", runner: "project", deployOn: "everyCommit" }],
  ["projects that go at once", { projectDeletion: "permanent" }],
  ["a runtime image built by a pipeline", { firstRelease: "pipeline" }],
  [
    "a supplied token and two models",
    {
      writeAccess: "token",
      writeToken: "glpat-supplied-by-hand",
      models: [
        { name: "wine", template: "iris-decision-tree" },
        { name: "iris", template: "iris-decision-tree" },
      ],
    },
  ],
];

it.each([
  ["delayed", undefined],
  ["permanent", true],
] as const)(
  "with projectDeletion %s, every project has permanentlyDeleteOnDestroy %s",
  async (way, expected) => {
    const resources = await run({ projectDeletion: way });
    const projects = resources.filter(({ type }) => type === "gitlab:index/project:Project");
    expect(new Set(projects.map(({ inputs }) => inputs.permanentlyDeleteOnDestroy))).toEqual(
      new Set([expected]),
    );
  },
);

describe.each(shapes)("with %s, the program", (_, settings) => {
  it("gives every resource only inputs that it has, of their types, and all that it needs", async () => {
    const resources = await run(settings);
    expect(resources.length).toBeGreaterThan(15);
    const misfits = resources.flatMap(({ type, name, inputs }) => {
      const { contract, inputs: known, required } = contractOf(type);
      const { __internal, version, pluginDownloadURL, ...given } = inputs;
      const opened = type.startsWith("pulumi:providers:") ? given : inputs;
      return objectMisfits(opened, known, required, contract, `${type} ${name}`);
    });
    expect(misfits).toEqual([]);
  });

  it("marks every input secret that the contract has as secret", async () => {
    const open = (await run(settings)).flatMap(({ type, name, inputs, secrets }) =>
      Object.entries(contractOf(type).inputs)
        .filter(([key, property]) => property.secret && inputs[key] !== undefined && !secrets.includes(key))
        .map(([key]) => `${type} ${name}.${key}`),
    );
    expect(open).toEqual([]);
  });
});

describe("the check itself", () => {
  const project = "gitlab:index/projectVariable:ProjectVariable";
  it.each<[string, Record<string, unknown>, string[]]>([
    ["an unknown input", { key: "K", project: "1", value: "v", protect: true }, ["x.protect is unknown"]],
    ["a missing input", { key: "K", project: "1" }, ["x.value is missing"]],
    ["a wrong type", { key: "K", project: 1, value: "v" }, ["x.project is 1, not of type string"]],
  ])("notices %s", (_, inputs, expected) => {
    const { contract, inputs: known, required } = contractOf(project);
    expect(objectMisfits(inputs, known, required, contract, "x")).toEqual(expected);
  });

  it("looks into nested types", () => {
    const token = "gitlab:index/projectAccessToken:ProjectAccessToken";
    const { contract, inputs: known, required } = contractOf(token);
    const given = { project: "1", scopes: ["api", 1], rotationConfiguration: { expirationDays: 1.5 } };
    expect(objectMisfits(given, known, required, contract, "x")).toEqual([
      "x.scopes[1] is 1, not of type string",
      "x.rotationConfiguration.rotateBeforeDays is missing",
      "x.rotationConfiguration.expirationDays is 1.5, not of type integer",
    ]);
  });
});
