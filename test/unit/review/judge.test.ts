/** From Pulumi's JSON to findings: what comes, goes, is replaced and is warned of. */
import { describe, expect, it } from "vitest";
import type { Rank } from "../../../lib/kinds/comparers.ts";
import type { State, Step } from "../../../lib/pulumi/preview.ts";
import { type Properties, UNKNOWN, type Value } from "../../../lib/pulumi/values.ts";
import { review } from "../../../operations/review/judge.ts";
import {
  access,
  apiKey,
  changed,
  created,
  deleted,
  environment,
  judge,
  madeOf,
  main,
  project,
  urn,
} from "./steps.ts";

describe("what comes and goes", () => {
  it.each<[Rank, Step, string]>([
    ["weaker", deleted("tag", { tag: "v*" }), "no longer protected: everybody who may push may create them"],
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
    [
      "neutral",
      created(
        "variable",
        { ...apiKey, masked: true, protected: true },
        madeOf("value", urn("command", "deploy")),
      ),
      "new credential",
    ],
  ])("%s: %j", (rank, step, note) => {
    expect(judge(project("same"), step).findings).toMatchObject([{ rank, note }]);
  });

  it("is part of the project where that goes as well, which is to be looked at", () => {
    const { findings, weaker, rest } = judge(
      project("delete"),
      deleted("tag", { tag: "v*" }),
      deleted("branch", main),
    );
    expect(weaker).toBe(true);
    expect(findings).toMatchObject([{ rank: "unclear", noun: "project", name: "ml/server" }]);
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

describe("a stack that never came up as a whole", () => {
  const unfinished = (...steps: Step[]) =>
    review({ steps: [project("same"), ...steps] }, { isUnfinished: true });
  const made = [created("command", environment({})), created("token", { ...access, scopes: ["api"] })];

  it("goes on being made without an approval", () => {
    expect(unfinished(...made).weaker).toBe(false);
    const { findings } = judge(project("same"), ...made);
    expect(findings.map(({ rank }) => rank)).toEqual(["unclear", "unclear"]);
  });

  it("is judged where it changes what is there", () => {
    const after = { tag: "v*", createAccessLevel: "developer" };
    expect(unfinished(changed("tag", { tag: "v*" }, after)).weaker).toBe(true);
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
    expect(findings).toMatchObject([{ rank: "stronger", gap: "everybody who may push may create them" }]);
  });

  it("has no gap where the new one is made first", () => {
    expect(judge(made, step, gone).findings[0]).not.toHaveProperty("gap");
  });

  it("that somebody asks for, with nothing that differs, is neutral", () => {
    const asked = changed("command", environment({}), environment({}), {
      op: "replace",
      detailedDiff: { id: { kind: "update-replace", inputDiff: false } },
      replaceReasons: ["id"],
    });
    expect(judge(asked).findings).toMatchObject([{ rank: "neutral", note: "made anew, as it is" }]);
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
    ["unclear", "of another model", { description: "Pushes of another" }],
    ["unclear", "with something new", { powers: ["all"] }],
    ["unclear", "in another project", { project: "2" }],
  ])("%s %s", (rank, _, more) => {
    const { findings } = review({ steps: [project("same"), present, made(more)] }, { now });
    expect(findings.map((one) => one.rank)).toEqual([rank]);
  });

  describe("that is a deploy key", () => {
    const title = "Pushes of model project iris";
    const state = { id: "1:7", inputs: { project: "1", title, key: "ssh-ed25519 A", canPush: true } };
    const end = { expiresAt: "2027-02-01T00:00:00Z" };
    const old: Step = {
      op: "same",
      urn: urn("key", "one"),
      oldState: { ...state, created: "2026-11-03T10:00:00Z", outputs: end },
    };
    const key = (more: Properties = {}) =>
      created("key", {
        title: `${title}, generation 2`,
        key: UNKNOWN,
        canPush: true,
        expiresAt: "2027-04-01T00:00:00Z",
        ...more,
      });

    it.each<[Rank, string, Properties]>([
      ["neutral", "like the one that is there", {}],
      ["weaker", "whose private half may be somebody's", { key: "ssh-ed25519 B" }],
      ["weaker", "with a longer life", { expiresAt: "2027-06-01T00:00:00Z" }],
      ["weaker", "without an end", { expiresAt: UNKNOWN }],
      ["weaker", "of another model", { title: "Pushes of model project wine" }],
      ["weaker", "of another project", { project: "2" }],
    ])("%s %s", (rank, _, more) => {
      const { findings } = review({ steps: [project("same"), old, key(more)] }, { now });
      expect(findings.map((one) => one.rank)).toEqual([rank]);
    });

    const rule = (after: Value, dependsOn: string[] = [urn("key")]): Step => {
      const push = [{ accessLevel: "maintainer" }, { deployKeyId: 7 }];
      const step = changed("branch", { ...main, allowedToPushes: push }, { ...main, allowedToPushes: after });
      const propertyDependencies = { allowedToPushes: dependsOn };
      return { ...step, newState: { ...step.newState, propertyDependencies } };
    };
    const ranks = (...steps: Step[]) =>
      review({ steps: [project("same"), old, ...steps] }, { now }).findings.map((one) => one.rank);
    const both = [{ accessLevel: "maintainer" }, { deployKeyId: 7 }, { deployKeyId: UNKNOWN }];

    it("takes nobody's place in the rule of a branch", () => {
      expect(ranks(key(), rule(both))).toEqual(["neutral", "neutral"]);
    });

    it("is told where it is in a rule and no new generation, or others come with it", () => {
      expect(ranks(key({ key: "ssh-ed25519 B" }), rule(both))).toEqual(["weaker", "weaker"]);
      expect(ranks(key(), rule([...both, { deployKeyId: UNKNOWN }]))).toEqual(["weaker", "neutral"]);
      expect(ranks(key(), rule([...both, { userId: 5 }]))).toEqual(["weaker", "neutral"]);
      expect(ranks(key(), rule(both, []))).toEqual(["weaker", "neutral"]);
      expect(ranks(rule([{ accessLevel: "maintainer" }, { deployKeyId: 8 }]))).toEqual(["weaker"]);
    });
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
  const seed = { create: "node infra/commands/seed-repository.ts" };
  const { findings, rest } = judge(
    changed("formation", { quantity: 1 }, { quantity: 2 }),
    changed("gitlab:index/label:Label", { color: "red" }, { color: "blue" }),
    changed("command", { ...seed, triggers: ["a"] }, { ...seed, triggers: ["b"] }),
    {
      ...created("tag", {}),
      urn: "urn:pulumi:dev::mlops::mlops:index:RefProtection::server",
      newState: { custom: false },
    },
  );
  expect(findings).toEqual([]);
  expect(rest).toHaveLength(3);
});
