/** Minutes in one of each unit. */
const units: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60, d: 24 * 60 };

/** Minutes in a duration like `90m`, `2h` or `1d`; undefined for another text. */
export function minutesIn(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const minutes = Number(amount) * (units[unit ?? ""] ?? Number.NaN);
  return minutes > 0 ? minutes : undefined;
}

/** A duration for people, in its two largest units: `1 h 58 min`, `40 s`. */
export function wordsOfDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}
