/** A review as a reader gets it, and the fingerprint of what was read. */

import type { Format } from "@tag-to-endpoint/command-line";
import { describe, expect, it } from "vitest";
import type { Digest, Step } from "../../../lib/pulumi/preview.ts";
import { fingerprintOf } from "../../../operations/review/approvals.ts";
import { changesOf } from "../../../operations/review/changes.ts";
import { review } from "../../../operations/review/judge.ts";
import { type Reported, report } from "../../../operations/review/report.ts";

const type = "mlops:index:A$gitlab:index/tagProtection:TagProtection";
const urn = (name: string) => `urn:pulumi:dev::mlops::${type}::${name}`;

function replaced(id: string, before: string, after: string): Step {
  return {
    op: "replace",
    urn: urn(id),
    oldState: { id, inputs: { project: id, tag: "v*", createAccessLevel: before } },
    newState: { inputs: { project: id, tag: "v*", createAccessLevel: after } },
    detailedDiff: { createAccessLevel: { kind: "update-replace", inputDiff: false } },
  };
}

const project = (id: string, name: string): Step => ({
  op: "same",
  urn: `urn:pulumi:dev::mlops::gitlab:index/project:Project::${name}`,
  oldState: { id, outputs: { pathWithNamespace: `ml/${name}` } },
});

/** The rule of two projects, its deletion coming first in one of them. */
const digest: Digest = {
  steps: [
    project("1", "server"),
    project("2", "iris_tree"),
    { ...replaced("2", "maintainer", "developer"), op: "delete-replaced" },
    replaced("2", "maintainer", "developer"),
    { ...replaced("2", "maintainer", "developer"), op: "create-replacement" },
    replaced("1", "maintainer", "developer"),
    { op: "create", urn: "urn:pulumi:dev::mlops::heroku:formation/formation:Formation::web" },
  ],
};

const reported = (from: Digest, more: Partial<Reported> = {}): Reported => ({
  stack: "dev",
  review: review(from),
  fingerprint: "0123456789abcdef",
  approved: false,
  options: [],
  ...more,
});

describe("the text", () => {
  it("puts the rank first, tells the gap, and counts the rest", () => {
    expect(report("text", reported(digest), false)).toBe(`Stack dev: 1 WEAKER, with a gap in time.

WEAKER    tags v* of ml/iris_tree and ml/server: who may create: Maintainers -> Developers

Replaced by deleting the old one first. Until the new one is there:
  tags v* of ml/iris_tree: everybody who may push may create them

Also: 1 created (1 Formation)

Not approved: \`npx pulumi up\` refuses it. To approve exactly this: npm run review -- --approve=0123456789ab
`);
  });

  it("tells the same change of several projects once", () => {
    const both = {
      steps: [
        project("1", "b"),
        project("2", "a"),
        replaced("1", "admin", "maintainer"),
        replaced("2", "admin", "maintainer"),
      ],
    };
    expect(report("text", reported(both), false)).toContain(
      "WEAKER    tags v* of ml/a and ml/b: who may create",
    );
  });

  it("tells the same change of several things of a project once, and what is more than one of them", () => {
    const variable = (key: string, id: string): Step => ({
      op: "update",
      urn: `urn:pulumi:dev::mlops::gitlab:index/projectVariable:ProjectVariable::${id}`,
      oldState: { inputs: { project: "1", key, protected: true } },
      newState: { inputs: { project: "1", key, protected: false } },
      detailedDiff: { protected: { kind: "update", inputDiff: false } },
    });
    const steps = [project("1", "server"), variable("A", "a"), variable("B", "b"), variable("A", "a2")];
    expect(report("text", reported({ steps }), false)).toContain(
      "\nWEAKER    variables A (2 of them) and B of ml/server: who sees it: " +
        "pipelines of protected refs -> every pipeline\n",
    );
  });

  it("says that nothing gets weaker, or that nothing would change", () => {
    const stronger = { steps: [replaced("1", "developer", "maintainer")] };
    expect(report("text", reported(stronger), false)).toMatch(
      /^Stack dev: nothing gets weaker \(1 stronger\)\.\n/,
    );
    expect(report("text", reported({ steps: [project("1", "a")] }), false)).toBe(
      "Stack dev: nothing would change.\n",
    );
  });

  it("says that it is approved, and names the options of an approval", () => {
    expect(report("text", reported(digest, { approved: true }), false)).toContain(
      "Approved: `npx pulumi up`",
    );
    const options = ["--target", "**tag's*"];
    const text = report("text", reported(digest, { options }), false);
    expect(text).toContain("-- --approve=0123456789ab --target '**tag'\\''s*'\n");
  });

  it("tells what the policy refuses, and of no approval", () => {
    const event = {
      resourceUrn: urn("rule"),
      policyName: "protected-tag",
      enforcementLevel: "mandatory",
      message: "Protected tags say who.\nfound:   x\nfix:     y\n",
    };
    const text = report(
      "text",
      reported({ ...digest, policyEvents: [event, { ...event, resourceUrn: urn("another") }] }),
      false,
    );
    expect(text).toMatch(/^Stack dev: 1 WEAKER, with a gap in time, refused by policy\.\n/);
    expect(
      text.slice(text.indexOf("The policy")),
    ).toBe(`The policy refuses this, and no approval changes that:
  protected-tag of another and rule
    Protected tags say who.
    found:   x
    fix:     y
`);
    const alone = report("text", reported({ steps: [], policyEvents: [event] }), false);
    expect(alone).toMatch(/^Stack dev: nothing gets weaker \(refused by policy\)\.\n/);
    const markdown = report("markdown", reported({ ...digest, policyEvents: [event] }), false);
    expect(markdown).toContain("```\n  protected-tag of rule\n    Protected tags say who.\n");
  });

  it("tells what the mark with a question means, where it stands", () => {
    const unknown: Step = {
      op: "create",
      urn: "urn:pulumi:dev::mlops::gitlab:index/groupVariable:GroupVariable::x",
    };
    const legend = "WEAKER? may be weaker: no rule knows, so somebody has to look at it.";
    for (const format of ["text", "markdown"] as const) {
      expect(report(format, reported({ steps: [unknown] }), false)).toContain(`\n\n${legend}\n`);
      expect(report(format, reported(digest), false)).not.toContain(legend);
    }
  });

  it("has colours where they are asked for", () => {
    expect(report("text", reported(digest), true)).toContain("\u001b[31mWEAKER");
    expect(report("text", reported(digest), false)).not.toContain("\u001b");
  });
});

describe("the other formats", () => {
  it("Markdown is a table in which nothing is taken for Markdown", () => {
    const text = report("markdown", reported(digest), false);
    expect(text).toContain(
      "| **WEAKER** | tags v\\* of ml/iris\\_tree and ml/server | who may create: Maintainers → Developers |",
    );
    expect(text).toContain("- tags v\\* of ml/iris\\_tree: everybody who may push may create them");
  });

  it("JSON has every finding by itself", () => {
    const json = JSON.parse(report("json", reported(digest), false));
    expect(json).toMatchObject({
      stack: "dev",
      weaker: true,
      approved: false,
      fingerprint: "0123456789abcdef",
    });
    expect(json.findings).toHaveLength(2);
    expect(json.findings[0]).toEqual({
      rank: "weaker",
      open: false,
      noun: "tags",
      name: "v*",
      owner: "ml/iris_tree",
      attribute: "who may create",
      before: "Maintainers",
      after: "Developers",
      gap: "everybody who may push may create them",
      urn: urn("2"),
    });
    expect(json.rest).toEqual([{ action: "create", type: "heroku:formation/formation:Formation", count: 1 }]);
  });

  it.each<Format>(["text", "json", "markdown"])(
    "%s never shows a secret's surroundings as values",
    (format) => {
      const step: Step = {
        op: "update",
        urn: "urn:pulumi:dev::mlops::gitlab:index/projectVariable:ProjectVariable::v",
        oldState: { inputs: { key: "A", value: "plain-before" } },
        newState: { inputs: { key: "A", value: "plain-after" } },
        detailedDiff: { value: { kind: "update", inputDiff: false } },
      };
      expect(report(format, reported({ steps: [step] }), false)).not.toContain("plain-");
    },
  );
});

describe("the fingerprint", () => {
  const of = (steps: Step[], stack = "dev") => fingerprintOf(stack, changesOf({ steps }));
  const one = replaced("1", "maintainer", "developer");
  const two = replaced("2", "maintainer", "developer");

  it("is the same in any order, of steps as of keys", () => {
    const turned = {
      ...one,
      newState: { inputs: { createAccessLevel: "developer", tag: "v*", project: "1" } },
    };
    expect(of([two, turned])).toBe(of([one, two]));
    expect(of([one])).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Step[], string?]>([
    ["another value", [replaced("1", "maintainer", "no one"), two]],
    ["another old value", [replaced("1", "admin", "developer"), two]],
    ["one change more", [one, two, replaced("3", "maintainer", "developer")]],
    ["one change less", [one]],
    ["a harmless change more", [one, two, { op: "create", urn: "urn:pulumi:dev::mlops::x:index:Y::z" }]],
    ["another way to do it", [{ ...one, op: "update" }, two]],
    [
      "another attribute reported",
      [{ ...one, detailedDiff: { ...one.detailedDiff, tag: { kind: "update", inputDiff: false } } }, two],
    ],
    ["another stack", [one, two], "production"],
  ])("is another one for %s", (_, steps, stack) => {
    expect(of(steps, stack)).not.toBe(of([one, two]));
  });

  it("is that of the whole diff: what stays the same is not in it", () => {
    expect(of([one, project("1", "server")])).toBe(of([one]));
  });
});
