/** What is told of many tags at once, from what was seen of them. */
import { describe, expect, it } from "vitest";
import { findProblems, type PressureResult } from "../src/index.ts";

const delivery = (id: number, brought: string) => ({
  ...{ id, brought, status: "success", webUrl: `https://gitlab.example.com/p/${id}` },
  ...{ isRelease: true, wasServed: true },
});

/** Two versions of one model and one of another, all well. */
function well(): PressureResult {
  const version = (model: string, name: string) => ({ model, version: name, pushedAt: 0, servedAt: 9 });
  return {
    versions: [version("iris", "v1"), version("toys", "v1"), version("iris", "v2")],
    deliveries: [delivery(1, "iris v1"), delivery(2, "toys v1"), delivery(3, "iris v2")],
    commits: ["iris v1", "toys v1", "iris v2"],
    slowestAnswer: 1,
    failedAnswers: [],
    seconds: 10,
    problems: [],
  };
}

const withVersion = (index: number, change: object): PressureResult => {
  const seen = well();
  return { ...seen, versions: seen.versions.map((one, at) => (at === index ? { ...one, ...change } : one)) };
};
const withDelivery = (index: number, change: object): PressureResult => {
  const seen = well();
  return {
    ...seen,
    deliveries: seen.deliveries.map((one, at) => (at === index ? { ...one, ...change } : one)),
  };
};

describe("after many tags at once", () => {
  it("nothing is wrong where each version came once, in order, and is served", () => {
    expect(findProblems(well())).toEqual([]);
  });

  it.each<[string, PressureResult, string]>([
    [
      "a version that did not come",
      { ...well(), commits: ["iris v1", "iris v2"] },
      "toys v1 came to the server's repository 0 times, not once",
    ],
    [
      "a version that came twice",
      { ...well(), commits: [...well().commits, "toys v1"] },
      "toys v1 came to the server's repository 2 times, not once",
    ],
    [
      "versions of a model in another order",
      { ...well(), commits: ["iris v2", "toys v1", "iris v1"] },
      "iris came in another order than it was tagged: iris v2, iris v1",
    ],
    ["a version that is not served", withVersion(1, { servedAt: undefined }), "toys v1 is not served"],
    [
      "a version that an older deployment took away",
      withVersion(0, { vanishedAt: 20 }),
      "iris v1 was served and then no more: an older deployment overtook",
    ],
    [
      "a pipeline that is not green",
      withDelivery(0, { status: "failed" }),
      "https://gitlab.example.com/p/1 of iris v1 ended as failed",
    ],
    [
      "a pipeline that is green too soon",
      withDelivery(2, { wasServed: false }),
      "https://gitlab.example.com/p/3 is green, and iris v2 was not served",
    ],
    [
      "an answer that did not come",
      { ...well(), failedAnswers: ["iris: 503, 4 s after the start"] },
      "the app did not answer: iris: 503, 4 s after the start",
    ],
  ])("tells %s", (_, seen, problem) => {
    expect(findProblems(seen)).toEqual([problem]);
  });
});
