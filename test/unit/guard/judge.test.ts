/** What the program itself refuses, by the descriptions that the review reads. */
import { describe, expect, it } from "vitest";
import { isAllowed, isEnginesOwn, type Step, weakeningsOf } from "../../../infra/guard/judge.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { type Properties, SECRET, UNKNOWN } from "../../../lib/pulumi/values.ts";

const urn = (type: string) => `urn:pulumi:dev::mlops::mlops:index:Any$${type}::thing`;
const step = (type: string, before: Properties, after?: Properties, isPartial = false): Step => ({
  urn: urn(type),
  before,
  ...(after && { after }),
  isPartial,
});
const { tagProtection, branchProtection, project, projectVariable, provider } = types.gitlab;
const rule = { project: "1", tag: "v*", createAccessLevel: "maintainer" };

describe("a step", () => {
  it.each<[string, Step, string[]]>([
    [
      "a rule that lets more people in",
      step(tagProtection, rule, { ...rule, createAccessLevel: "developer" }, true),
      ["tags v* (thing): who may create: Maintainers -> Developers"],
    ],
    [
      "a rule that lets fewer in",
      step(tagProtection, rule, { ...rule, createAccessLevel: "no one" }, true),
      [],
    ],
    ["a rule as it is", step(tagProtection, rule, rule, true), []],
    [
      "a rule that says nothing any more, where GitLab takes the same",
      step(tagProtection, rule, { project: "1", tag: "v*" }, true),
      [],
    ],
    [
      "what the provider adds to a rule",
      step(
        branchProtection,
        {
          branch: "main",
          allowedToPushes: [{ accessLevel: "maintainer", accessLevelDescription: "Maintainers" }],
          codeOwnerApprovalRequired: false,
        },
        { branch: "main", allowedToPushes: [{ accessLevel: "maintainer" }] },
        true,
      ),
      [],
    ],
    [
      "a rule that is removed",
      step(tagProtection, rule),
      ["tags v* (thing): no longer protected: everybody who may push may create them"],
    ],
    [
      "a project that others see",
      step(project, { name: "a", visibilityLevel: "private" }, { name: "a", visibilityLevel: "public" }),
      ["project a (thing): visibility: private -> public"],
    ],
    [
      "an attribute that no kind knows",
      step(project, { name: "a" }, { name: "a", openToAll: true }),
      ["project a (thing): openToAll: none -> true"],
    ],
    [
      "a secret that becomes a plain value",
      step(projectVariable, { key: "K", value: SECRET }, { key: "K", value: "text" }),
      ["variable K (thing): value: no longer a secret"],
    ],
    [
      "another token of a provider",
      step(provider, { token: SECRET, baseUrl: "a" }, { token: SECRET, baseUrl: "a" }),
      [],
    ],
    ["what the provider notes for itself", step(project, { __defaults: [] }, { __defaults: ["a"] }), []],
    [
      "a type that no kind knows",
      step("random:index:Pet", { a: 1 }, { a: 2 }),
      ["Pet thing (thing): a: 1 -> 2"],
    ],
    [
      "a variable that is removed",
      step(projectVariable, { key: "K" }),
      ["variable K (thing): removed: pipelines no longer get it"],
    ],
  ])("%s", (_, given, lines) => {
    expect(weakeningsOf(given)).toEqual(lines);
  });
});

describe("is allowed by an approval or an update that a review let begin", () => {
  const loosened = { ...rule, createAccessLevel: "developer" };
  it.each<[string, Step, Parameters<typeof isAllowed>[1], boolean]>([
    [
      "the same",
      step(tagProtection, rule, loosened),
      [{ urn: urn(tagProtection), op: "replace", after: loosened }],
      true,
    ],
    [
      "what was not known yet",
      step(tagProtection, rule, loosened),
      [{ urn: urn(tagProtection), op: "replace", after: { ...loosened, project: UNKNOWN } }],
      true,
    ],
    [
      "what a provider adds by itself, in what the program says",
      step(tagProtection, rule, loosened, true),
      [{ urn: urn(tagProtection), op: "replace", after: { ...loosened, __defaults: [], more: 1 } }],
      true,
    ],
    [
      "another value",
      step(tagProtection, rule, loosened),
      [{ urn: urn(tagProtection), op: "replace", after: rule }],
      false,
    ],
    [
      "another resource",
      step(tagProtection, rule, loosened),
      [{ urn: urn(project), op: "replace", after: loosened }],
      false,
    ],
    ["a removal", step(tagProtection, rule), [{ urn: urn(tagProtection), op: "delete", before: rule }], true],
    [
      "a removal where a change was",
      step(tagProtection, rule),
      [{ urn: urn(tagProtection), op: "replace" }],
      false,
    ],
  ])("%s", (_, given, allowed, wanted) => {
    expect(isAllowed(given, allowed)).toBe(wanted);
  });
});

it.each<[string, string, boolean]>([
  [types.stack, "mlops-dev", true],
  ["pulumi:providers:pulumi", "default", true],
  ["pulumi:providers:command", "default_1_2_1", true],
  [provider, "gitlab", false],
  [project, "default", false],
])("%s %s is the engine's own, which no program declares: %s", (type, name, isOwn) => {
  expect(isEnginesOwn(type, name)).toBe(isOwn);
});
