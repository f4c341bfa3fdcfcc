import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { trackedOf } from "@tag-to-endpoint/sandbox";
import { afterEach, describe, expect, it } from "vitest";
import { enter, forget, newRecord, readRecord, readRegister, stackOf, update } from "../src/register.ts";
import { standingOf } from "../src/standing.ts";

const entered: string[] = [];
const fresh = (given?: Parameters<typeof newRecord>[1]) => {
  const record = newRecord(`register-${randomBytes(3).toString("hex")}`, given);
  entered.push(record.stack);
  return record;
};
afterEach(async () => {
  for (const stack of entered.splice(0)) await forget(stack);
});

describe("the register", () => {
  it("has a stack from before its folder is made until it is forgotten", async () => {
    const record = fresh({ owner: trackedOf(process.pid) });
    await enter(record);
    expect(existsSync(record.folder)).toBe(false);
    expect(readRecord(record.stack)).toEqual(record);
    expect(readRegister()).toContainEqual(record);
    await forget(record.stack);
    expect(readRecord(record.stack)).toBeUndefined();
  });

  it("takes one of two stacks of the same name, and says what to do", async () => {
    const record = fresh();
    const other = { ...record, folder: `${record.folder}-other` };
    const results = await Promise.allSettled([enter(record), enter(other)]);
    const refused = results.filter((one) => one.status === "rejected");
    expect(refused.map(({ reason }) => String(reason))).toEqual([
      expect.stringContaining(`npm run throwaway -- down ${record.stack}`),
    ]);
    expect(results[0]?.status === "fulfilled" ? record : other).toEqual(readRecord(record.stack));
  });

  it("does not take a stack back that was removed meanwhile", async () => {
    const record = fresh();
    await enter(record);
    await forget(record.stack);
    await update({ ...record, failure: "late" });
    expect(readRecord(record.stack)).toBeUndefined();
  });

  it("finds a stack by its name with and without the prefix", () =>
    expect([stackOf("demo"), stackOf("throwaway-demo")]).toEqual(["throwaway-demo", "throwaway-demo"]));
});

describe("how a stack stands", () => {
  const here = trackedOf(process.pid);
  const gone = { pid: process.pid, started: "another process that had the number" };
  const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  it.each([
    ["its owner and its guardian live", { owner: here, guardian: here }, "sandbox stopped", false],
    ["nobody removes it", { owner: here, guardian: gone }, "unguarded", true],
    ["its owner was killed and its guardian lives", { owner: gone, guardian: here }, "going away", false],
    ["both were killed", { owner: gone, guardian: gone }, "left behind", true],
    ["it was killed before it had a guardian", { owner: gone }, "left behind", true],
    ["its time is not over", { guardian: here, expiresAt: at(1) }, "sandbox stopped", false],
    ["its time is over", { guardian: here, expiresAt: at(-1) }, "going away", false],
    ["its time is over after a restart", { guardian: gone, expiresAt: at(-1) }, "left behind", true],
  ])("where %s", (_, given, state, needsPerson) => {
    expect(standingOf({ ...newRecord("x"), ...given })).toMatchObject({ state, needsPerson });
  });
});
