/** Whether a series of measurements grows: by all of its values, so that neither the first nor the last decides. */
import { summarise } from "../statistics.ts";

export interface Trend {
  readonly median: number;
  /** Change over the whole series, in the unit of its values. */
  readonly change: number;
  /** Whether it is told from chance, and large enough to matter; undefined where there are too few values to tell. */
  readonly grows: boolean | undefined;
}

/** Values of the beginning that do not count, as a part of all: caches fill up, code is compiled. */
const WARM_UP = 1 / 4;

/** With fewer values no order of them is unlikely enough. */
const ENOUGH = 6;

/** A change below this part of the median does not matter. */
const TOLERANCE = 0.1;

/** One-sided 1 % of the normal distribution. */
const SIGNIFICANT = 2.33;

/** The trend of the values, taken at equal distances, without those of the warm-up. @throws for no value */
export function trendOf(all: readonly number[]): Trend {
  const values = all.slice(Math.min(Math.ceil(all.length * WARM_UP), all.length - 1));
  const { median } = summarise(values);
  if (values.length < ENOUGH) return { median, change: 0, grows: undefined };
  const change = slopeOf(values) * (values.length - 1);
  return { median, change, grows: change > TOLERANCE * median && rises(values) };
}

/** Median of the slopes between all pairs: https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator */
function slopeOf(values: readonly number[]): number {
  return summarise(pairs(values).map(([a, b, distance]) => (b - a) / distance)).median;
}

/** Whether later values are larger more often than chance has it: https://en.wikipedia.org/wiki/Mann-Kendall_trend_test */
function rises(values: readonly number[]): boolean {
  const n = values.length;
  const score = pairs(values).reduce((sum, [a, b]) => sum + Math.sign(b - a), 0);
  const variance = (n * (n - 1) * (2 * n + 5)) / 18;
  return (score - 1) / Math.sqrt(variance) > SIGNIFICANT;
}

function pairs(
  values: readonly number[],
): Array<readonly [earlier: number, later: number, distance: number]> {
  return values.flatMap((a, i) => values.slice(i + 1).map((b, j) => [a, b, j + 1] as const));
}
