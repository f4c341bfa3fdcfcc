/** The whole program with `writeAccess` `deployKey`, under mocks: keys, who gets which half, and when. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { StackConfig } from "../../infra/config/config.ts";
import type { Facts } from "../../infra/preflight/facts.ts";
import { gitlabComKnownHosts } from "../../lib/gitlab/known-hosts.ts";
import { answers, canaries, configWith, facts } from "../support/program.ts";
import { idOf, only, type Registration, record } from "../support/recorder.ts";

vi.mock("../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../infra/preflight/preflight.ts", () => ({ preflight: async () => found }));
vi.mock("../../lib/gitlab/client.ts", () => ({ imagePrefix: async () => "registry.gitlab.com/ml/mlserver" }));

const key = "gitlab:index/deployKey:DeployKey";
const variable = "gitlab:index/projectVariable:ProjectVariable";
const branch = "gitlab:index/branchProtection:BranchProtection";
const command = "command:local:Command";

let config: StackConfig;
let found: Facts;
beforeEach(() => {
  found = facts;
});

async function run(settings: Partial<StackConfig> = {}): Promise<Registration[]> {
  config = configWith({ writeAccess: "deployKey", ...settings });
  vi.resetModules();
  return (await record(() => import("../../infra/index.ts"), answers)).resources;
}

const ofType = (resources: Registration[], type: string) => resources.filter((one) => one.type === type);
const inputOf = (resources: Registration[], name: string) => only(resources, variable, name).inputs.value;

describe("each model", () => {
  it("has a key of its own, which pushes to the server's project and ends", async () => {
    const resources = await run();
    expect(ofType(resources, "gitlab:index/projectAccessToken:ProjectAccessToken")).toEqual([]);
    const keys = ofType(resources, key);
    expect(keys.map(({ name, inputs }) => [name, inputs.title, inputs.key])).toEqual([
      [
        "iris-decision-tree-access",
        "Pushes of model project iris-decision-tree",
        "ssh-ed25519 iris-decision-tree-access-pair",
      ],
      [
        "product-classifier-access",
        "Pushes of model project product-classifier",
        "ssh-ed25519 product-classifier-access-pair",
      ],
    ]);
    for (const { inputs, ignoreChanges, deleteBeforeReplace } of keys) {
      expect(inputs).toMatchObject({ project: idOf("mlserver"), canPush: true });
      expect(inputs.expiresAt).toMatch(/^\d{4}-\d\d-\d\dT00:00:00Z$/);
      expect(ignoreChanges).toEqual(["expiresAt"]);
      expect(deleteBeforeReplace).toBe(false);
    }
  });

  it("gets address, key and host keys as Protected variables, the key alone masked and hidden", async () => {
    const resources = await run();
    const told = ofType(resources, variable)
      .filter(({ name }) => name.startsWith("iris-decision-tree-MLSERVER"))
      .map(({ inputs, secrets }) => [
        inputs.key,
        inputs.value,
        inputs.protected,
        inputs.masked,
        inputs.hidden,
        secrets,
      ])
      .sort(([one], [other]) => String(one).localeCompare(String(other)));
    expect(told).toEqual([
      ["MLSERVER_SSH_KEY", canaries.deployKey, true, true, true, ["value"]],
      ["MLSERVER_SSH_KNOWN_HOSTS", gitlabComKnownHosts, true, false, false, []],
      ["MLSERVER_SSH_URL", "git@gitlab.com:ml/mlserver.git", true, false, false, []],
    ]);
  });

  it("expects the host keys that are set", async () => {
    const resources = await run({ gitlabSshKnownHosts: "gitlab.example.com ssh-ed25519 AAAA" });
    expect(inputOf(resources, "product-classifier-MLSERVER_SSH_KNOWN_HOSTS")).toBe(
      "gitlab.example.com ssh-ed25519 AAAA",
    );
  });
});

describe("the private half", () => {
  it("is secret wherever it is, in no command line, and printed as a secret that is not logged", async () => {
    const resources = await run({ accessTokenGenerations: [1, 2] });
    const holders = resources.flatMap(({ type, name, inputs, secrets }) =>
      Object.entries(inputs)
        .filter(
          ([path, value]) => JSON.stringify(value)?.includes(canaries.deployKey) && !secrets.includes(path),
        )
        .map(([path]) => `${type} ${name}.${path}`),
    );
    expect(holders).toEqual([]);
    const pairs = ofType(resources, command).filter(({ name }) => name.includes("-pair"));
    expect(pairs.map(({ name }) => name).sort()).toEqual([
      "iris-decision-tree-access-pair",
      "iris-decision-tree-access-pair-2",
      "product-classifier-access-pair",
      "product-classifier-access-pair-2",
    ]);
    for (const { inputs, additionalSecretOutputs } of pairs) {
      expect(inputs).toMatchObject({
        create: "node infra/commands/ssh-key-pair.ts create",
        update: "node infra/commands/ssh-key-pair.ts update",
        logging: "none",
      });
      expect(additionalSecretOutputs).toEqual(expect.arrayContaining(["stdout", "stderr"]));
    }
  });

  it("is handed out after GitLab has the other half, and the rules of both projects are there", async () => {
    const resources = await run();
    const needs = (one: Registration | undefined, seen = new Set<string>()): Set<string> => {
      for (const urn of one ? [...one.dependencies, one.parent] : []) {
        if (!urn || seen.has(urn)) continue;
        seen.add(urn);
        needs(
          resources.find((other) => other.urn === urn),
          seen,
        );
      }
      return seen;
    };
    const before = needs(only(resources, variable, "iris-decision-tree-MLSERVER_SSH_KEY"));
    expect(before).toContain(only(resources, key, "iris-decision-tree-access").urn);
    const rules = resources.filter(
      ({ custom, type, name }) =>
        custom && /Protection$/.test(type) && /^(mlserver|iris-decision-tree)-/.test(name),
    );
    expect(rules.length).toBe(6);
    for (const { urn } of rules) expect(before).toContain(urn);
  });
});

describe("the rule of the server's default branch", () => {
  const pushers = (resources: Registration[], name: string) =>
    only(resources, branch, name).inputs.allowedToPushes as Array<Record<string, unknown>>;

  it("lists the keys of every generation, and no other rule does", async () => {
    const resources = await run({ deployOn: "everyCommit", accessTokenGenerations: [2, 3] });
    expect(pushers(resources, "mlserver-branch-main")).toEqual([
      { accessLevel: "maintainer" },
      ...["iris-decision-tree-access-2", "iris-decision-tree-access-3"].map((name) => ({
        deployKeyId: Number(idOf(name)),
      })),
      ...["product-classifier-access-2", "product-classifier-access-3"].map((name) => ({
        deployKeyId: Number(idOf(name)),
      })),
    ]);
    for (const name of ["mlserver-branch-*", "iris-decision-tree-branch-main"]) {
      expect(pushers(resources, name)).toEqual([{ accessLevel: "maintainer" }]);
    }
  });

  it("has the level alone in GitLab's Community Edition, where the maker's role counts", async () => {
    found = { ...facts, enterprise: false };
    const { inputs } = only(await run(), branch, "mlserver-branch-main");
    expect(inputs).toMatchObject({ pushAccessLevel: "maintainer", mergeAccessLevel: "maintainer" });
    expect(inputs.allowedToPushes).toBeUndefined();
  });
});
