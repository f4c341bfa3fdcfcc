/** What the bench makes of its measurements: medians, comparisons and targets. */
import { describe, expect, it } from "vitest";
import {
  describeTarget,
  type Figure,
  Figures,
  format,
  judge,
  ratioText,
  type Target,
  type Unit,
  unitNames,
} from "../src/figures.ts";
import { summarise } from "../src/statistics.ts";

describe("summarise", () => {
  it.each<[string, number[], { median: number; min: number; max: number }]>([
    ["one value", [7], { median: 7, min: 7, max: 7 }],
    ["an odd number of values: the middle one", [30, 10, 20], { median: 20, min: 10, max: 30 }],
    ["an even number: the mean of the middle two", [4, 1, 100, 2], { median: 3, min: 1, max: 100 }],
    ["numbers, not their spelling", [9, 10, 100], { median: 10, min: 9, max: 100 }],
    ["negative values", [-1, -3, 2], { median: -1, min: -3, max: 2 }],
  ])("%s", (_, values, summary) => {
    expect(summarise(values)).toEqual(summary);
  });

  it("leaves the values in their order", () => {
    const values = [3, 1, 2];
    summarise(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("needs a value", () => {
    expect(() => summarise([])).toThrow(new Error("a summary needs at least one value; found none"));
  });
});

describe("judge", () => {
  const figure = (chapter: number[], ours: number[], target?: Target): Figure => ({
    ...{ group: "Boot", name: "first answer", unit: "seconds", chapter, ours },
    ...(target && { target }),
  });
  const half: Target = { kind: "ratio", atMost: 1 / 2 };
  const twice: Target = { kind: "ratio", atLeast: 2 };
  const below10: Target = { kind: "ours", below: 10 };

  it("compares the medians of the rounds, not their means or extremes", () => {
    expect(judge(figure([10, 12, 500], [1, 6, 7]))).toEqual({
      chapter: { median: 12, min: 10, max: 500 },
      ours: { median: 6, min: 1, max: 7 },
      ratio: 0.5,
      reached: undefined,
    });
  });

  it.each<[string, Target, number, number, boolean]>([
    ["at most half: less", half, 10, 4, true],
    ["at most half: exactly", half, 10, 5, true],
    ["at most half: more", half, 10, 5.01, false],
    ["at least twice: more", twice, 10, 21, true],
    ["at least twice: exactly", twice, 10, 20, true],
    ["at least twice: less", twice, 10, 19.99, false],
    ["ours below 10: below, whatever the chapter's is", below10, 1, 9.99, true],
    ["ours below 10: exactly is not below", below10, 1000, 10, false],
    ["ours below 10: above", below10, 1000, 11, false],
  ])("%s", (_, target, chapter, ours, reached) => {
    expect(judge(figure([chapter], [ours], target)).reached).toBe(reached);
  });

  it("does not take a ratio for reached that is none", () => {
    expect(judge(figure([0], [0], half)).reached).toBe(false);
    expect(judge(figure([0], [0], twice)).reached).toBe(false);
  });

  it.each([
    ["the chapter's", figure([], [1])],
    ["ours", figure([1], [])],
  ])("needs a value of %s", (_, incomplete) => {
    expect(() => judge(incomplete)).toThrow("a summary needs at least one value; found none");
  });
});

describe("figures in words", () => {
  it.each<[number, Unit, string]>([
    [0, "bytes", "0 B"],
    [9999, "bytes", "9999 B"],
    [10_000, "bytes", "10.0 kB"],
    [123_456, "bytes", "123 kB"],
    [1_500_000, "bytes", "1.50 MB"],
    [45_678_901, "bytes", "45.7 MB"],
    [1_234_567_890, "bytes", "1235 MB"],
    [1.234, "seconds", "1.23 s"],
    [12.34, "seconds", "12.3 s"],
    [0.456, "milliseconds", "0.46 ms"],
    [123.4, "milliseconds", "123 ms"],
    [7.891, "percent", "7.89 %"],
    [-12.34, "percent", "-12.3 %"],
    [2345.6, "requests/s", "2346/s"],
  ])("%d %s is %s", (value, unit, words) => {
    expect(format(value, unit)).toBe(words);
  });

  it.each(unitNames)("%s are told from every other unit", (unit) => {
    const others = unitNames.filter((name) => name !== unit).map((name) => format(50, name));
    expect(others).not.toContain(format(50, unit));
  });

  it.each([
    [12.345, "12.35"],
    [2, "2.00"],
    [1 / 3, "0.33"],
    [0.0951, "0.10"],
    [0.0949, "0.095"],
    [0.01234, "0.012"],
    [0.00056, "0.00056"],
  ])("ratio %d is %s", (ratio, words) => {
    expect(ratioText(ratio)).toBe(words);
  });

  it.each<[Target, Unit, string]>([
    [{ kind: "ratio", atMost: 1 / 3 }, "bytes", "at most 1/3"],
    [{ kind: "ratio", atMost: 1 / 10 }, "bytes", "at most 1/10"],
    [{ kind: "ratio", atLeast: 2 }, "requests/s", "at least 2x"],
    [{ kind: "ours", below: 300e6 }, "bytes", "ours below 300 MB"],
    [{ kind: "ours", below: 10 }, "percent", "ours below 10.0 %"],
  ])("target %j of %s", (target, unit, words) => {
    expect(describeTarget(target, unit)).toBe(words);
  });
});

describe("Figures", () => {
  it("gathers the rounds of either image, in the order in which figures first appear", () => {
    const figures = new Figures();
    const boot = { group: "Boot", name: "at once", unit: "seconds" } as const;
    const target: Target = { kind: "ratio", atMost: 1 / 3 };
    const size = { group: "Size", name: "at once", unit: "bytes", target } as const;
    figures.add(boot, "chapter", 9);
    figures.add(size, "ours", 100);
    figures.add(boot, "ours", 2);
    figures.add(boot, "chapter", 8);
    expect(figures.list()).toEqual([
      { ...boot, chapter: [9, 8], ours: [2] },
      { ...size, chapter: [], ours: [100] },
    ]);
  });
});
