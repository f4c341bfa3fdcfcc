/** From Pulumi's JSON to findings: the resources of a stack, changed in one way each. */
import { describe, expect, it } from "vitest";
import type { Digest, State, Step } from "../../review/changes.ts";
import type { Rank } from "../../review/comparers.ts";
import { review } from "../../review/judge.ts";
import { type Properties, UNKNOWN } from "../../review/values.ts";
import { grouped } from "../../review/words.ts";

const SECRET = "[secret]";
const types = {
  tag: "gitlab:index/tagProtection:TagProtection",
  branch: "gitlab:index/branchProtection:BranchProtection",
  variable: "gitlab:index/projectVariable:ProjectVariable",
  token: "gitlab:index/projectAccessToken:ProjectAccessToken",
  member: "gitlab:index/projectMembership:ProjectMembership",
  key: "gitlab:index/deployKey:DeployKey",
  runner: "gitlab:index/userRunner:UserRunner",
  project: "gitlab:index/project:Project",
  collaborator: "heroku:collaborator/collaborator:Collaborator",
  formation: "heroku:formation/formation:Formation",
  command: "command:local:Command",
  image: "docker:index/image:Image",
  gitlab: "pulumi:providers:gitlab",
  approval: "gitlab:index/projectApprovalRule:ProjectApprovalRule",
} as const;
type Type = keyof typeof types;

const urn = (type: Type, name = "it") => `urn:pulumi:dev::mlops::mlops:index:A$${types[type]}::${name}`;

/** The project that the resources are in. */
const project = (op: string): Step => ({
  op,
  urn: urn("project", "server"),
  ...(op === "create"
    ? { newState: { inputs: { path: "server" } } }
    : { oldState: { id: "1", inputs: { path: "server" }, outputs: { pathWithNamespace: "ml/server" } } }),
});

function changed(type: Type, before: Properties, after: Properties, more: Partial<Step> = {}): Step {
  const keys = Object.keys({ ...before, ...after }).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  return {
    op: "update",
    urn: urn(type),
    oldState: { id: "x", inputs: { project: "1", ...before }, outputs: { project: "1", ...before } },
    newState: { inputs: { project: "1", ...after } },
    detailedDiff: Object.fromEntries(keys.map((key) => [key, { kind: "update", inputDiff: false }])),
    ...more,
  };
}

const created = (type: Type, inputs: Properties, state: Partial<State> = {}): Step => ({
  op: "create",
  urn: urn(type),
  newState: { inputs: { project: "1", ...inputs }, ...state },
});

const deleted = (type: Type, inputs: Properties): Step => ({
  op: "delete",
  urn: urn(type),
  oldState: { id: "x", inputs: { project: "1", ...inputs } },
});

const judge = (...steps: Step[]) => review({ steps });
/** The findings, as `rank: words`. */
const told = (digest: Digest) => {
  const { findings } = review(digest);
  return grouped(findings).map(({ mark, what, change }) => `${mark} ${what}: ${change}`);
};

const main = { branch: "main" };
const apiKey = { key: "HEROKU_API_KEY", value: SECRET };
const access = { name: "access-mlserver" };
const authorization = { create: "node infra/commands/heroku-authorization.ts create" };
const environment = (more: Properties) => ({
  ...authorization,
  environment: {
    DESCRIPTION: "Pipelines",
    SCOPES: "read",
    EXPIRY_DAYS: "365",
    HEROKU_API_KEY: SECRET,
    ...more,
  },
});

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
      "tags v* of ml/server: protected tags: v* -> v1* (what only v* covers is no longer protected)",
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
      "neutral",
      "variable",
      { key: "HEROKU_APP", value: "a" },
      { key: "HEROKU_APP", value: "b" },
      "variable HEROKU_APP of ml/server: value: changed",
    ],
    [
      "unclear",
      "variable",
      { key: "HEROKU_REGISTRY", value: "a" },
      { key: "HEROKU_REGISTRY", value: "b" },
      "variable HEROKU_REGISTRY of ml/server: value: changed; it may say where a credential is sent",
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
      "the stack's own account GitLab: address: https://a -> https://b (another service: its resources there are taken for these)",
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

describe("what comes and goes", () => {
  it.each<[Rank, Step, string]>([
    ["weaker", deleted("tag", { tag: "v*" }), "no longer protected: whoever may push may create them"],
    ["weaker", deleted("branch", main), "no longer protected: Developers may push, force-push and delete it"],
    ["neutral", deleted("variable", apiKey), "removed: pipelines no longer get it"],
    ["stronger", deleted("member", { userId: 5 }), "no longer a member"],
    ["unclear", deleted("approval", {}), "deleted; a kind of resource that the review has no rules for"],
    ["weaker", created("member", { userId: 5, accessLevel: "developer" }), "becomes developer"],
    ["weaker", created("collaborator", { email: "a@example.com", appId: "9" }), "gets access to the app"],
    [
      "unclear",
      created("token", { ...access, scopes: ["api"] }),
      "new credential with scopes api as maintainer",
    ],
    ["weaker", created("variable", { ...apiKey, masked: true }), "new, and open"],
    ["weaker", created("variable", { ...apiKey, protected: true }), "new, and open"],
    ["weaker", created("tag", { tag: "v*", createAccessLevel: "developer" }), "new, and open"],
    [
      "weaker",
      created("branch", { ...main, allowedToPushes: [{ accessLevel: "developer" }] }),
      "new, and open",
    ],
    [
      "unclear",
      created("branch", { branch: "*" }),
      "newly protected; its pipelines see the Protected variables",
    ],
    ["unclear", created("command", environment({})), "new credential with scopes read for 365 days"],
    ["neutral", created("branch", main), "newly protected; its pipelines see the Protected variables"],
    ["neutral", created("variable", { ...apiKey, masked: true, protected: true }), "new credential"],
  ])("%s: %j", (rank, step, note) => {
    expect(judge(project("same"), step).findings).toMatchObject([{ rank, note }]);
  });

  it("is not weaker where the project goes as well", () => {
    const { findings, weaker, rest } = judge(
      project("delete"),
      deleted("tag", { tag: "v*" }),
      deleted("branch", main),
    );
    expect(weaker).toBe(false);
    expect(findings).toMatchObject([{ rank: "neutral", noun: "project", name: "server" }]);
    expect(rest.map(({ action, count }) => [action, count])).toEqual([
      ["delete", 1],
      ["delete", 1],
    ]);
  });

  it("is counted in a new project, and said where it is open", () => {
    const dependsOn = { propertyDependencies: { project: [urn("project", "server")] } };
    const { findings, weaker, rest } = judge(
      project("create"),
      created("tag", { tag: "v*", project: UNKNOWN, createAccessLevel: "developer" }, dependsOn),
      created("branch", { ...main, project: UNKNOWN }, dependsOn),
      created("formation", {}),
      created("command", environment({})),
      created("token", { ...access, project: UNKNOWN, scopes: ["write_repository"] }, dependsOn),
    );
    expect(weaker).toBe(false);
    expect(findings).toMatchObject([
      { open: true, owner: "server", after: "Developers", note: "new, and open" },
    ]);
    expect(rest).toHaveLength(5);
  });

  it("is taken from the last step where a refresh found something first", () => {
    const found = changed("tag", { tag: "v*" }, { tag: "v*", createAccessLevel: "developer" });
    const back = changed("tag", { tag: "v*", createAccessLevel: "developer" }, { tag: "v*" });
    expect(judge(found, back).findings).toMatchObject([{ rank: "stronger" }]);
  });
});

describe("a replacement", () => {
  const step = changed(
    "tag",
    { tag: "v*", createAccessLevel: "developer" },
    { tag: "v*" },
    { op: "replace" },
  );
  const gone: Step = { ...step, op: "delete-replaced" };
  const made: Step = { ...step, op: "create-replacement" };

  it("tells what is open between the deletion and the creation", () => {
    const { findings } = judge(gone, step, made);
    expect(findings).toMatchObject([{ rank: "stronger", gap: "whoever may push may create them" }]);
  });

  it("has no gap where the new one is made first", () => {
    expect(judge(made, step, gone).findings[0]).not.toHaveProperty("gap");
  });

  it("of a resource with its project is neutral", () => {
    const moved = changed("branch", main, { ...main, project: UNKNOWN }, { op: "replace" });
    const dependsOn = { project: [urn("project", "server")] };
    const after = { ...moved, newState: { ...moved.newState, propertyDependencies: dependsOn } };
    const digest = { ...project("replace"), newState: { inputs: { path: "server" } } };
    const { findings } = judge(digest, after);
    expect(findings.find(({ attribute }) => attribute === "project")).toMatchObject({ rank: "neutral" });
  });
});

describe("two rules for the same tags", () => {
  const rule = (op: string, tag: string, level: string, more: Partial<State> = {}): Step => ({
    op,
    urn: urn("tag", tag),
    ...(op !== "create" && {
      oldState: { id: tag, inputs: { project: "1", tag, createAccessLevel: "maintainer" } },
    }),
    ...(op !== "delete" && {
      newState: { inputs: { project: "1", tag, createAccessLevel: level }, ...more },
    }),
    ...(op === "replace" && {
      detailedDiff: { createAccessLevel: { kind: "update-replace", inputDiff: false } },
    }),
  });
  const replaced = (tag: string, more: Partial<State> = {}) =>
    ["delete-replaced", "replace", "create-replacement"].map((op) => rule(op, tag, "developer", more));
  const gapsOf = (...steps: Step[]) => judge(...steps).findings.map(({ gap }) => gap !== undefined);
  const afterGuard = { dependencies: [urn("tag", "v**")] };

  it.each<[string, Step[], boolean[]]>([
    ["stays", [rule("same", "v**", "maintainer"), ...replaced("v*")], [false]],
    ["covers less", [rule("same", "v1*", "maintainer"), ...replaced("v*")], [true]],
    ["is only made now", [rule("create", "v**", "maintainer"), ...replaced("v*")], [true, false]],
    ["is replaced before", [...replaced("v**"), ...replaced("v*", afterGuard)], [false, false]],
    ["is replaced at any time", [...replaced("v**"), ...replaced("v*")], [true, true]],
    ["goes", [rule("delete", "v**", "maintainer"), ...replaced("v*")], [true, false]],
  ])("a gap where the other one %s", (_, steps, gaps) => {
    expect(gapsOf(...steps)).toEqual(gaps);
  });

  it("a removed one that the other covers is to be looked at", () => {
    const { findings } = judge(rule("same", "v**", "maintainer"), rule("delete", "v*", "maintainer"));
    expect(findings).toMatchObject([{ rank: "unclear", note: "removed; still covered by the rule for v**" }]);
  });
});

describe("a new generation of a credential", () => {
  const now = Date.parse("2027-01-01T12:00:00Z");
  const inputs = {
    ...access,
    description: "Pushes",
    scopes: ["write_repository"],
    accessLevel: "maintainer",
  };
  const present: Step = {
    op: "same",
    urn: urn("token", "one"),
    oldState: {
      id: "1:1",
      inputs: { project: "1", ...inputs, expiresAt: "2027-02-01" },
      outputs: { createdAt: "2026-11-03T10:00:00Z", expiresAt: "2027-02-01" },
    },
  };
  const made = (more: Properties) => created("token", { ...inputs, expiresAt: "2027-04-01", ...more });

  it.each<[Rank, string, Properties]>([
    ["neutral", "like the one that is there", { description: "Pushes, generation 2" }],
    ["neutral", "with less", { accessLevel: "developer" }],
    ["unclear", "with more scope", { scopes: ["api"] }],
    ["unclear", "with a higher level", { accessLevel: "owner" }],
    ["unclear", "with a longer life", { expiresAt: "2027-06-01" }],
    ["unclear", "without an end", { expiresAt: UNKNOWN }],
    ["unclear", "of another name", { name: "another" }],
    ["unclear", "with something new", { powers: ["all"] }],
    ["unclear", "in another project", { project: "2" }],
  ])("%s %s", (rank, _, more) => {
    const { findings } = review({ steps: [project("same"), present, made(more)] }, now);
    expect(findings.map((one) => one.rank)).toEqual([rank]);
  });

  it("of Heroku's authorization", () => {
    const old: Step = { op: "same", urn: urn("command", "one"), oldState: { inputs: environment({}) } };
    const next = (more: Properties): Step => ({
      op: "create",
      urn: urn("command", "two"),
      newState: { inputs: environment({ DESCRIPTION: "Pipelines, generation 2", ...more }) },
    });
    const rank = (more: Properties) => judge(project("same"), old, next(more)).findings[0]?.rank;
    expect([rank({}), rank({ SCOPES: "global" }), rank({ EXPIRY_DAYS: "3650" })]).toEqual([
      "neutral",
      "unclear",
      "unclear",
    ]);
  });
});

it("repeats the program's warnings once, and not the engine's", () => {
  const message = "warning: The access token of model iris expires in 3 days\n";
  const diagnostics = [
    { severity: "warning", urn: urn("token"), message },
    { severity: "warning", urn: urn("token"), message },
    { severity: "info", urn: urn("token"), message: "hello" },
    { severity: "warning", message: "using a plugin" },
    {
      severity: "warning",
      urn: "urn:pulumi:dev::mlops::pulumi:pulumi:Stack::mlops-dev",
      message: "a plugin",
    },
  ];
  expect(review({ steps: [], diagnostics }).warnings).toEqual([
    "The access token of model iris expires in 3 days",
  ]);
});

it("leaves what guards nothing to the counts", () => {
  const { findings, rest } = judge(
    changed("formation", { quantity: 1 }, { quantity: 2 }),
    changed("image", { imageName: "a" }, { imageName: "b" }),
    changed("command", { create: "node x.ts" }, { create: "node y.ts" }),
    {
      ...created("tag", {}),
      urn: "urn:pulumi:dev::mlops::mlops:index:RefProtection::server",
      newState: { custom: false },
    },
  );
  expect(findings).toEqual([]);
  expect(rest).toHaveLength(3);
});
