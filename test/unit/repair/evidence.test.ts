/** What shows that a stack made something itself. */
import { describe, expect, it } from "vitest";
import { evidenceFrom, isAny, madeMeanwhile } from "../../../operations/repair/evidence.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const at = (time: string) => `2026-01-01T${time}Z`;
const update = (result: string, kind = "update") => ({
  kind,
  result,
  startTime: at("10:00:00"),
  endTime: at("10:10:00"),
});
const from = (...entries: object[]) => evidenceFrom(JSON.stringify(entries), undefined, [], now);

describe("something was made by an update that did not end well", () => {
  it.each([
    ["while it ran", "10:05:00", true],
    ["as it began, by another clock's second", "09:59:30", true],
    ["a moment after its engine was gone", "10:10:30", true],
    ["long before it", "09:50:00", false],
    ["long after it", "10:20:00", false],
  ])("%s: %s", (_, time, wanted) => {
    expect(madeMeanwhile(from(update("failed")), at(time), now, now)).toBe(wanted);
  });

  it("by the service's clock, which is an hour ahead", () => {
    const hour = 3_600_000;
    expect(madeMeanwhile(from(update("failed")), at("11:05:00"), now + hour, now)).toBe(true);
    expect(madeMeanwhile(from(update("failed")), at("10:05:00"), now + hour, now)).toBe(false);
  });

  it("and not by one that succeeded, nor by another command that failed", () => {
    const evidence = from(update("succeeded"), update("failed", "destroy"), update("failed", "refresh"));
    expect([isAny(evidence), madeMeanwhile(evidence, at("10:05:00"), now, now)]).toEqual([false, false]);
  });

  it("and by one of which only this machine knows, since its engine was killed", () => {
    const unfinished = { startedAt: at("11:00:00"), isFirst: true, allowed: [], approvals: [] };
    const evidence = evidenceFrom("[]", unfinished, [], now);
    expect(madeMeanwhile(evidence, at("11:30:00"), now, now)).toBe(true);
    expect(madeMeanwhile(evidence, at("10:30:00"), now, now)).toBe(false);
  });

  it("and what the state says was being created, and nothing that was being changed", () => {
    const operation = (type: string, urn: string) => ({
      type,
      resource: { urn, type: "t", inputs: {}, outputs: {} },
    });
    const { creating } = evidenceFrom(
      "[]",
      undefined,
      [operation("creating", "a"), operation("updating", "b")],
      now,
    );
    expect([...creating]).toEqual(["a"]);
  });
});
