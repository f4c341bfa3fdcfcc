/** The guard is part of the program: what weakens and is not approved is refused, whatever started it. */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { APPROVER, approve, gitlab, projectPath, stackOutputs } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";
import { rawPulumi } from "../support/raw-pulumi.ts";
import { stackCommand } from "../support/stack-command.ts";
import { tagRules } from "../support/tag-rules.ts";

let stack: ThrowawayStack;
let server: string;
let approval: string;

const run = (program: string, ...args: string[]) =>
  stackCommand(stack.environment, program, args, { env: APPROVER });
const set = (setting: string, value: string) =>
  run("pulumi", "config", "set", "--plaintext", `mlops:${setting}`, value);
const unset = (setting: string) => run("pulumi", "config", "rm", `mlops:${setting}`);
const raw = (...args: string[]) => rawPulumi(stack.environment, [...args, "--yes", "--skip-preview"]);
const rules = () => tagRules(stack.environment, server);

beforeAll(async () => {
  stack = await throwawayStack();
  approval = path.join(root, ".pulumi/approvals", `${stack.environment.stack}.json`);
  const { code, stderr, stdout } = await raw("up");
  expect(code, stdout + stderr).toBe(0);
  server = projectPath((await stackOutputs(stack.environment)).serverProjectUrl);
}, 600_000);
afterAll(async () => stack?.remove(), 120_000);

describe("a Pulumi from elsewhere", () => {
  it("has nothing to do after it brought the stack up", async () => {
    const { code, stdout, stderr } = await raw("up", "--expect-no-changes");
    expect(code, stdout + stderr).toBe(0);
  });

  it("is refused a rule that lets more people in, before the rule is gone", async () => {
    await set("tagCreateAccessLevel", "developer");
    const { code, stdout, stderr } = await raw("up");
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(
      "found:   tags v* (mlserver-tag-v*): who may create: Maintainers -> Developers",
    );
    expect(await rules()).toEqual({ "v*": [40], "v**": [40] });
    await unset("tagCreateAccessLevel");
  });

  it("is refused the removal of a rule", async () => {
    await set("tagPattern", "release-*");
    const { code, stdout, stderr } = await raw("up");
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("tags v* (mlserver-tag-v*): no longer protected");
    expect(await rules()).toMatchObject({ "v*": [40], "v**": [40] });
    await unset("tagPattern");
    await approve(stack.environment);
    expect((await raw("up")).code).toBe(0);
  });

  it("is refused a project that others see", async () => {
    await set("visibility", "public");
    const { code, stdout, stderr } = await raw("up");
    expect(code).toBe(1);
    // The first refusal ends the update.
    expect(stdout + stderr).toMatch(
      / \((mlserver|iris-decision-tree|product-classifier)\): visibility: private -> public$/m,
    );
    expect(await gitlab(stack.environment).Projects.show(server)).toMatchObject({ visibility: "private" });
    await unset("visibility");
  });

  it("may do what somebody approved, until the approval ends", async () => {
    await set("tagCreateAccessLevel", "developer");
    const said = await approve(stack.environment);
    expect(said).toMatch(/^Recorded in \S+; it holds until \S+\.$/m);
    const given = JSON.parse(await readFile(approval, "utf8")) as Record<string, unknown>;
    expect(given).toMatchObject({
      approvedBy: "Ana Lima <ana@example.com>",
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      dirty: expect.any(Boolean),
    });
    const ended = { ...given, validUntil: new Date(Date.now() - 1000).toISOString() };
    await writeFile(approval, JSON.stringify(ended));
    expect((await raw("up")).code).toBe(1);
    const refused = await run("pulumi", "up", "--yes", "--skip-preview", "--non-interactive");
    expect(refused.stderr).toMatch(/^The approval by Ana Lima <ana@example\.com> at .* ended at /m);
    expect(refused.code).toBe(2);
    expect(await rules()).toEqual({ "v*": [40], "v**": [40] });
    await writeFile(approval, JSON.stringify(given));
    const { code, stdout, stderr } = await raw("up");
    expect(code, stdout + stderr).toBe(0);
    expect(await rules()).toEqual({ "v*": [30], "v**": [40] });
    await unset("tagCreateAccessLevel");
    expect((await raw("up")).code).toBe(0);
    // Another Pulumi uses no approval up.
    await rm(approval);
  });
});

describe("npx pulumi", () => {
  it("takes a word for help only where it is no value of an option", async () => {
    await set("tagCreateAccessLevel", "developer");
    const { code, stderr } = await run("pulumi", "up", "--yes", "--skip-preview", "-m", "--help");
    expect(stderr).toContain("who may create: Maintainers -> Developers");
    expect(code).toBe(2);
    expect(await rules()).toEqual({ "v*": [40], "v**": [40] });
  });

  it("does exactly what was approved: by the plan that the review saw", async () => {
    await approve(stack.environment);
    const { code, stdout, stderr } = await run(
      "pulumi",
      "up",
      "--yes",
      "--skip-preview",
      "--non-interactive",
    );
    expect(code, stdout + stderr).toBe(0);
    expect(stderr).toMatch(
      /^Approved by Ana Lima <ana@example\.com> at \S+, commit [0-9a-f]{12}.*, until \S+:$/m,
    );
    expect(await rules()).toEqual({ "v*": [30], "v**": [40] });
    await unset("tagCreateAccessLevel");
    expect((await raw("up")).code).toBe(0);
  });

  it("refuses to remove a rule alone, until somebody approves it", async () => {
    const destroy = ["--target", "**mlserver-tag-v*", "--target-dependents"];
    const target = ["--target", "**iris-decision-tree-tag-v**", "--target-dependents"];
    for (const words of [destroy, target]) {
      const { code, stderr } = await run(
        "pulumi",
        "destroy",
        "--yes",
        "--skip-preview",
        "--non-interactive",
        ...words,
      );
      expect(stderr).toMatch(/--approve=[0-9a-f]{12} --destroy --target /);
      expect(code).toBe(2);
    }
    expect(await rules()).toEqual({ "v*": [40], "v**": [40] });
    await approve(stack.environment, "--destroy", ...target);
    const { code, stdout, stderr } = await run(
      "pulumi",
      "destroy",
      "--yes",
      "--skip-preview",
      "--non-interactive",
      ...target,
    );
    expect(code, stdout + stderr).toBe(0);
  });

  it("removes everything without a word", async () => {
    const { code, stdout, stderr } = await run(
      "pulumi",
      "destroy",
      "--yes",
      "--skip-preview",
      "--non-interactive",
    );
    expect(code, stdout + stderr).toBe(0);
  });
});
