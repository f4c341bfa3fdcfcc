/** The rules about the whole stack: what passes, what does not, and the exact message. */
import { describe, expect, it } from "vitest";
import type { StackResource } from "../../infra/policy/rule.ts";
import { imageOutputByDigest } from "../../infra/policy/rules/images.ts";
import { everyProject } from "../../infra/policy/rules/protection.ts";
import { UNKNOWN, type Values } from "../../infra/policy/values.ts";
import { problemLines } from "../../lib/text/problem.ts";
import { inStack } from "./resources.ts";

const project = (name: string, outputs: Values = { defaultBranch: "main" }) =>
  inStack("gitlab:index/project:Project", name, outputs);
const branch = (of: string, name = "main") =>
  inStack("gitlab:index/branchProtection:BranchProtection", `${of}-branch`, { branch: name }, of);
const tag = (of: string, pattern = "v*") =>
  inStack("gitlab:index/tagProtection:TagProtection", `${of}-tag`, { tag: pattern }, of);
const guarded = (name: string) => [project(name), branch(name), tag(name)];

const fix = "declare a RefProtection for the project (infra/components/gitlab/ref-protection.ts)";
const tagAllowed = "a TagProtection of that pattern, as in every project of the stack";
const branchAllowed = "a BranchProtection of that branch";
const message = (found: string, allowed: string) => `found:   ${found}\nallowed: ${allowed}\nfix:     ${fix}`;

describe("protected-project", () => {
  const violations = (resources: readonly StackResource[]) =>
    everyProject
      .check(resources)
      .map((violation) => [violation.urn.split("::").at(-1), problemLines(violation)]);

  it.each<[string, StackResource[]]>([
    ["every project guarded", [...guarded("server"), ...guarded("model")]],
    ["a wildcard that covers the branch", [project("server"), branch("server", "m*n"), tag("server")]],
    [
      "a branch that is not known yet",
      [project("server", { defaultBranch: UNKNOWN }), branch("server"), tag("server")],
    ],
  ])("accepts %s", (_, resources) => {
    expect(violations(resources)).toEqual([]);
  });

  it.each<[string, StackResource[], string[][]]>([
    [
      "a project without any rule",
      [project("server")],
      [
        ["server", message('project server: no protection of its default branch "main"', branchAllowed)],
        ["server", message('project server: no protection of tags "v*"', tagAllowed)],
      ],
    ],
    [
      "a project that lacks the others' tag rule",
      [...guarded("server"), project("model"), branch("model")],
      [["model", message('project model: no protection of tags "v*"', tagAllowed)]],
    ],
    [
      "a project with another pattern than the others",
      [...guarded("server"), project("model"), branch("model"), tag("model", "release-*")],
      [
        ["server", message('project server: no protection of tags "release-*"', tagAllowed)],
        ["model", message('project model: no protection of tags "v*"', tagAllowed)],
      ],
    ],
    [
      "a rule of another branch",
      [project("server"), branch("server", "main-2"), tag("server")],
      [["server", message('project server: no protection of its default branch "main"', branchAllowed)]],
    ],
  ])("refuses %s", (_, resources, expected) => {
    expect(violations(resources)).toEqual(expected);
  });
});

describe("image-output-by-digest", () => {
  const violations = (outputs: Values) =>
    imageOutputByDigest
      .check([inStack("pulumi:pulumi:Stack", "stack", outputs)])
      .map((one) => problemLines(one));

  it.each<[string, Values]>([
    ["a digest", { runtimeImage: `ml/runtime@sha256:${"0a".repeat(32)}`, appUrl: "https://x" }],
    ["an image that is not built yet", { runtimeImage: UNKNOWN }],
    ["no image", { trainingImage: "none" }],
  ])("accepts %s", (_, outputs) => {
    expect(violations(outputs)).toEqual([]);
  });

  it("refuses a tag", () => {
    expect(violations({ runtimeImage: "ml/runtime:latest" })).toEqual([
      'found:   output runtimeImage "ml/runtime:latest"\n' +
        "allowed: an image reference that ends in @sha256: and 64 hexadecimal digits\n" +
        "fix:     use repoDigest of the docker.Image (infra/components/model-server.ts)",
    ]);
  });
});
