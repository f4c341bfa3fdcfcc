import { describe, expect, it } from "vitest";
import { changesNothing, type Digest } from "../../../lib/pulumi/preview.ts";
import { isPlainUpdate, unchangedWords } from "../../../operations/cli/nothing-to-do.ts";

describe("an update that is not run where nothing would change", () => {
  it.each([
    ["up --yes --skip-preview", true],
    ["update -y -f --stack dev --color never --expect-no-changes", true],
    ["--stack=dev up --yes --non-interactive --suppress-outputs", true],
    // Pulumi asks first, and shows what it asks about.
    ["up", false],
    ["up --skip-preview", false],
    ["preview --yes", false],
    ["up --yes --refresh", false],
    ["up --yes --message x", false],
    ["up --yes --event-log file", false],
    ["up --yes --target urn", false],
    ["up --yes --json", false],
    ["destroy --yes", false],
  ])("%s: %s", (line, wanted) => {
    expect(isPlainUpdate(line.split(" "))).toBe(wanted);
  });

  it("is told in the form of Pulumi, with outputs, warnings and numbers", () => {
    const seen = { resources: 2, outputs: { url: "http://a", list: ["x"] }, warnings: ["token ends"] };
    expect(
      unchangedWords("dev", seen, ["up"]),
    ).toBe(`Updating (dev): nothing to do. The review's preview leaves everything as it is.

Warning: token ends

Outputs:
    url : "http://a"
    list: [
        "x"
    ]

Resources:
    2 unchanged
`);
    expect(unchangedWords("dev", seen, ["up", "--suppress-outputs"])).not.toContain("Outputs");
  });
});

const state = {
  type: "t",
  inputs: { a: 1 },
  dependencies: ["x", "y"],
  propertyDependencies: { a: ["x", "y"], b: null },
  protect: true,
};
const seen = (more: object, step: object = {}): Digest => ({
  steps: [
    {
      op: "same",
      urn: "u",
      oldState: { ...state, id: "1", outputs: { a: 1 }, sourcePosition: "old" },
      newState: { ...state, sourcePosition: "new", ...more },
      ...step,
    },
  ],
  outputs: { before: { url: "a" }, after: { url: "a" } },
});

describe("a preview leaves the state as it is", () => {
  it.each([
    ["where all is the same", {}],
    ["where dependencies come in another order", { dependencies: ["y", "x"] }],
    ["where those of a property do", { propertyDependencies: { b: null, a: ["y", "x"] } }],
  ])("%s", (_, more) => expect(changesNothing(seen(more))).toBe(true));

  it.each([
    ["an option is given up", { protect: undefined }],
    ["an option is new", { retainOnDelete: true }],
    ["an input differs", { inputs: { a: 2 } }],
    ["a dependency is new", { dependencies: ["x", "y", "z"] }],
    ["an alias is new", { aliases: ["other"] }],
  ])("but not where %s", (_, more) => expect(changesNothing(seen(more))).toBe(false));

  it("and not where something is done, made, or given out anew", () => {
    expect(changesNothing(seen({}, { op: "update" }))).toBe(false);
    expect(changesNothing(seen({}, { oldState: undefined }))).toBe(false);
    expect(changesNothing({ ...seen({}), outputs: { before: {}, after: { url: "a" } } })).toBe(false);
    expect(changesNothing({ steps: [] })).toBe(false);
  });
});
