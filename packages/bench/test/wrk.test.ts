/** The bench's reading of the load generator: figures of failed answers must never become results. */
import { describe, expect, it } from "vitest";
import { parseChecked, parseLoad } from "../src/measure/wrk.ts";

const report = {
  ...{ requests: 3000, duration: 1_500_000, p50: 640, p99: 2100 },
  ...{ status: 0, connect: 0, read: 0, write: 0, timeout: 0 },
};
/** wrk's own output, and below it the line that infer.lua prints. */
const output = (line: string) =>
  `Running 2s test @ http://127.0.0.1:4711/\n  1 threads and 16 connections\nRequests/sec:   2000.00\n\n${line}\n`;
const load = (changes: Partial<typeof report> = {}) => output(JSON.stringify({ ...report, ...changes }));

describe("a run of some duration", () => {
  it("gives requests per second and milliseconds of wrk's microseconds", () => {
    expect(parseLoad(load())).toEqual({ requestsPerSecond: 2000, p50: 0.64, p99: 2.1 });
  });

  it.each<[string, Partial<typeof report>, string]>([
    [
      "answers that are no success",
      { status: 12 },
      "of 3000 answers 12 were no success; socket errors: connect 0, read 0, write 0, time-out 0",
    ],
    [
      "time-outs",
      { timeout: 3 },
      "of 3000 answers 0 were no success; socket errors: connect 0, read 0, write 0, time-out 3",
    ],
    [
      "every other socket error",
      { connect: 1, read: 2, write: 4 },
      "of 3000 answers 0 were no success; socket errors: connect 1, read 2, write 4, time-out 0",
    ],
    ["no answer at all", { requests: 0 }, "wrk got no answer at all"],
    ["no duration", { duration: 0 }, "wrk got no answer at all"],
  ])("is refused for %s", (_, changes, message) => {
    expect(() => parseLoad(load(changes))).toThrow(new Error(message));
  });

  it("is refused for a single failure of any kind", () => {
    for (const kind of ["status", "connect", "read", "write", "timeout"] as const) {
      expect(() => parseLoad(load({ [kind]: 1 })), kind).toThrow("of 3000 answers");
    }
  });
});

describe("a run of a number of requests", () => {
  const checked = (requests: number, wrong: number) => output(JSON.stringify({ requests, wrong }));

  it("passes when all were answered as expected", () => {
    expect(() => parseChecked(checked(500, 0), 500)).not.toThrow();
  });

  it.each([
    ["an answer is missing", checked(499, 0), "only 499 of 500 requests were answered in time"],
    ["an answer is another", checked(500, 1), "of 500 answers 1 were not the expected one"],
    // wrk came to the end of its duration first, and infer.lua to its other report.
    ["time ran out", load({ requests: 20 }), "only 20 of 500 requests were answered in time"],
  ])("is refused when %s", (_, text, message) => {
    expect(() => parseChecked(text, 500)).toThrow(new Error(message));
  });
});

describe("what is no report", () => {
  const noJson = (line: string) => `wrk's last line is not the JSON object of infer.lua but: ${line}`;
  const without = (name: string, line: string) => `wrk's report has no number ${name}: ${line}`;

  it.each([
    ["nothing", "", noJson("")],
    ["words", output("unable to connect to 127.0.0.1:4711"), noJson("unable to connect to 127.0.0.1:4711")],
    ["half a report", output('{"requests":3000,'), noJson('{"requests":3000,')],
    ["a report with something after it", `${load()}killed\n`, noJson("killed")],
    ["no object", output("null"), without("requests", "null")],
    ["no such number", output('{"duration":1}'), without("requests", '{"duration":1}')],
    ["text for a number", output('{"requests":"3000"}'), without("requests", '{"requests":"3000"}')],
  ])("%s", (_, text, message) => {
    expect(() => parseLoad(text)).toThrow(new Error(message));
    expect(() => parseChecked(text, 1)).toThrow(new Error(message));
  });

  it.each(Object.keys(report))("a run of some duration without %s", (name) => {
    const line = JSON.stringify({ ...report, [name]: undefined });
    expect(() => parseLoad(output(line))).toThrow(new Error(without(name, line)));
  });

  it("a number of requests without wrong", () => {
    const line = '{"requests":5}';
    expect(() => parseChecked(output(line), 5)).toThrow(new Error(without("wrong", line)));
  });
});
