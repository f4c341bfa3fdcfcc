/** What is known of each kind of resource, against the official providers' contracts. */
import type { Contract } from "@tag-to-endpoint/sdks";
import { describe, expect, it } from "vitest";
import { kindOf, sections } from "../../lib/kinds/kinds.ts";
import gitlab from "./gitlab.json" with { type: "json" };
import heroku from "./heroku.json" with { type: "json" };

const contracts: readonly Contract[] = [gitlab, heroku];
const described = contracts.flatMap(({ resources }) =>
  Object.entries(resources).map(([type, { inputs, outputs }]) => ({
    type,
    inputs: Object.keys(inputs),
    outputs: Object.keys(outputs),
  })),
);
const kinds = sections.flatMap((section) => Object.entries(section.kinds));
const rootOf = (path: string) => path.split(".")[0] ?? "";

describe.each(described)("$type", ({ type, inputs, outputs }) => {
  const kind = kindOf(type);

  it("is known, and so is each of its inputs", () => {
    expect(kind).toBeDefined();
    const known = Object.keys(kind?.attributes ?? {}).map(rootOf);
    const unknown = inputs.filter((input) => !known.includes(input));
    // Told as they are, for a person to look at; listed so that a new one is noticed.
    expect(unknown).toEqual(unlabelled[type] ?? []);
  });

  it("has no attribute that the provider does not have", () => {
    const attributes = Object.keys(kind?.attributes ?? {}).map(rootOf);
    expect(attributes.filter((attribute) => ![...inputs, ...outputs].includes(attribute))).toEqual([]);
    if (kind?.owner) expect(inputs).toContain(kind.owner);
    if (kind?.pattern) expect(inputs).toContain(kind.pattern);
  });
});

/** Inputs of the providers that no kind has words for. */
const unlabelled: Readonly<Record<string, readonly string[]>> = {
  "gitlab:index/project:Project": [
    "autoDevopsDeployStrategy",
    "branches",
    "ciIdTokenSubClaimComponents",
    "ciRestrictPipelineCancellationRole",
    "containerExpirationPolicy",
    "externalAuthorizationClassificationLabel",
    "forkedFromProjectId",
    "groupWithProjectTemplatesId",
    "importUrl",
    "importUrlPassword",
    "importUrlUsername",
    "mergeRequestTitleRegex",
    "mergeRequestTitleRegexDescription",
    "packagesEnabled",
    "protectMergeRequestPipelines",
    "repositoryStorage",
    "skipWaitForDefaultBranchProtection",
    "templateName",
    "templateProjectId",
    "useCustomTemplate",
  ],
  "gitlab:index/projectMembership:ProjectMembership": ["memberRoleId"],
  "gitlab:index/userRunner:UserRunner": ["groupId", "projectId", "tagLists"],
};

describe("the table", () => {
  it("names each type once, with a reason for each that is harmless", () => {
    const types = kinds.map(([type]) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const [type, { harmless, created, deleted }] of kinds) {
      if (harmless === undefined) continue;
      expect(harmless.split(" ").length, type).toBeGreaterThan(3);
      expect([created, deleted], type).toEqual([undefined, undefined]);
    }
  });

  it("calls every kind by a noun and a name, whatever is known of the resource", () => {
    for (const [type, { subject }] of kinds) {
      for (const word of subject({}, "it")) expect(word, type).toMatch(/\S/);
    }
  });

  it("takes nothing for harmless that it does not know", () => {
    const unknown = kindOf("gitlab:index/pagesDomain:PagesDomain");
    expect(unknown?.harmless).toBeUndefined();
    expect(unknown?.created).toMatchObject({ rank: "unclear" });
    expect(kindOf("random:index/randomId:RandomId").created).toMatchObject({ rank: "unclear" });
  });
});
