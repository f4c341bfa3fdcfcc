import { describe, expect, it } from "vitest";
import { tableOf } from "../src/soak/report.ts";
import { trendOf } from "../src/soak/trend.ts";

const series = (length: number, value: (at: number) => number) =>
  Array.from({ length }, (_, at) => value(at));
/** Noise that is the same in every run. */
const noise = (at: number) => ((at * 7919) % 13) - 6;

describe("a trend", () => {
  it.each([
    ["level values with noise", series(40, (at) => 200 + noise(at)), false],
    ["a leak of 1 % a round under noise", series(40, (at) => 200 + 2 * at + noise(at)), true],
    ["a warm-up that levels off", series(40, (at) => 200 - 100 * 0.6 ** at + noise(at)), false],
    ["one peak at the end", series(40, (at) => (at === 39 ? 900 : 200 + noise(at))), false],
    ["a low first value", series(40, (at) => (at === 0 ? 20 : 200 + noise(at))), false],
    ["growth too small to matter", series(40, (at) => 200 + 0.1 * at), false],
    ["handles that are left open now and then", series(40, (at) => 60 + Math.floor(at / 3)), true],
    ["values that fall", series(40, (at) => 400 - 5 * at), false],
    ["too few values", series(6, (at) => 100 * at), undefined],
  ])("of %s", (_, values, grows) => expect(trendOf(values).grows).toBe(grows));
});

describe("the table of a soak", () => {
  const round = (at: number, leak: number) => [
    { daemonMemory: 300, daemonHandles: 90, appMemory: 400 },
    { daemonMemory: 200, daemonHandles: 60 + leak * at, appMemory: 400 },
  ];
  const soaked = (leak: number, failures: string[] = []) => ({
    rounds: Array.from({ length: 30 }, (_, at) => round(at, leak)),
    done: new Map([["tag", 30]]),
    failures,
  });

  it("is flat where the levels of the rounds are", () => {
    const { text, isFlat } = tableOf(soaked(0));
    expect(isFlat).toBe(true);
    expect(text).toMatch(/memory of the sandbox's process +200 MiB +0 MiB +flat/);
  });

  it("names what grows, and what failed", () => {
    const { text, isFlat } = tableOf(soaked(1, ["round 31, tag: no"]));
    expect(isFlat).toBe(false);
    expect(text).toMatch(/open files of the sandbox's process +\d+ +\d+ +GROWS/);
    expect(text).toContain("FAILED round 31, tag: no");
  });
});
