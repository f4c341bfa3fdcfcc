import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { maybeKept } from "../../../lib/pulumi/plan.ts";
import { UNKNOWN } from "../../../lib/pulumi/values.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "plan-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const replaced = ["create-replacement", "replace", "delete-replaced"];

/** What is said of a plan of one resource. */
function saidOf(steps: string[], updates: unknown, more: object = {}) {
  const file = path.join(folder, "plan.json");
  const urn = "urn:pulumi:dev::mlops::command:local:Command::model-training";
  const one = { steps, goal: { name: "model-training", inputDiff: { updates } }, ...more };
  writeFileSync(file, JSON.stringify({ manifest: {}, resourcePlans: { [urn]: one } }));
  return maybeKept(file);
}

describe("what an update by a plan may keep although the plan replaces it", () => {
  it.each([
    [
      "a replacement by what is known only then",
      replaced,
      { triggers: ["a", UNKNOWN] },
      {},
      ["model-training"],
    ],
    ["a replacement by what is known", replaced, { triggers: ["a", "b"] }, {}, []],
    ["its outputs, which nobody can know", replaced, { triggers: ["b"] }, { state: { stdout: UNKNOWN } }, []],
    ["an update, which plans let be nothing", ["update"], { triggers: [UNKNOWN] }, {}, []],
  ])("%s", (_, steps, updates, more, names) => {
    expect(saidOf(steps, updates, more)).toEqual(names);
  });

  it("nothing, where the plan does nothing", () => {
    const file = path.join(folder, "plan.json");
    writeFileSync(file, JSON.stringify({ manifest: {} }));
    expect(maybeKept(file)).toEqual([]);
  });
});
