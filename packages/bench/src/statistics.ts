/** The middle of some values with their extremes. */
export interface Summary {
  median: number;
  min: number;
  max: number;
}

/** Median, smallest and largest of at least one value; throws for none. */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (below === undefined || above === undefined || min === undefined || max === undefined) {
    throw new Error("a summary needs at least one value; found none");
  }
  return { median: (below + above) / 2, min, max };
}
