/** Paths of properties as Pulumi writes them: `visibilityLevel`, `allowedToPushes[0].accessLevel`, `["a.b"].c`. */
import type { Value } from "./values.ts";

/** The value at a path; undefined where there is none. */
export function valueAt(properties: Value | undefined, path: string): Value | undefined {
  const parts = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)];
  return parts.reduce<Value | undefined>((value, [, quoted, index, name]) => {
    if (typeof value !== "object" || value === null) return undefined;
    const key = quoted ?? index ?? name ?? "";
    return (value as Record<string, Value | undefined>)[key];
  }, properties);
}

/** A path with dots alone; an index ends it, since a list is one value here. */
export function dotted(path: string): string {
  return path
    .replace(/\["((?:[^"\\]|\\.)*)"\]/g, ".$1")
    .replace(/^\./, "")
    .replace(/\[\d+\].*$/, "");
}
