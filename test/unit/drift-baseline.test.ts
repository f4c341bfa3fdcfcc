/** What drift compares with: the program, and what the services give where the program says nothing. */
import { describe, expect, it } from "vitest";
import type { Step } from "../../lib/pulumi/preview.ts";
import { withoutAccepted } from "../../operations/drift/accepted.ts";
import { withLive } from "../../operations/drift/baseline/live.ts";
import { wasRefreshed, withProgram } from "../../operations/drift/baseline/program.ts";
import { comparedAttributes } from "../../operations/drift/baseline/unset.ts";
import { driftedResources } from "../../operations/drift/resources.ts";
import { withParties } from "../../operations/drift/rules.ts";
import { undoCommand } from "../../operations/drift/undo.ts";
import { kept, level, project, tagRule, urn } from "../support/drift.ts";
import { type Answers, serve } from "../support/server.ts";

async function served<T>(answers: Answers, look: (account: { url: string; token: string }) => Promise<T>) {
  const server = await serve(answers);
  try {
    return await look({ url: server.url, token: "glpat-of-the-look" });
  } finally {
    await server.close();
  }
}

const update = { kind: "update", result: "succeeded" };
const refresh = { kind: "refresh", result: "succeeded" };
const ofOne = { ...update, environment: { "pulumi.flag.target": "true" } };

it.each([
  ["updated last", [update, refresh], false],
  ["refreshed last", [refresh, update], true],
  ["refreshed, and then one resource was updated", [ofOne, refresh, update], true],
  ["refreshed, and then an update failed", [{ ...update, result: "failed" }, refresh, update], true],
  ["never refreshed", [update], false],
  ["new", [], false],
])("a state that was %s needs the program: %s", (_what, history, expected) => {
  expect(wasRefreshed(history)).toBe(expected);
});

describe("after a refresh", () => {
  const type = "gitlab:index/tagProtection:TagProtection";
  const inputs = (createAccessLevel: string) => ({ project: "3", tag: "v*", createAccessLevel });
  const refreshed = kept(type, "3:v*", inputs("developer"), inputs("developer"));

  it("what the program wants is the baseline", () => {
    const wanted: Step = { op: "replace", urn: urn(type), newState: { inputs: inputs("maintainer") } };
    const drift = driftedResources(withProgram([project, refreshed], [wanted]), "prod");
    expect(drift.map(({ attributes }) => attributes)).toMatchObject([
      [{ path: "createAccessLevel", before: "Maintainers", after: "Developers" }],
    ]);
  });

  it("what was deleted outside, and so dropped from the state, is told as deleted", () => {
    const wanted: Step = { op: "create", urn: urn(type), newState: { inputs: inputs("maintainer") } };
    const drift = driftedResources(withProgram([project], [wanted]), "prod");
    expect(drift).toMatchObject([{ noun: "tags", name: "v*", what: "deleted" }]);
  });
});

describe("who the stack's own rules let in", () => {
  const rule = (entries: object[]): Answers => ({
    "GET /projects/3/protected_tags?per_page=100&page=1": [
      200,
      [{ name: "v*", create_access_levels: entries }],
    ],
  });
  const maintainers = level(40, "Maintainers");
  const eve = level(40, "Eve", { user_id: 7 });

  it.each<[string, object[], string | undefined]>([
    ["Maintainers alone", [maintainers], undefined],
    ["a user beside them", [maintainers, eve], "Eve (user 7), Maintainers"],
    ["a group", [maintainers, level(40, "all", { group_id: 8 })], "Maintainers, all (group 8)"],
    [
      "a deploy key",
      [maintainers, level(40, "key", { deploy_key_id: 9 })],
      "Maintainers, key (deploy key 9)",
    ],
    ["a second role", [maintainers, level(30, "Developers + Maintainers")], "Developers, Maintainers"],
    ["a user alone", [eve], "Eve (user 7)"],
  ])("is compared entry by entry: %s", async (_what, entries, after) => {
    const [told] = await served(rule(entries), (account) =>
      withParties([], [project, tagRule], account, "prod"),
    );
    expect(told?.attributes[0]?.after).toBe(after);
    if (after) {
      expect(told).toMatchObject({
        noun: "tags",
        name: "v*",
        owner: "group/mlserver",
        attributes: [{ label: "who else may create", before: "Maintainers" }],
        restore: `npx pulumi up --stack prod --target-replace '${tagRule.urn}'`,
      });
    }
  });

  it("is told once: a role that the refresh tells hides no user behind it", async () => {
    const drifted: Step = {
      ...tagRule,
      op: "update",
      newState: { inputs: { project: "3", tag: "v*", createAccessLevel: "developer" }, outputs: {} },
    };
    const steps = [project, drifted];
    const found = driftedResources(steps, "prod");
    const [told, ...more] = await served(rule([level(30, "Developers + Maintainers"), eve]), (account) =>
      withParties(found, steps, account, "prod"),
    );
    expect(more).toEqual([]);
    expect(told?.attributes.map(({ path, after }) => [path, after])).toEqual([
      ["createAccessLevel", "Developers"],
      ["allowedToCreates", "Developers, Eve (user 7)"],
    ]);
  });
});

describe("what the program leaves unset", () => {
  const type = "gitlab:index/projectVariable:ProjectVariable";
  const one = kept(
    type,
    "3:KEY:*",
    { variableType: "env_var" },
    { project: "3", key: "KEY", protected: true },
  );
  const list = (item: object): Answers => ({
    "GET /projects/3/variables?per_page=100&page=1": [
      200,
      [
        {
          key: "KEY",
          environment_scope: "*",
          variable_type: "env_var",
          protected: true,
          masked: false,
          ...item,
        },
      ],
    ],
  });

  it.each<[object, object[]]>([
    [{}, []],
    [{ variable_type: "file" }, [{ path: "variableType", label: "type", before: "env_var", after: "file" }]],
    [{ raw: true }, [{ path: "raw", before: "no", after: "yes" }]],
  ])("is read from the service, since a refresh repeats what it had: %o", async (item, attributes) => {
    const steps = await served(list(item), (account) =>
      withLive([project, one], account, comparedAttributes),
    );
    const drift = driftedResources(steps, "prod");
    expect(drift.flatMap((found) => found.attributes)).toMatchObject(attributes);
    for (const { restore } of drift) {
      expect(restore).toBe(`npx pulumi up --stack prod --target-replace '${one.urn}'`);
    }
  });

  it("stays as it is where the service does not tell", async () => {
    const steps = await served({}, (account) => withLive([one], account, comparedAttributes));
    expect(steps).toEqual([one]);
  });

  it("of a runner is set back in place, since a new one would have to be registered", () => {
    const runner = kept("gitlab:index/userRunner:UserRunner", "5", {}, { projectId: 3 });
    const paused = { ...runner, newState: { ...runner.newState, outputs: { paused: true } } };
    expect(driftedResources([paused], "prod")).toMatchObject([
      { restore: `npm run api -- gitlab PUT /runners/5 '{"paused":false}' --stack prod` },
    ]);
  });
});

it("an accepted finding is told again when it changes", () => {
  const found = { noun: "member", name: "ana", owner: "group/mlserver", effect: "is reporter: reads" };
  const accepted = ["member ana of group/mlserver: is reporter: reads"];
  expect(withoutAccepted([found], accepted)).toEqual({
    left: [],
    note: "accepted by setting driftAccepted, not told: 1",
  });
  const promoted = { ...found, effect: "is owner: may change rules" };
  expect(withoutAccepted([promoted], accepted)).toEqual({ left: [promoted], note: undefined });
});

it.each([
  ["/projects/3/hooks/7", "/projects/3/hooks/7"],
  [
    "/projects/3/variables/A?filter[environment_scope]=*",
    "'/projects/3/variables/A?filter[environment_scope]=*'",
  ],
  ["/x'; rm -rf ~'", String.raw`'/x'\''; rm -rf ~'\'''`],
])("a command's path %s is one word of a shell", (path, word) => {
  expect(undoCommand("prod", { service: "gitlab", method: "DELETE", path })).toBe(
    `npm run api -- gitlab DELETE ${word} --stack prod`,
  );
});
