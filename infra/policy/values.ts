import { Secret, UnknownValueError } from "@pulumi/policy";
import { words } from "../../lib/pulumi/values.ts";

/** Stands for a value that the engine keeps encrypted. The value itself never reaches a rule, and so never a message. */
export const SECRET = Symbol("secret");

/** Stands for a value that only an update will tell. */
export const UNKNOWN = Symbol("unknown");

/** Properties as a rule sees them: plain values, `SECRET` and `UNKNOWN`. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * Reads the properties that `@pulumi/policy` hands over. It opens secrets and throws at unknown values; the
 * descriptor of a property still has the `Secret`, and only in a remediation.
 */
export function valuesOf(properties: object): Values {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, propertyIn(properties, key)]));
}

function propertyIn(holder: object, key: PropertyKey): unknown {
  if (Object.getOwnPropertyDescriptor(holder, key)?.value instanceof Secret) return SECRET;
  const value = known(holder, key);
  // Not `map`, which reads the entries, and some may be unknown.
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => propertyIn(value, index));
  return typeof value === "object" && value !== null ? valuesOf(value) : value;
}

function known(holder: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(holder, key);
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
}

/** The object in a property; empty where there is none or it cannot be read. */
export function objectIn(values: Values, key: string): Values {
  const value = values[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

/** The list in a property; empty where there is none or it cannot be read. */
export function listIn(values: Values, key: string): readonly unknown[] {
  const value = values[key];
  return Array.isArray(value) ? value : [];
}

/** A value in a message. */
export function shown(value: unknown): string {
  if (value === undefined) return words.none;
  if (value === SECRET) return words.secret;
  if (value === UNKNOWN) return words.unknown;
  return JSON.stringify(value);
}
