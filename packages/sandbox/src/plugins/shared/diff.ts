/** The difference between what the program wants and what the state says. */
import { DEFAULTS_KEY } from "./check.ts";
import {
  type Contract,
  type ObjectContract,
  objectType,
  type ResourceContract,
  type TypeRef,
} from "./contract.ts";
import type { Change, Difference, Differences, Rules } from "./provider.ts";
import { equal, hasUnknown, isProps, type Props, type Value } from "./values.ts";

export interface DiffInput {
  contract: Contract;
  resource: ResourceContract;
  rules: Rules;
  change: Change;
}

/**
 * Compares the inputs with the state, as the official bridged providers do: an optional input that the program
 * no longer mentions is a difference only where the provider would not keep or compute a value by itself.
 */
export function differences({ contract, resource, rules, change }: DiffInput): Differences {
  const found: Differences = new Map();
  const desired: Props = { ...rules.defaults, ...change.inputs };
  const skipped = new Set([DEFAULTS_KEY, ...(rules.createOnly ?? [])]);
  const replacing = new Set(rules.replaces ?? []);

  for (const [key, property] of Object.entries(resource.inputs)) {
    if (skipped.has(key)) {
      continue;
    }
    const replace = property.replaces === true || replacing.has(key);
    const before = compared(rules, change, key);
    const after = desired[key];
    if (after === undefined || after === null) {
      const wasGiven = change.oldInputs[key] !== undefined && before !== undefined;
      if (wasGiven && !resource.alwaysSet.includes(key)) {
        found.set(key, { kind: "delete", replace });
      }
      continue;
    }
    const isSet = rules.sets?.includes(key) === true;
    const exact = rules.writeOnly?.includes(key) === true;
    compare({ contract, type: property.type, isSet, exact, replace, path: key, before, after, found });
  }
  return found;
}

/** What a new input is compared with: the state, or the last input where the service gives nothing back. */
function compared(rules: Rules, change: Change, key: string): Value | undefined {
  return rules.writeOnly?.includes(key)
    ? (change.oldInputs[key] ?? rules.defaults?.[key])
    : change.state[key];
}

interface Comparison {
  contract: Contract;
  type: TypeRef;
  isSet: boolean;
  /** Compared with inputs, so that a missing property is one that was taken away. */
  exact: boolean;
  replace: boolean;
  path: string;
  before: Value | undefined;
  after: Value;
  found: Differences;
}

function compare(comparison: Comparison): void {
  const { replace, path, before, after, found } = comparison;
  if (before === undefined || before === null) {
    if (!isZero(after)) {
      found.set(path, { kind: "add", replace });
    }
  } else if (isProps(after) && isProps(before)) {
    compareProps(comparison, before, after);
  } else if (hasUnknown(after) && !isProps(after)) {
    found.set(path, { kind: "update", replace });
  } else {
    compareWhole(comparison, before, after);
  }
}

/** One value against another, neither of which is looked into. */
function compareWhole({ isSet, path, replace, found }: Comparison, before: Value, after: Value): void {
  const same =
    Array.isArray(after) && Array.isArray(before) ? sameArray(before, after, isSet) : equal(before, after);
  if (!same) {
    found.set(path, { kind: "update", replace });
  }
}

function compareProps(comparison: Comparison, before: Props, after: Props): void {
  const { contract, type } = comparison;
  const object = objectType(contract, type);
  if (object) {
    compareObjects(comparison, object, before, after);
  } else if (typeof type !== "string" && "map" in type) {
    compareMaps(comparison, before, after);
  } else {
    compareWhole(comparison, before, after);
  }
}

/** Only what the program gives is compared: the service may add values of its own (descriptions, ids). */
function compareObjects(comparison: Comparison, object: ObjectContract, before: Props, after: Props): void {
  const { exact, path, found } = comparison;
  const replaces = (key: string) => comparison.replace || object.properties[key]?.replaces === true;
  for (const [key, value] of Object.entries(after)) {
    const property = object.properties[key];
    if (property && value !== null) {
      compare({
        ...comparison,
        type: property.type,
        isSet: false,
        replace: replaces(key),
        path: `${path}.${key}`,
        before: before[key],
        after: value,
      });
    }
  }
  const takenAway = Object.keys(before).filter(
    (key) => (after[key] ?? null) === null && before[key] !== null,
  );
  for (const key of exact ? takenAway : []) {
    found.set(`${path}.${key}`, { kind: "delete", replace: replaces(key) });
  }
}

function compareMaps({ path, replace, found }: Comparison, before: Props, after: Props): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const kind = after[key] === undefined ? "delete" : before[key] === undefined ? "add" : "update";
    if (kind !== "update" || !equal(before[key], after[key])) {
      found.set(`${path}[${JSON.stringify(key)}]`, { kind, replace });
    }
  }
}

/** Elements match where everything that the wanted element says is so in the present one. */
function sameArray(before: Value[], after: Value[], isSet: boolean): boolean {
  if (before.length !== after.length) {
    return false;
  }
  if (!isSet) {
    return after.every((item, index) => covers(before[index], item));
  }
  const rest = [...before];
  return after.every((item) => {
    const index = rest.findIndex((candidate) => covers(candidate, item));
    return index >= 0 && rest.splice(index, 1).length === 1;
  });
}

function covers(before: Value | undefined, after: Value): boolean {
  if (isProps(before) && isProps(after)) {
    return Object.entries(after).every(([key, value]) => equal(before[key], value));
  }
  return equal(before, after);
}

/** A value that says the same as no value. */
export function isZero(value: Value): boolean {
  return (
    value === null ||
    value === false ||
    value === "" ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0) ||
    (isProps(value) && Object.keys(value).length === 0)
  );
}

/** True where two values of an input say the same, given that it is a set or not. */
export function sameInput(rules: Rules, key: string, before: Value, after: Value): boolean {
  return Array.isArray(before) && Array.isArray(after) && rules.sets?.includes(key)
    ? sameArray(before, after, true)
    : equal(before, after);
}

/** True for a resource whose name is the program's own, so that two of it cannot live side by side. */
export function deletesBeforeReplace(rules: Rules, inputs: Props): boolean {
  if (!rules.autoName || inputs[rules.autoName] === undefined) {
    return false;
  }
  const named = inputs[DEFAULTS_KEY];
  return !(Array.isArray(named) && named.includes(rules.autoName));
}

/** The top-level properties that force a replacement. */
export function replacing(found: Differences): string[] {
  const roots = [...found].filter(([, item]: [string, Difference]) => item.replace).map(([path]) => path);
  return [...new Set(roots.map((path) => path.split(/[.[]/, 1)[0] as string))];
}
