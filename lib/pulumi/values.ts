/** Values as Pulumi's JSON has them. */
export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [key: string]: Value;
}

/** What Pulumi's JSON shows in the place of a secret. */
export const SECRET = "[secret]";

/** What Pulumi's JSON shows in the place of a value that is only known once it was made. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON of a value with its keys in order: the same text for the same value. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function equal(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a ?? null) === canonical(b ?? null);
}

/** Whether a secret is, or is somewhere inside, a value. */
export function hasSecret(value: Value | undefined): boolean {
  if (isProperties(value)) return Object.values(value).some(hasSecret);
  return Array.isArray(value) ? value.some(hasSecret) : value === SECRET;
}

/** How reports and errors of every kind show what is no plain value. */
export const words = { none: "none", secret: SECRET, unknown: "(known after up)" } as const;

/** A value in words, on one line and without control characters, never a secret. */
export function shown(value: Value | undefined, longest = 80): string {
  if (value === undefined || value === null || value === "") return words.none;
  if (value === SECRET) return words.secret;
  if (value === UNKNOWN) return words.unknown;
  if (Array.isArray(value))
    return value.length === 0 ? words.none : value.map((one) => shown(one)).join(", ");
  const text = typeof value === "string" ? value : canonical(value);
  const plain = text.replaceAll(UNKNOWN, "?").replace(/\p{C}/gu, " ");
  return plain.length > longest ? `${plain.slice(0, longest - 3)}...` : plain;
}

/** The values inside a value, by path: `rotationConfiguration.expirationDays`. Lists are values. */
export function leaves(path: string, value: Value | undefined): Map<string, Value> {
  if (value === undefined || value === null) return new Map();
  if (!isProperties(value) || Object.keys(value).length === 0) return new Map([[path, value]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leaves(`${path}.${key}`, inner)]));
}
