import { type Summary, summarise } from "./statistics.ts";

/** What a figure should be: a multiple of the chapter's (ours / chapter), or a value of ours. */
export type Target =
  | { kind: "ratio"; atMost: number }
  | { kind: "ratio"; atLeast: number }
  | { kind: "ours"; below: number };

export const unitNames = ["bytes", "seconds", "milliseconds", "percent", "requests/s"] as const;
export type Unit = (typeof unitNames)[number];

/** One thing that was measured of both images, with its value in every round. */
export interface Figure {
  group: string;
  name: string;
  unit: Unit;
  chapter: number[];
  ours: number[];
  target?: Target;
}

/** A figure's medians, how they compare, and whether the target is reached (undefined without a target). */
export interface Judgement {
  chapter: Summary;
  ours: Summary;
  /** ours / chapter, of the medians. */
  ratio: number;
  reached: boolean | undefined;
}

/** Compares the medians of a figure. Throws when one side has no value. */
export function judge(figure: Figure): Judgement {
  const [chapter, ours] = [summarise(figure.chapter), summarise(figure.ours)];
  const ratio = ours.median / chapter.median;
  return { chapter, ours, ratio, reached: figure.target && isReached(figure.target, ours.median, ratio) };
}

function isReached(target: Target, ours: number, ratio: number): boolean {
  if (target.kind === "ours") return ours < target.below;
  return "atMost" in target ? ratio <= target.atMost : ratio >= target.atLeast;
}

/** A target in words, e.g. `at most 1/3`. */
export function describeTarget(target: Target, unit: Unit): string {
  if (target.kind === "ours") return `ours below ${format(target.below, unit)}`;
  return "atMost" in target ? `at most 1/${Math.round(1 / target.atMost)}` : `at least ${target.atLeast}x`;
}

/** A value for people: three significant digits and its unit (MB are 10^6 bytes). */
export function format(value: number, unit: Unit): string {
  switch (unit) {
    case "bytes":
      if (value < 1e4) return `${value.toFixed(0)} B`;
      return value < 1e6 ? `${digits(value / 1e3)} kB` : `${digits(value / 1e6)} MB`;
    case "seconds":
      return `${digits(value)} s`;
    case "milliseconds":
      return `${digits(value)} ms`;
    case "percent":
      return `${digits(value)} %`;
    case "requests/s":
      return `${digits(value)}/s`;
  }
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** A ratio with two digits, or more for small ones. */
export function ratioText(ratio: number): string {
  return ratio < 0.095 ? ratio.toPrecision(2) : ratio.toFixed(2);
}

/** The rounds of several measurements as figures: adds values under a name, in the order names first appear. */
export class Figures {
  readonly #all = new Map<string, Figure>();

  /** Adds one round's value of one image. */
  add(
    about: Pick<Figure, "group" | "name" | "unit" | "target">,
    side: "chapter" | "ours",
    value: number,
  ): void {
    const key = `${about.group}: ${about.name}`;
    const figure = this.#all.get(key) ?? { ...about, chapter: [], ours: [] };
    this.#all.set(key, figure);
    figure[side].push(value);
  }

  list(): Figure[] {
    return [...this.#all.values()];
  }
}
