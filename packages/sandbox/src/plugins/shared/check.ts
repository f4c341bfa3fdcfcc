/** Checks inputs against the contract: required, known, of the right type, of the allowed values. */
import { createHash, randomBytes } from "node:crypto";
import {
  type Contract,
  type ObjectContract,
  objectType,
  type ResourceContract,
  type TypeRef,
} from "./contract.ts";
import type { CheckFailure, Rules } from "./provider.ts";
import { hasUnknown, isProps, Opaque, type Props, reveal, Secret, Unknown, type Value } from "./values.ts";

/** Where the names of inputs that the provider filled in are kept, as the official bridge does. */
export const DEFAULTS_KEY = "__defaults";

export interface CheckInput {
  contract: Contract;
  resource: ResourceContract;
  rules: Rules;
  name: string;
  news: Props;
  olds: Props;
  seed: Uint8Array;
}

export interface Checked {
  inputs: Props;
  failures: CheckFailure[];
}

/** The inputs as the provider understands them (coerced, named, secrets marked), with what is wrong. */
export function checkInputs({ contract, resource, rules, name, news, olds, seed }: CheckInput): Checked {
  const failures: CheckFailure[] = [];
  const inputs: Props = {};
  const fail = (path: string, reason: string) =>
    failures.push({ property: "", reason: `${reason}. Examine values at '${name}.${path}'.` });

  const given = Object.entries(news).filter(([key, value]) => value !== null && key !== DEFAULTS_KEY);
  for (const [key, value] of given) {
    const property = resource.inputs[key];
    if (!property) {
      const allowed = Object.keys(resource.inputs).sort().join(", ");
      fail(key, `${unexpected(key)} (${allowed})`);
      continue;
    }
    const typed = coerce(contract, property.type, value, key, fail);
    inputs[key] = property.secret && !(typed instanceof Secret) ? new Secret(typed) : typed;
  }
  if (rules.autoName) {
    nameIt(rules.autoName, name, inputs, olds, seed);
  }
  for (const key of resource.requiredInputs) {
    if (inputs[key] === undefined) {
      fail(key, missing(key));
    }
  }
  for (const [key, allowed] of Object.entries(rules.oneOf ?? {})) {
    checkOneOf(key, reveal(inputs[key] ?? null), allowed, fail);
  }
  return { inputs, failures };
}

const unexpected = (key: string) =>
  `Invalid or unknown key: an argument named ${JSON.stringify(key)} is not expected here`;

const missing = (key: string) =>
  `Missing required argument. The argument "${key}" is required, but no definition was found.`;

type Fail = (path: string, reason: string) => void;

function checkOneOf(key: string, value: Value, allowed: readonly string[], fail: Fail): void {
  const items = Array.isArray(value) ? value : value === null ? [] : [value];
  for (const item of items) {
    if (typeof item === "string" && !allowed.includes(item)) {
      const list = allowed.map((text) => JSON.stringify(text)).join(" ");
      fail(
        key,
        `Invalid Attribute Value Match. Attribute ${key} value must be one of: [${list}], got: ${JSON.stringify(item)}`,
      );
    }
  }
}

function nameIt(key: string, name: string, inputs: Props, olds: Props, seed: Uint8Array): void {
  if (inputs[key] !== undefined) {
    inputs[DEFAULTS_KEY] = [];
    return;
  }
  const wasNamed = Array.isArray(olds[DEFAULTS_KEY]) && (olds[DEFAULTS_KEY] as Value[]).includes(key);
  const old = wasNamed ? olds[key] : undefined;
  const random = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  inputs[key] = old ?? `${name}-${random.toString("hex").slice(0, 7)}`;
  inputs[DEFAULTS_KEY] = [key];
}

/** Brings a value to its contract's type as the official bridge does: "7" is a number where one is wanted. */
function coerce(contract: Contract, type: TypeRef, value: Value, path: string, fail: Fail): Value {
  if (value instanceof Secret) {
    return new Secret(coerce(contract, type, value.value, path, fail));
  }
  if (value instanceof Unknown || value === null) {
    return value;
  }
  if (typeof type !== "string") {
    return "array" in type
      ? coerceArray(contract, type.array, value, path, fail)
      : coerceMap(contract, type.map, value, path, fail);
  }
  const object = objectType(contract, type);
  return object
    ? coerceObject(contract, object, value, path, fail)
    : coercePrimitive(type, value, path, fail);
}

function coerceObject(
  contract: Contract,
  object: ObjectContract,
  value: Value,
  path: string,
  fail: Fail,
): Value {
  if (!isProps(value)) {
    fail(path, `expected object type, got ${typeName(value)} type`);
    return value;
  }
  for (const key of Object.keys(value).filter((name) => !object.properties[name])) {
    fail(`${path}.${key}`, unexpected(key));
  }
  for (const key of object.required.filter((name) => (value[name] ?? null) === null)) {
    fail(`${path}.${key}`, missing(key));
  }
  return mapProps(value, (item, key) => {
    const property = object.properties[key];
    return property ? coerce(contract, property.type, item, `${path}.${key}`, fail) : item;
  });
}

function coerceArray(contract: Contract, item: TypeRef, value: Value, path: string, fail: Fail): Value {
  if (!Array.isArray(value)) {
    fail(path, `expected array type, got ${typeName(value)} type`);
    return value;
  }
  return value.map((entry, index) => coerce(contract, item, entry, `${path}[${index}]`, fail));
}

function coerceMap(contract: Contract, item: TypeRef, value: Value, path: string, fail: Fail): Value {
  if (!isProps(value)) {
    fail(path, `expected object type, got ${typeName(value)} type`);
    return value;
  }
  return mapProps(value, (entry, key) =>
    coerce(contract, item, entry, `${path}[${JSON.stringify(key)}]`, fail),
  );
}

function coercePrimitive(type: string, value: Value, path: string, fail: Fail): Value {
  const coerced = primitive(type, value);
  if (coerced !== undefined) {
    return coerced;
  }
  const fraction = type === "integer" && typeof value === "number" ? " with a fraction" : "";
  fail(path, `expected ${type} type, got ${typeName(value)} type${fraction}`);
  return value;
}

/** The value as one of a primitive type, or undefined where it cannot be one. */
function primitive(type: string, value: Value): Value | undefined {
  switch (type) {
    case "string":
      return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
    case "boolean":
      if (value === "true" || value === "false") return value === "true";
      return typeof value === "boolean" ? value : undefined;
    case "number":
      return numberOf(value, Number.isFinite);
    case "integer":
      return numberOf(value, Number.isInteger);
    default:
      return value; // any
  }
}

function numberOf(value: Value, fits: (value: unknown) => boolean): Value | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return fits(number) ? number : undefined;
}

function mapProps(props: Props, change: (value: Value, key: string) => Value): Props {
  const entries = Object.entries(props).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value, key)]));
}

function typeName(value: Value): string {
  if (Array.isArray(value)) return "array";
  if (value instanceof Opaque) return "asset";
  return typeof value;
}

/** Merges additions of a provider into checked inputs; objects are merged, secrets stay secrets. */
export function mergeInputs(inputs: Value | undefined, additions: Value): Value {
  if (inputs instanceof Secret) {
    return new Secret(mergeInputs(inputs.value, additions));
  }
  if (isProps(inputs) && isProps(additions)) {
    const merged: Props = { ...inputs };
    for (const [key, value] of Object.entries(additions)) {
      merged[key] = mergeInputs(merged[key], value);
    }
    return merged;
  }
  return additions;
}

/** The value where it is fully known. */
export function known<T extends Value>(value: T | undefined): T | undefined {
  return value === undefined || hasUnknown(value) ? undefined : value;
}
