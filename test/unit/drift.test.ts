/** What `npm run drift` makes of a refresh: the words, the commands, and what it must never show. */

import { FORMATS } from "@tag-to-endpoint/command-line";
import { describe, expect, it } from "vitest";
import { redact } from "../../lib/credentials/patterns.ts";
import { sections } from "../../lib/kinds/kinds.ts";
import type { State, Step } from "../../lib/pulumi/preview.ts";
import { dotted, valueAt } from "../../lib/pulumi/property-path.ts";
import { hasDrift, type Report, render } from "../../operations/drift/report.ts";
import { driftedResources, unreadableValues } from "../../operations/drift/resources.ts";

const urn = (type: string, name: string) => `urn:pulumi:prod::mlops::mlops:index:Part$${type}::${name}`;

function step(op: string, type: string, old: Partial<State>, now?: Partial<State>): Step {
  const state = (part: Partial<State>) => ({ type, id: "1", inputs: {}, outputs: {}, ...part });
  return { op, urn: urn(type, "it"), oldState: state(old), ...(now && { newState: state(now) }) };
}

const project = step(
  "refresh",
  "gitlab:index/project:Project",
  { id: "3", outputs: { pathWithNamespace: "group/mlserver" } },
  { id: "3", outputs: { pathWithNamespace: "group/mlserver" } },
);
const VARIABLE = "gitlab:index/projectVariable:ProjectVariable";
const variable = (inputs: object, now: object) => {
  const one = (part: object) => ({ inputs: { project: "3", key: "KEY", ...part } });
  return step("update", VARIABLE, one(inputs), one(now));
};

describe("changes", () => {
  it("are told by attribute, with the project's name and the command", () => {
    const rule = {
      ...step(
        "update",
        "gitlab:index/tagProtection:TagProtection",
        { inputs: { project: "3", tag: "v*", createAccessLevel: "maintainer" } },
        { inputs: { project: "3", tag: "v*", createAccessLevel: "developer" } },
      ),
      detailedDiff: { createAccessLevel: { kind: "update-replace", inputDiff: false } },
    };
    expect(driftedResources([project, rule], "prod")).toEqual([
      {
        section: "Protection",
        noun: "tags",
        name: "v*",
        owner: "group/mlserver",
        what: "changed",
        attributes: [
          { path: "createAccessLevel", label: "who may create", before: "Maintainers", after: "Developers" },
        ],
        urn: rule.urn,
        restore: `npx pulumi up --stack prod --refresh --target '${rule.urn}'`,
      },
    ]);
  });

  it.each([
    ["a secret of the state", { value: "[secret]" }, { value: "canary" }],
    [
      "a masked variable's value",
      { masked: true, value: "earlier-canary" },
      { masked: true, value: "canary" },
    ],
    [
      "the value of a variable that was masked",
      { masked: true, value: "a" },
      { masked: false, value: "canary" },
    ],
  ])("never show %s", (_what, before, now) => {
    const [change] = driftedResources([project, variable(before, now)], "prod");
    expect(change?.attributes.at(-1)).toEqual({
      path: "value",
      label: "value",
      before: "[secret]",
      after: "another one, not shown",
    });
    for (const format of FORMATS) {
      const report: Report = { stack: "prod", drift: change ? [change] : [], unmanaged: [], notes: [] };
      expect(render(report, format)).not.toMatch(/canary/);
    }
  });

  it("show an open value without the credentials in it", () => {
    const [change] = driftedResources(
      [variable({ value: "a" }, { value: "https://x:canary@host/a.git" })],
      "prod",
    );
    expect(change?.attributes).toEqual([
      { path: "value", label: "value", before: "a", after: "https://x:[secret]@host/a.git" },
    ]);
  });

  const marked = "Deploys (Pulumi stack mlops/prod)";
  it.each([
    ["a description is shown without the stack's mark", "By hand", ["Deploys", "By hand"]],
    ["a lost mark is shown", "Deploys", [marked, "Deploys"]],
  ])("are told in people's words: %s", (_what, description, [before, after]) => {
    const [change] = driftedResources([project, variable({ description: marked }, { description })], "prod");
    expect(change?.attributes).toMatchObject([{ path: "description", before, after }]);
  });

  it("leave out what only the service decides", () => {
    const touched = step(
      "update",
      "gitlab:index/project:Project",
      { outputs: { emptyRepo: true } },
      { outputs: {} },
    );
    expect(driftedResources([touched], "prod")).toEqual([]);
  });

  it.each([
    ["gitlab:index/projectAccessToken:ProjectAccessToken", "--refresh --target 'URN' --target-dependents"],
    ["gitlab:index/projectVariable:ProjectVariable", "--refresh --target 'URN'"],
    ["gitlab:index/project:Project", "--refresh"],
  ])("restore a deleted %s with all that went with it", (type, words) => {
    const [change] = driftedResources([step("delete", type, {})], "prod");
    expect(change?.restore).toBe(`npx pulumi up --stack prod ${words.replace("URN", urn(type, "it"))}`);
  });

  it("restore a deleted app in two steps, since the provider cannot refresh its dynos", () => {
    const app = step("delete", "heroku:app/app:App", {});
    const drop = `npx pulumi refresh --stack prod --yes --target '${app.urn}' && npx pulumi up --stack prod`;
    const drift = driftedResources([app], "prod");
    expect(drift.map(({ restore }) => restore)).toEqual([drop]);
    const others = driftedResources([step("delete", "gitlab:index/project:Project", {})], "prod");
    const told = render({ stack: "prod", drift: [...drift, ...others], unmanaged: [], notes: [] }, "text");
    expect(told).toContain(`To put all of it back: ${drop} && npx pulumi up --stack prod --refresh\n`);
  });

  const kinds = sections.flatMap(({ title, kinds }) => Object.keys(kinds).map((type) => [type, title]));
  it.each(kinds)("of a %s are told under %s, with the command", (type, section) => {
    const deleted = step("delete", type, {});
    const [change] = driftedResources([deleted], "prod");
    expect(change).toMatchObject({ section, what: "deleted", urn: deleted.urn });
    const command =
      type === "heroku:app/app:App"
        ? /^npx pulumi refresh /
        : /^npx pulumi up --stack prod --refresh( --target |$)/;
    expect(change?.restore).toMatch(command);
  });

  it("name the hidden values that cannot be compared", () => {
    const hidden = step(
      "refresh",
      VARIABLE,
      {},
      { inputs: { project: "3", key: "K" }, outputs: { hidden: true } },
    );
    expect(unreadableValues([project, hidden])).toEqual(["group/mlserver: K"]);
  });
});

it.each([
  ["a", 1],
  ["b.c", 2],
  ["d[0].e", 3],
  ['["f.g"]', 4],
  ["b.none.deeper", undefined],
])("path %s is followed", (path, expected) => {
  expect(valueAt({ a: 1, b: { c: 2 }, d: [{ e: 3 }], "f.g": 4 }, path)).toBe(expected);
});

it.each([
  ["a", "a"],
  ["b.c", "b.c"],
  ["d[0].e", "d"],
  ['b["f"]', "b.f"],
])("path %s is %s without an index", (path, expected) => {
  expect(dotted(path)).toBe(expected);
});

describe("a report", () => {
  const empty: Report = { stack: "prod", drift: [], unmanaged: [], notes: ["a note"] };
  it("says that nothing was changed, whatever notes it has", () => {
    expect(hasDrift(empty)).toBe(false);
    expect(render(empty, "text")).toMatch(/^Stack prod: no drift\.\n/);
    expect(JSON.parse(render(empty, "json"))).toMatchObject({ drifted: false, drift: [], unmanaged: [] });
  });

  it("keeps names that others chose from becoming markup", () => {
    const name = "<img src=x>|`@all`";
    const unmanaged = [{ noun: "tags", name, owner: "group/p", effect: "lets in", remedy: "remove it" }];
    const text = render({ ...empty, unmanaged }, "markdown");
    expect(text).toContain(
      String.raw`| tags &lt;img src=x&gt;\|\`\@all\` of group/p | lets in | remove it |`,
    );
  });
});

it("hides what looks like a credential", () => {
  const text = "glpat-abcdefgh12345678 HRKU-01234567-89ab glcbt-64_abcdefgh http://u:pw@h/x glossary";
  expect(redact(text)).toBe("[secret] [secret] [secret] http://u:[secret]@h/x glossary");
});
