import { describe, expect, it } from "vitest";
import { minutesIn, wordsOfDuration } from "../src/duration.ts";

describe("a time to live", () => {
  it.each([
    ["30s", 0.5],
    ["90m", 90],
    ["2h", 120],
    ["1.5h", 90],
    ["1d", 1440],
  ])("%s is %d minutes", (text, minutes) => expect(minutesIn(text)).toBe(minutes));

  it.each(["", "2", "h", "0m", "-1h", "2 h", "2w", "1h30m"])("%j is none", (text) =>
    expect(minutesIn(text)).toBeUndefined(),
  );
});

it.each([
  [0, "0 s"],
  [-5, "0 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [7_080_000, "1 h 58 min"],
  [7_200_000, "2 h"],
  [90_061_000, "1 d 1 h"],
])("%d ms reads as %s", (ms, words) => expect(wordsOfDuration(ms)).toBe(words));
