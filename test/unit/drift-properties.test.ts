/**
 * Nothing passes unseen: whatever attribute of whatever resource is changed outside, drift tells it, or it is on a list
 * of harmless ones with a reason. The attributes are those of the providers' official schemas.
 */
import type { Contract, ContractType } from "@tag-to-endpoint/sdks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kindOf } from "../../lib/kinds/kinds.ts";
import { projectSettings } from "../../lib/kinds/project-settings.ts";
import type { Step } from "../../lib/pulumi/preview.ts";
import type { Properties, Value } from "../../lib/pulumi/values.ts";
import { harmlessAttributes, harmlessProject } from "../../operations/drift/baseline/harmless.ts";
import { projectDefaults } from "../../operations/drift/baseline/project-settings.ts";
import { driftedResources } from "../../operations/drift/resources.ts";
import { NotLookedAt } from "../../operations/drift/unmanaged/check.ts";
import { settingsCheck, unknownSettingsCheck } from "../../operations/drift/unmanaged/settings.ts";
import gitlab from "../contract/gitlab.json" with { type: "json" };
import heroku from "../contract/heroku.json" with { type: "json" };

const PROJECT = "gitlab:index/project:Project";
const contracts: readonly Contract[] = [gitlab, heroku];
const attributes = contracts.flatMap(({ resources }) =>
  Object.entries(resources).flatMap(([type, { outputs, inputs }]) =>
    Object.entries(outputs).map(([name, { type: form }]) => ({ type, name, form, isInput: name in inputs })),
  ),
);

/** A value of a schema's type that is not what a service gives where nothing is set. */
function something(form: ContractType): fc.Arbitrary<Value> {
  if (typeof form === "object") {
    const inner = something("array" in form ? form.array : form.map);
    return "array" in form
      ? fc.array(inner, { minLength: 1, maxLength: 3 })
      : inner.map((one) => ({ it: one }));
  }
  if (form === "boolean") return fc.constant(true);
  if (form === "integer" || form === "number") return fc.integer({ min: 1, max: 1_000_000 });
  return form === "string" ? word : word.map((name) => ({ name }));
}
const word = fc.stringMatching(/^[a-z][a-z0-9-]{3,12}$/);

/** A resource as a refresh found it. */
function step(type: string, op: string, inputs: Properties, before: Properties, after: Properties): Step {
  const urn = `urn:pulumi:prod::mlops::${type}::it`;
  const state = (outputs: Properties, given: Properties) => ({ type, id: "1", inputs: given, outputs });
  return { op, urn, oldState: state(before, inputs), newState: state(after, { ...inputs, ...after }) };
}

describe("an attribute of the official schema", () => {
  const others = attributes.filter(({ type }) => type !== PROJECT);

  it("that the program leaves unset and that is changed outside is told, or harmless with a reason", () => {
    const cases = fc.constantFrom(...others).chain((one) => fc.tuple(fc.constant(one), something(one.form)));
    fc.assert(
      fc.property(cases, ([{ type, name }, value]) => {
        const told = driftedResources([step(type, "refresh", {}, {}, { [name]: value })], "prod");
        const paths = told.flatMap((one) => one.attributes.map(({ path }) => path));
        const isDefault = value === true && ["active", "untagged"].includes(name);
        const isHarmless = harmlessAttributes[type]?.[name] !== undefined || isDefault;
        expect(paths, `${type} ${name}`).toEqual(isHarmless ? [] : [name]);
      }),
      { numRuns: 1000 },
    );
  });

  it("that the program sets and that is changed outside is told", () => {
    const set = attributes.filter(({ isInput }) => isInput);
    const cases = fc
      .constantFrom(...set)
      .chain((one) => fc.tuple(fc.constant(one), something(one.form), something(one.form)));
    fc.assert(
      fc.property(cases, ([{ type, name }, before, after]) => {
        fc.pre(JSON.stringify(before) !== JSON.stringify(after));
        const drift = step(type, "update", { [name]: before }, { [name]: before }, { [name]: after });
        const paths = driftedResources([drift], "prod").flatMap((one) =>
          one.attributes.map(({ path }) => path),
        );
        expect(paths, `${type} ${name}`).toContain(name);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a setting of a project", () => {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const fromSchema = attributes
    .filter(({ type }) => type === PROJECT)
    .map(({ name, form }) => ({ name: snake(name), form }));
  const fromApi = Object.keys(projectDefaults).map((name) => ({ name, form: "string" as const }));
  const account = { url: "http://127.0.0.1:1", token: "unused" };

  it("that is changed outside is told, stricter, harmless with a reason, or named as unknown", async () => {
    const cases = fc
      .constantFrom(...fromSchema, ...fromApi)
      .chain((one) => fc.tuple(fc.constant(one.name), something(one.form)));
    await fc.assert(
      fc.asyncProperty(cases, async ([name, value]) => {
        const place = {
          id: "3",
          name: "group/mlserver",
          state: { inputs: {}, outputs: {} },
          present: {},
          detail: { [name]: value },
          own: () => [],
        };
        const told = await settingsCheck(place, account);
        const unknown = await unknownSettingsCheck(place, account).catch((error: unknown) => error);
        const isUnknown = unknown instanceof NotLookedAt && unknown.message.includes(name);
        const isHarmless = name in harmlessProject;
        expect(told.length > 0 || isUnknown || isHarmless || isDefaultOrStricter(name, value), name).toBe(
          true,
        );
        for (const { undo } of told) expect(undo).toMatchObject({ service: "gitlab" });
      }),
      { numRuns: 1000 },
    );
  });

  function isDefaultOrStricter(name: string, value: Value): boolean {
    const found = projectDefaults[name] as unknown;
    const choice = (found as { oneOf?: Value[] } | null | undefined)?.oneOf;
    const defaults = choice ?? [found as Value | undefined];
    if (defaults.some((one) => JSON.stringify(one) === JSON.stringify(value))) return true;
    const known = name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
    return projectSettings[known]?.compare(defaults[0] ?? undefined, value).rank === "stronger";
  }
});

it("every harmless one has a reason that a person can read", () => {
  const reasons = [harmlessProject, ...Object.values(harmlessAttributes)].flatMap(Object.values);
  for (const reason of reasons) expect(reason).toMatch(/^\S+( \S+)+$/);
  for (const [type, names] of Object.entries(harmlessAttributes)) {
    const known = attributes.filter((one) => one.type === type).map(({ name }) => name);
    expect(known, type).toEqual(expect.arrayContaining(Object.keys(names)));
    expect(kindOf(type)).toBeDefined();
  }
});
