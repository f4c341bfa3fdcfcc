/** What the program registers, in each of its shapes, passes every rule about a resource. */
import { describe, expect, it, vi } from "vitest";
import type { StackConfig } from "../../infra/config/config.ts";
import type { Resource } from "../../infra/policy/rule.ts";
import { resourceRules } from "../../infra/policy/rules.ts";
import { SECRET, type Values } from "../../infra/policy/values.ts";
import { answers, configWith, facts } from "../support/program.ts";
import { type Registration, record } from "../support/recorder.ts";

vi.mock("../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../lib/gitlab/client.ts", () => ({ imagePrefix: async () => "registry.gitlab.com/ml/mlserver" }));

let config: StackConfig;

/** How many resources the rules looked at, and what they found. */
async function checked(settings: Partial<StackConfig>): Promise<{ count: number; violations: string[] }> {
  config = configWith(settings);
  vi.resetModules();
  const { resources } = await record(() => import("../../infra/index.ts"), answers);
  const pairs = resources
    .map(asSeen)
    .flatMap((one) => resourceRules.filter(({ about }) => about(one.type)).map((rule) => ({ one, rule })));
  return {
    count: pairs.length,
    violations: pairs
      .flatMap(({ one, rule }) => rule.check(one).map(({ found }) => `${rule.name}: ${found}`))
      .sort(),
  };
}

function asSeen({ urn, type, name, inputs, secrets, additionalSecretOutputs }: Registration): Resource {
  const marked = marking(inputs, "", secrets) as Values;
  return { urn, type, name, inputs: marked, secretOutputs: additionalSecretOutputs };
}

function marking(value: unknown, path: string, secrets: readonly string[]): unknown {
  if (secrets.includes(path)) return SECRET;
  if (Array.isArray(value)) return value.map((item, index) => marking(item, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, marking(item, path ? `${path}.${key}` : key, secrets)]),
  );
}

describe("the program", () => {
  it.each<[string, Partial<StackConfig>]>([
    ["the defaults", {}],
    ["a public project with runners of its own", { visibility: "public", runner: "project" }],
    ["every branch deployed, by developers", { deployOn: "everyCommit", branchPushAccessLevel: "developer" }],
    ["a supplied token", { writeAccess: "token", writeToken: "glpat-supplied-by-hand" }],
    ["deploy keys, two generations", { writeAccess: "deployKey", accessTokenGenerations: [1, 2] }],
    ["tags that no one creates", { tagCreateAccessLevel: "no one" }],
    ["images built by a pipeline", { firstRelease: "pipeline" }],
    ["the longest lives that the settings allow", { accessTokenExpiryDays: 365, herokuTokenExpiryDays: 365 }],
  ])("passes with %s", async (_, settings) => {
    const { count, violations } = await checked(settings);
    expect(count).toBeGreaterThan(30);
    expect(violations).toEqual([]);
  });

  it.each<[string, Partial<StackConfig>, string[]]>([
    [
      "a global Heroku authorization",
      { herokuTokenScopes: ["global"] },
      ['heroku-authorization: scopes "global"'],
    ],
    [
      "access tokens for longer than a year",
      { accessTokenExpiryDays: 400 },
      [
        "access-token-expiry: token iris-decision-tree-access: expires at a date",
        "access-token-expiry: token product-classifier-access: expires at a date",
      ],
    ],
    [
      "deploy keys for longer than a year",
      { writeAccess: "deployKey", accessTokenExpiryDays: 400 },
      [
        'deploy-key-expiry: deploy key "Pushes of model project iris-decision-tree": expires at a date',
        'deploy-key-expiry: deploy key "Pushes of model project product-classifier": expires at a date',
      ],
    ],
  ])("does not with %s", async (_, settings, expected) => {
    const { violations } = await checked(settings);
    // The date depends on the day.
    expect(violations.map((text) => text.replace(/"\d{4}-\d{2}-\d{2}(T00:00:00Z)?"/, "a date"))).toEqual(
      expected,
    );
  });
});
