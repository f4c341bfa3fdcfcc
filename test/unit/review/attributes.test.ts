/** Changed attributes of the resources of a stack, one at a time. */
import { describe, expect, it } from "vitest";
import type { Rank } from "../../../lib/kinds/comparers.ts";
import type { Step } from "../../../lib/pulumi/preview.ts";
import type { Properties } from "../../../lib/pulumi/values.ts";
import { review } from "../../../operations/review/judge.ts";
import {
  access,
  apiKey,
  changed,
  created,
  environment,
  judge,
  main,
  project,
  type Type,
  told,
  urn,
} from "./steps.ts";

describe("a changed attribute", () => {
  it.each<[Rank, Type, Properties, Properties, string]>([
    [
      "weaker",
      "tag",
      { tag: "v*", createAccessLevel: "maintainer" },
      { tag: "v*", createAccessLevel: "developer" },
      "tags v* of ml/server: who may create: Maintainers -> Developers",
    ],
    [
      "stronger",
      "tag",
      { tag: "v*", createAccessLevel: "developer" },
      { tag: "v*" },
      "tags v* of ml/server: who may create: Developers -> Maintainers",
    ],
    [
      "weaker",
      "tag",
      { tag: "v*" },
      { tag: "v*", allowedToCreates: [{ userId: 7 }] },
      "tags v* of ml/server: who else may create: none -> user 7",
    ],
    [
      "weaker",
      "tag",
      { tag: "v*" },
      { tag: "v1*" },
      "tags v* of ml/server: protected tags: v* -> v1* (refs that only v* covers are no longer protected)",
    ],
    [
      "weaker",
      "branch",
      { ...main, allowForcePush: false },
      { ...main, allowForcePush: true },
      "branch main of ml/server: force push: refused -> allowed",
    ],
    [
      "weaker",
      "branch",
      { ...main, codeOwnerApprovalRequired: true },
      main,
      "branch main of ml/server: approval by code owners: yes -> no",
    ],
    [
      "weaker",
      "branch",
      { ...main, allowedToUnprotects: [{ accessLevel: "maintainer" }] },
      { ...main, allowedToUnprotects: [{ accessLevel: "developer" }] },
      "branch main of ml/server: who may unprotect: Maintainers -> Developers",
    ],
    [
      "unclear",
      "branch",
      main,
      { ...main, somethingNew: 3 },
      "branch main of ml/server: somethingNew: none -> 3",
    ],
    [
      "weaker",
      "variable",
      { ...apiKey, protected: true },
      { ...apiKey, protected: false },
      "variable HEROKU_API_KEY of ml/server: who sees it: pipelines of protected refs -> every pipeline",
    ],
    [
      "weaker",
      "variable",
      { ...apiKey, masked: true },
      apiKey,
      "variable HEROKU_API_KEY of ml/server: masked in job logs: yes -> no",
    ],
    [
      "weaker",
      "variable",
      { ...apiKey, hidden: true },
      { ...apiKey, hidden: false },
      "variable HEROKU_API_KEY of ml/server: hidden in the settings: yes -> no",
    ],
    [
      "weaker",
      "variable",
      { ...apiKey, raw: true },
      { ...apiKey, raw: false },
      "variable HEROKU_API_KEY of ml/server: taken as it is ($ not expanded): yes -> no",
    ],
    [
      "weaker",
      "variable",
      { ...apiKey, environmentScope: "production" },
      { ...apiKey, environmentScope: "*" },
      "variable HEROKU_API_KEY (production) of ml/server: environments: production -> *",
    ],
    [
      "weaker",
      "variable",
      apiKey,
      { ...apiKey, value: "plain" },
      "variable HEROKU_API_KEY of ml/server: value: no longer a secret in the stack's state and diffs",
    ],
    [
      "unclear",
      "variable",
      { key: "HEROKU_APP", value: "a" },
      { key: "HEROKU_APP", value: "b" },
      "variable HEROKU_APP of ml/server: value: a -> b (another app gets the releases)",
    ],
    [
      "neutral",
      "variable",
      { key: "GIT_USER_NAME", value: "a" },
      { key: "GIT_USER_NAME", value: "b" },
      "variable GIT_USER_NAME of ml/server: value: changed",
    ],
    [
      "unclear",
      "variable",
      { key: "HEROKU_REGISTRY", value: "a" },
      { key: "HEROKU_REGISTRY", value: "b" },
      "variable HEROKU_REGISTRY of ml/server: value: a -> b (a credential is sent there)",
    ],
    [
      "weaker",
      "token",
      { ...access, scopes: ["write_repository"] },
      { ...access, scopes: ["api"] },
      "access token access-mlserver of ml/server: scopes: write_repository -> api",
    ],
    [
      "stronger",
      "token",
      { ...access, scopes: ["api"] },
      { ...access, scopes: ["write_repository"] },
      "access token access-mlserver of ml/server: scopes: api -> write_repository",
    ],
    [
      "weaker",
      "token",
      { ...access, accessLevel: "developer" },
      { ...access, accessLevel: "owner" },
      "access token access-mlserver of ml/server: role: developer -> owner",
    ],
    [
      "weaker",
      "token",
      { ...access, rotationConfiguration: { expirationDays: 90, rotateBeforeDays: 30 } },
      { ...access, rotationConfiguration: { expirationDays: 200, rotateBeforeDays: 30 } },
      "access token access-mlserver of ml/server: lives for: 90 days -> 200 days",
    ],
    [
      "weaker",
      "token",
      { ...access, expiresAt: "2027-01-01" },
      access,
      "access token access-mlserver of ml/server: expires: 2027-01-01 -> never",
    ],
    [
      "neutral",
      "token",
      { ...access, expiresAt: "2027-01-01", rotationConfiguration: { expirationDays: 9 } },
      { ...access, rotationConfiguration: { expirationDays: 9 } },
      "access token access-mlserver of ml/server: expires: renewed before its end on 2027-01-01; the old token ends at once",
    ],
    [
      "weaker",
      "member",
      { userId: 5, accessLevel: "guest" },
      { userId: 5, accessLevel: "maintainer" },
      "user 5 of ml/server: role: guest -> maintainer",
    ],
    [
      "weaker",
      "member",
      { userId: 5 },
      { userId: 6 },
      "user 5 of ml/server: user: 5 -> 6 (somebody else gets access)",
    ],
    [
      "weaker",
      "key",
      { title: "k" },
      { title: "k", canPush: true },
      "deploy key k of ml/server: may push: no -> yes",
    ],
    [
      "unclear",
      "key",
      { title: "k", key: "ssh-ed25519 A" },
      { title: "k", key: "ssh-ed25519 B" },
      "deploy key k of ml/server: key: another key",
    ],
    [
      "weaker",
      "runner",
      { accessLevel: "ref_protected" },
      { accessLevel: "not_protected" },
      "runner it: takes jobs of: protected refs -> all refs",
    ],
    ["weaker", "runner", { locked: true }, { locked: false }, "runner it: locked to its project: yes -> no"],
    [
      "weaker",
      "project",
      { path: "a", visibilityLevel: "private" },
      { path: "a", visibilityLevel: "internal" },
      "project a: visibility: private -> internal",
    ],
    [
      "weaker",
      "project",
      { path: "a", publicJobs: false },
      { path: "a", publicJobs: true },
      "project a: job logs readable by all who see the project: no -> yes",
    ],
    [
      "weaker",
      "project",
      { path: "a", containerRegistryAccessLevel: "private" },
      { path: "a", containerRegistryAccessLevel: "enabled" },
      "project a: who sees the container registry: private -> enabled",
    ],
    [
      "weaker",
      "project",
      { path: "a", sharedRunnersEnabled: false },
      { path: "a", sharedRunnersEnabled: true },
      "project a: jobs on shared runners: no -> yes",
    ],
    [
      "weaker",
      "project",
      { path: "a", resourceGroupDefaultProcessMode: "oldest_first" },
      { path: "a", resourceGroupDefaultProcessMode: "unordered" },
      "project a: order of new resource groups' jobs: oldest_first -> unordered",
    ],
    [
      "weaker",
      "project",
      { path: "a", pushRules: { preventSecrets: true } },
      { path: "a", pushRules: { preventSecrets: false } },
      "project a: pushRules.preventSecrets: yes -> no",
    ],
    [
      "unclear",
      "project",
      { path: "a", pushRules: { maxFileSize: 1 } },
      { path: "a", pushRules: { maxFileSize: 2 } },
      "project a: pushRules.maxFileSize: 1 -> 2",
    ],
    [
      "neutral",
      "project",
      { path: "a", description: "x" },
      { path: "a", description: "y" },
      "project a: description: x -> y",
    ],
    [
      "weaker",
      "command",
      environment({}),
      environment({ SCOPES: "read,global" }),
      "Heroku authorization Pipelines: scopes: read -> global, read",
    ],
    [
      "weaker",
      "command",
      environment({}),
      environment({ EXPIRY_DAYS: "3650" }),
      "Heroku authorization Pipelines: lives for: 365 days -> 3650 days",
    ],
    [
      "unclear",
      "command",
      environment({ HEROKU_API_URL: "https://a" }),
      environment({ HEROKU_API_URL: "https://b" }),
      "Heroku authorization Pipelines: Heroku: https://a -> https://b (another service gets the account's key)",
    ],
    [
      "unclear",
      "gitlab",
      { baseUrl: "https://a" },
      { baseUrl: "https://b" },
      "the stack's own account GitLab (it): address: https://a -> https://b (another service: its resources there are taken for these)",
    ],
    [
      "unclear",
      "approval",
      { approvalsRequired: 2 },
      { approvalsRequired: 1 },
      "ProjectApprovalRule it of ml/server: approvalsRequired: 2 -> 1",
    ],
    [
      "unclear",
      "approval",
      { apiToken: "a" },
      { apiToken: "b" },
      "ProjectApprovalRule it of ml/server: apiToken: changed",
    ],
  ])("%s: %s %j -> %j", (rank, type, before, after, words) => {
    const digest = { steps: [project("same"), changed(type, before, after)] };
    expect(told(digest).map((line) => line.slice(line.indexOf(" ") + 1))).toEqual([words]);
    const { findings, weaker } = review(digest);
    expect(findings.map((one) => one.rank)).toEqual([rank]);
    expect(weaker).toBe(rank === "weaker" || rank === "unclear");
  });

  it("is what there is now, not what the program said, compared with what it says", () => {
    const step = changed(
      "tag",
      { tag: "v*", createAccessLevel: "developer" },
      { tag: "v*", createAccessLevel: "maintainer" },
    );
    const outside = {
      ...step,
      oldState: { ...step.oldState, inputs: { tag: "v*", createAccessLevel: "maintainer" } },
    };
    expect(judge(outside).findings).toMatchObject([{ rank: "stronger", before: "Developers" }]);
  });

  it("is unclear where the provider does not say what it is", () => {
    expect(judge(changed("tag", { tag: "v*" }, { tag: "v*" })).findings).toMatchObject([{ rank: "unclear" }]);
  });

  it("is unclear where Pulumi does something that is not known", () => {
    expect(judge({ ...created("tag", { tag: "v*" }), op: "frobnicate" }).weaker).toBe(true);
  });

  it("counts Pulumi's own lock, which no property shows", () => {
    const state = { id: "1:v*", inputs: { tag: "v*" } };
    const step: Step = {
      op: "same",
      urn: urn("tag"),
      oldState: { ...state, protect: true },
      newState: state,
    };
    expect(judge(step).findings).toMatchObject([{ rank: "weaker", before: "true", after: "false" }]);
  });
});
