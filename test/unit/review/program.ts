/** Previews of the program from one configuration to another, without an engine. */
import type { Step } from "../../../lib/pulumi/preview.ts";
import { equal, type Properties, SECRET, UNKNOWN, type Value } from "../../../lib/pulumi/values.ts";
import { answers } from "../../support/program.ts";
import { idOf, type Registration } from "../../support/recorder.ts";

type State = NonNullable<Step["newState"]>;

/** A value with its secrets as Pulumi's JSON has them. */
function hidden(value: unknown, path: string, secrets: readonly string[]): Value {
  if (secrets.includes(path)) return SECRET;
  if (Array.isArray(value)) return value.map((item, index) => hidden(item, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value as Value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, hidden(item, path === "" ? key : `${path}.${key}`, secrets)]),
  );
}

function stateOf(one: Registration): State {
  const inputs = hidden(one.inputs, "", one.secrets) as Properties;
  return {
    urn: one.urn,
    custom: one.custom,
    ...(one.custom && { id: idOf(one.name) }),
    inputs,
    outputs: inputs,
    created: new Date().toISOString(),
    provider: one.provider,
    dependencies: [...one.dependencies],
    propertyDependencies: Object.fromEntries(
      Object.entries(one.propertyDependencies).map(([key, urns]) => [key, [...urns]]),
    ),
    ignoreChanges: [...one.ignoreChanges],
    additionalSecretOutputs: [...one.additionalSecretOutputs],
  };
}

/** Opened secrets, to tell whether one differs: two look alike in Pulumi's JSON. */
const differs = (before: Registration, after: Registration, key: string) =>
  !equal(before.inputs[key] as Value, after.inputs[key] as Value);

/** What nobody knows before the resources are made: their ids, and what the services answer. */
function unknownOf(made: readonly Registration[]): ReadonlySet<unknown> {
  const outputs = made.map(({ type, name, inputs }) => answers(type, name, inputs));
  return new Set([...made.map(({ name }) => idOf(name)), ...outputs.flatMap((one) => Object.values(one))]);
}

function withUnknown(value: Value, unknown: ReadonlySet<unknown>): Value {
  if (unknown.has(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item) => withUnknown(item, unknown));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withUnknown(item, unknown)]));
}

/** The steps of an update from one run of the program to another. */
export function stepsBetween(before: readonly Registration[], after: readonly Registration[]): Step[] {
  const old = new Map(before.map((one) => [one.urn, one]));
  const unknown = unknownOf(after.filter(({ urn, custom }) => custom && !old.has(urn)));
  const made = after.map((one): Step => {
    const { urn } = one;
    const present = old.get(urn);
    if (!present) {
      const state = stateOf(one);
      return {
        op: "create",
        urn,
        newState: { ...state, inputs: withUnknown(state.inputs ?? {}, unknown) as Properties },
      };
    }
    const ignored = (key: string) => one.ignoreChanges.includes(key);
    const keys = Object.keys({ ...present.inputs, ...one.inputs }).filter(
      (key) => differs(present, one, key) && !ignored(key),
    );
    return {
      op: keys.length > 0 ? "update" : "same",
      urn,
      oldState: stateOf(present),
      newState: stateOf(one),
      ...(keys.length > 0 && {
        detailedDiff: Object.fromEntries(keys.map((key) => [key, { kind: "update" }])),
      }),
    };
  });
  const there = new Set(after.map(({ urn }) => urn));
  const gone = before
    .filter(({ urn }) => !there.has(urn))
    .map((one): Step => ({ op: "delete", urn: one.urn, oldState: stateOf(one) }));
  return [...made, ...gone];
}
