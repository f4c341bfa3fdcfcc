/** Items with the same key together, in the order of the first of each. */
export function partition<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const parts = new Map<string, T[]>();
  for (const item of items) parts.set(keyOf(item), [...(parts.get(keyOf(item)) ?? []), item]);
  return [...parts.values()];
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
