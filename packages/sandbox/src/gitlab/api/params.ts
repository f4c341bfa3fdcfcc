import { parameterError } from "../errors.ts";

export type ParamValue = string | number | boolean | null | ParamValue[] | { [key: string]: ParamValue };
export type ParamMap = { [key: string]: ParamValue };

/** Adds `name=value` to `target` the way Rack reads names such as `a[b]`, `a[]` and `a[][b]`. */
function assign(target: ParamMap, name: string, value: ParamValue): void {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (match === null) {
    setOwn(target, name, value);
    return;
  }
  const path = [...(match[2] ?? "").matchAll(/\[([^[\]]*)\]/g)].map((part) => part[1] ?? "");
  put(target, match[1] ?? name, path, value);
}

function put(target: ParamMap, key: string, path: string[], value: ParamValue): void {
  const [next, ...rest] = path;
  if (next === undefined) {
    setOwn(target, key, value);
    return;
  }
  const existing = Object.hasOwn(target, key) ? target[key] : undefined;
  if (next === "") {
    const list = Array.isArray(existing) ? existing : [];
    setOwn(target, key, list);
    const [field, ...deeper] = rest;
    if (field === undefined) list.push(value);
    else putInList(list, field, deeper, value);
    return;
  }
  const map = isMap(existing) ? existing : {};
  setOwn(target, key, map);
  put(map, next, rest, value);
}

/** `a[][b]=1&a[][c]=2` is one element; a name that the last element already has starts the next one. */
function putInList(list: ParamValue[], field: string, deeper: string[], value: ParamValue): void {
  const last = list.at(-1);
  if (isMap(last) && !Object.hasOwn(last, field)) {
    put(last, field, deeper, value);
    return;
  }
  const element: ParamMap = {};
  list.push(element);
  put(element, field, deeper, value);
}

function setOwn(target: ParamMap, key: string, value: ParamValue): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function isMap(value: unknown): value is ParamMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses a query string or a form-encoded body. */
export function parseForm(text: string): ParamMap {
  return fromEntries(new URLSearchParams(text));
}

/** Nests a flat list of names and values. */
export function fromEntries(entries: Iterable<[string, string]>): ParamMap {
  const result: ParamMap = {};
  for (const [name, value] of entries) assign(result, name, value);
  return result;
}

/** https://docs.gitlab.com/api/rest/authentication/ */
const CREDENTIALS = ["private_token", "access_token", "job_token"];

/** The parameters of a call, read with GitLab's coercions and errors. */
export class Params {
  readonly values: ParamMap;

  constructor(values: ParamMap) {
    this.values = values;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name) && this.values[name] !== undefined;
  }

  /** All names that the caller gave, without those of credentials. */
  names(): string[] {
    return Object.keys(this.values).filter((name) => !CREDENTIALS.includes(name));
  }

  /** Whether the caller wrote the name with an explicit empty value. */
  isBlank(name: string): boolean {
    return this.has(name) && (this.values[name] === null || this.values[name] === "");
  }

  string(name: string): string | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "object") throw parameterError(`${name} is invalid`);
    return String(value);
  }

  requireString(name: string): string {
    const value = this.string(name);
    if (value === undefined) throw parameterError(`${name} is missing`);
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.values[name];
    if (value === undefined || value === null || value === "") return undefined;
    const number = typeof value === "number" ? value : Number(String(value));
    if (!Number.isSafeInteger(number)) throw parameterError(`${name} is invalid`);
    return number;
  }

  requireInteger(name: string): number {
    const value = this.integer(name);
    if (value === undefined) throw parameterError(`${name} is missing`);
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.values[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "boolean") return value;
    const text = String(value).toLowerCase();
    if (["true", "t", "1", "yes", "on"].includes(text)) return true;
    if (["false", "f", "0", "no", "off"].includes(text)) return false;
    throw parameterError(`${name} is invalid`);
  }

  /** A list, as an array or as comma-separated text. */
  list(name: string): string[] | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value.map((item) => String(item));
    if (typeof value === "object") throw parameterError(`${name} is invalid`);
    return String(value)
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }

  /** A list of maps, such as `allowed_to_push`; a single map with numbers as keys counts as one too. */
  maps(name: string): Params[] | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    const list = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
    return list.map((item) => {
      if (!isMap(item)) throw parameterError(`${name} is invalid`);
      return new Params(item);
    });
  }

  /** A nested map, such as `filter`. */
  map(name: string): Params | undefined {
    const value = this.values[name];
    return isMap(value) ? new Params(value) : undefined;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    const found = allowed.find((item) => item === value);
    if (found === undefined) throw parameterError(`${name} does not have a valid value`);
    return found;
  }

  /** A calendar date, `YYYY-MM-DD` (a time behind it is cut off). */
  date(name: string): string | undefined {
    const value = this.string(name);
    if (value === undefined || value === "") return undefined;
    const date = value.slice(0, 10);
    if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date))) {
      throw parameterError(`${name} is invalid`);
    }
    return date;
  }
}
