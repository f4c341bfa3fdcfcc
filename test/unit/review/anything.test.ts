/** Whatever changes is told, or on the list of what is harmless, with its reason: random edits of everything. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { harmlessList } from "../../../lib/kinds/harmless.ts";
import { attributeOf } from "../../../lib/kinds/kind.ts";
import { kindOf } from "../../../lib/kinds/kinds.ts";
import { harmlessOptions, noOptions } from "../../../lib/kinds/options.ts";
import { ownVariables } from "../../../lib/kinds/variable-names.ts";
import type { Step } from "../../../lib/pulumi/preview.ts";
import { equal, type Properties, type Value } from "../../../lib/pulumi/values.ts";
import type { Finding, Review } from "../../../operations/review/judge.ts";
import { propertiesOf, schemas } from "./arbitrary.ts";
import { changed, created, deleted, judge, judgeOutputs, project, SECRET, type Type, urn } from "./steps.ts";

const list = harmlessList();
const reasons = new Set(list.map(({ reason }) => reason));

/** Findings that need an approval, are stronger, or are neutral for a reason that is on the list. */
function unfounded({ findings }: Review): Finding[] {
  return findings.filter(
    ({ rank, reason }) => rank === "neutral" && !(reason !== undefined && reasons.has(reason)),
  );
}

/** Why an edit of a property is no more than counted; undefined where it is not to be. */
function countedFor(type: Type, before: Properties, after: Properties, paths: readonly string[]): boolean {
  const kind = kindOf(urnType(type), before, after);
  if (kind.harmless !== undefined) return true;
  return (
    kind.countsNeutral === true &&
    paths.every((path) => attributeOf(kind, path).harmless !== undefined || isSame(path, before, after))
  );
}
const urnType = (type: Type) => urn(type).split("$").at(-1)?.split("::")[0] ?? "";
const isSame = (path: string, before: Properties, after: Properties) => equal(before[path], after[path]);

/** The same edits in every run, so that a failure is of a change to the code; UNSEEN_RUNS=5000 tries others, and more. */
const others = Number(process.env.UNSEEN_RUNS ?? 0);
const runs = others > 0 ? { numRuns: others } : { numRuns: 150, seed: 13 };

describe.each(schemas)("%s", (type, properties, types) => {
  it("has no edit that passes unseen", () => {
    fc.assert(
      fc.property(
        propertiesOf(properties, types),
        propertiesOf(properties, types),
        fc.boolean(),
        (before, after, replaces) => {
          fc.pre(!equal(before, after));
          const step = changed(type, before, after, replaces ? { op: "replace" } : {});
          const review = judge(project("same"), step);
          expect(unfounded(review)).toEqual([]);
          const paths = Object.keys(step.detailedDiff ?? {});
          if (review.findings.length === 0) expect(countedFor(type, before, after, paths)).toBe(true);
        },
      ),
      runs,
    );
  });

  it("has no new one and no deletion that passes unseen", () => {
    fc.assert(
      fc.property(propertiesOf(properties, types), fc.boolean(), (inputs, comes) => {
        const review = judge(project("same"), comes ? created(type, inputs) : deleted(type, inputs));
        expect(unfounded(review)).toEqual([]);
        const kind = kindOf(urnType(type), inputs);
        if (review.findings.length === 0) expect(kind.harmless ?? kind.countsNeutral).toBeTruthy();
      }),
      runs,
    );
  });

  it("has no option that passes unseen", () => {
    const names = [
      "protect",
      "ignoreChanges",
      "retainOnDelete",
      "deletedWith",
      "aliases",
      "provider",
      "additionalSecretOutputs",
      "resourceHooks",
      "hideDiff",
      "replaceWith",
      "urn",
      "external",
      "anOptionOfTomorrow",
      ...Object.keys(harmlessOptions),
      ...Object.keys(noOptions).filter((name) => !["inputs", "outputs", "id"].includes(name)),
    ];
    const values: fc.Arbitrary<Value> = fc.oneof(
      fc.boolean(),
      fc.array(fc.constantFrom("createAccessLevel", "description", "value", "token"), {
        minLength: 1,
        maxLength: 2,
      }),
      fc.constantFrom(`${urn("gitlab", "a")}::1`, `${urn("gitlab", "b")}::2`),
    );
    fc.assert(
      fc.property(
        propertiesOf(properties, types),
        fc.constantFrom(...names),
        values,
        values,
        (inputs, name, before, after) => {
          const state = { id: "x", inputs: { project: "1", ...inputs } };
          const step: Step = {
            op: "same",
            urn: urn(type),
            oldState: { ...state, [name]: before },
            newState: { ...state, [name]: after },
          };
          const review = judge(project("same"), step);
          expect(unfounded(review)).toEqual([]);
          const kind = kindOf(urnType(type), inputs);
          const isListed =
            name in harmlessOptions ||
            name in noOptions ||
            kind.harmless !== undefined ||
            isHarmlessOption(type, name, before, after);
          if (review.findings.length === 0)
            expect(isListed || nothingChanges(name, before, after)).toBe(true);
        },
      ),
      runs,
    );
  });
});

/** Options of which a change can be harmless, by its value. */
function isHarmlessOption(type: Type, name: string, before: Value, after: Value): boolean {
  if (name === "resourceHooks") return true;
  if (name !== "ignoreChanges" || !Array.isArray(after)) return false;
  const added = after.filter((path) => !Array.isArray(before) || !before.includes(path));
  const kind = kindOf(urnType(type));
  return added.every((path) => kind.ignores?.[String(path)] ?? attributeOf(kind, String(path)).harmless);
}

function nothingChanges(name: string, before: Value, after: Value): boolean {
  if (equal(before, after)) return true;
  return name === "provider" && typeof before !== "string" && typeof after !== "string";
}

describe("outputs of the stack", () => {
  it("never lose a secret, gain a name or change unseen, but for the listed ones", () => {
    const names = fc.constantFrom("appUrl", "runtimeImage", "runnerTokens", "another", "password");
    const values: fc.Arbitrary<Value> = fc.constantFrom(
      SECRET,
      "a",
      "b",
      1,
      true,
      "glpat-abcdefghijklmnopqrst",
    );
    fc.assert(
      fc.property(names, fc.option(values, { nil: undefined }), values, (name, before, after) => {
        fc.pre(!equal(before, after));
        const outputs = { before: before === undefined ? {} : { [name]: before }, after: { [name]: after } };
        const { findings } = judgeOutputs(outputs);
        const isListed = list.some(({ of, what }) => of === "an output of the stack" && what === name);
        const isSafe =
          after === SECRET || (isListed && before !== SECRET && !String(after).startsWith("glpat"));
        expect(findings.map(({ rank }) => ["weaker", "unclear"].includes(rank))).toEqual(
          isSafe ? [] : [true],
        );
      }),
      runs,
    );
  });
});

describe("names of CI/CD variables", () => {
  const names = fc
    .array(fc.constantFrom(..."ABCDEGHIKLMNOPRSTUXY_"), { minLength: 2, maxLength: 14 })
    .map((letters) => letters.join(""))
    .filter((name) => !Object.hasOwn(ownVariables, name));

  it("that are none of the stack's own are for a person to look at", () => {
    fc.assert(
      fc.property(names, fc.constantFrom(SECRET, "1"), fc.boolean(), (key, value, isNewProject) => {
        const inputs = { key, value, protected: true, masked: value === SECRET };
        const step = created("variable", inputs);
        const review = isNewProject
          ? judge(project("create"), project("same"), step)
          : judge(project("same"), step);
        expect(review.weaker).toBe(true);
        expect(judge(project("same"), changed("variable", { ...inputs, value: "0" }, inputs)).weaker).toBe(
          true,
        );
        expect(judge(project("same"), deleted("variable", inputs)).weaker).toBe(true);
      }),
      runs,
    );
  });
});

describe("commands", () => {
  it("that are none of the repository's programs are for a person to look at, with their text", () => {
    const words = fc.stringMatching(/^[a-z][a-z /:.-]{3,40}$/).map((one) => one.replace(/\s+/g, " ").trim());
    fc.assert(
      fc.property(words, fc.boolean(), (line, isFirst) => {
        const inputs = { create: line, environment: { T: SECRET, TOKEN: "plain-canary" } };
        const { findings } = isFirst
          ? judge(created("command", inputs))
          : judge(project("same"), created("command", inputs));
        expect(findings.map(({ rank }) => rank)).toEqual(["unclear"]);
        expect(findings[0]?.note).toContain(line);
        expect(findings[0]?.note).not.toContain("canary");
      }),
      runs,
    );
  });
});

it("the list has a reason of some words for each entry, and no entry twice", () => {
  for (const { of, what, reason } of list) expect(reason.length, `${of} ${what}`).toBeGreaterThan(5);
  const keys = list.map(({ of, what }) => `${of} ${what}`);
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});
