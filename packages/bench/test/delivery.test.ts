/** The way of a tag: what its stages sum up to, and what is shown of them. */
import { describe, expect, it } from "vitest";
import { breakdown, type Ends, type Stage, stages } from "../src/delivery/stages.ts";
import { barsPlot } from "../src/report/bars.ts";
import { bars, type DeliveryResult, deliveryTable, verdicts } from "../src/report/delivery.ts";
import { elementsIn, parseXml } from "./xml.ts";

const last = stages.at(-1) as Stage;
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

describe("a breakdown", () => {
  it("goes from each end to the next, in seconds", () => {
    const ends: Ends = {
      "push to start of the job": 11_000,
      "the job's image and checkout": 13_500,
      packages: 14_000,
      [last]: 20_000,
    };
    const { stages: seconds, total } = breakdown(10_000, ends);
    expect(seconds["push to start of the job"]).toBe(1);
    expect(seconds["the job's image and checkout"]).toBe(2.5);
    expect(seconds.packages).toBe(0.5);
    expect(seconds["image tried"]).toBe(0);
    expect(seconds[last]).toBe(6);
    expect(total).toBe(10);
  });

  it("sums up to the whole, also where an end was seen late", () => {
    const seenLate: Ends = {
      notebook: 15_100,
      "commit to the server's repository": 15_000,
      "image pushed": 18_200,
      [last]: 18_100,
    };
    const { stages: seconds, total } = breakdown(10_000, seenLate);
    expect(Math.min(...Object.values(seconds))).toBe(0);
    expect(seconds["commit to the server's repository"]).toBe(0);
    expect(sum(Object.values(seconds))).toBeCloseTo(total, 9);
    expect(total).toBe(8.1);
  });

  it("is none without an answer", () => {
    expect(() => breakdown(0, { packages: 1 })).toThrow("no right answer was seen");
  });
});

/** A tag that took so long for packages and for the rest. */
const tag = (side: "chapter" | "ours", warmth: "cold" | "warm", packages: number, rest: number) => ({
  ...{ side, warmth },
  ...breakdown(0, {
    "the job's image and checkout": 0,
    packages: packages * 1000,
    [last]: (packages + rest) * 1000,
  }),
});
const results: DeliveryResult[] = [
  ...[tag("chapter", "cold", 40, 60), tag("chapter", "cold", 50, 60), tag("chapter", "cold", 45, 50)],
  ...[tag("ours", "cold", 2, 10), tag("ours", "cold", 1, 10), tag("ours", "cold", 3, 12)],
  ...[tag("chapter", "warm", 30, 12), tag("ours", "warm", 1, 8.5)],
];

describe("the report", () => {
  it("has the medians of every stage and of the whole", () => {
    const lines = deliveryTable(results).split("\n");
    expect(lines[0]).toMatch(/^ +chapter, cold +ours, cold +chapter, warm +ours, warm$/);
    expect(lines.length).toBe(2 + stages.length + 1);
    expect(lines.find((line) => line.startsWith("packages"))).toMatch(/45\.0 s +2\.00 s +30\.0 s +1\.00 s$/);
    expect(lines.at(-1)).toMatch(/^all of it +100 s +12\.0 s +42\.0 s +9\.50 s$/);
  });

  it("says which targets are reached", () => {
    expect(verdicts(results)).toEqual([
      "cold: 0.12 of the chapter's time; at most 1/5: reached",
      "warm: 0.23 of the chapter's time; at most 1/5: MISSED",
      "warm: 9.50 s; at most 10.0 s: reached",
    ]);
  });

  it("draws the round in the middle of each, part by part and to one scale", () => {
    const drawn = bars(results);
    expect(drawn.map(({ name, parts }) => [name, sum(parts.map(([, seconds]) => seconds))])).toEqual([
      ["chapter, cold", 100],
      ["ours, cold", 12],
      ["chapter, warm", 42],
      ["ours, warm", 9.5],
    ]);
    const picture = parseXml(barsPlot("A & B", "medians", drawn));
    const parts = elementsIn(picture, "rect").filter(({ attributes }) => attributes.height === "34");
    expect(parts.length).toBe(4 * stages.length);
    const widths = parts.map(({ attributes }) => Number(attributes.width));
    const whole = (bar: number) => sum(widths.slice(bar * stages.length, (bar + 1) * stages.length));
    expect(whole(0) / whole(1)).toBeCloseTo(100 / 12, 1);
  });

  it("refuses to draw what was not measured", () => {
    expect(() => bars(results.slice(0, 3))).toThrow("ours, cold: nothing was measured");
  });
});
