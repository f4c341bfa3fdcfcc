/** The review and the gate of `pulumi up`, on the real engine against a sandbox. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { APPROVER, approve, projectPath, pulumi, stackOutputs } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";
import type { Finding } from "../../operations/review/judge.ts";
import { stackCommand } from "../support/stack-command.ts";
import { tagRules } from "../support/tag-rules.ts";

let stack: ThrowawayStack;
let server: string;
let approval: string;

const review = (...args: string[]) =>
  stackCommand(stack.environment, "node", ["operations/review/main.ts", ...args], { env: APPROVER });
const up = (...args: string[]) =>
  stackCommand(stack.environment, "pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", ...args]);
const set = (setting: string, value: string) =>
  pulumi(stack.environment, "pulumi", ["config", "set", "--plaintext", `mlops:${setting}`, value]);
const unset = (setting: string) => pulumi(stack.environment, "pulumi", ["config", "rm", `mlops:${setting}`]);

async function findings(): Promise<Pick<Finding, "rank" | "noun" | "name" | "attribute">[]> {
  const { stdout, stderr } = await review("--format", "json");
  if (stdout === "") throw new Error(stderr);
  const { findings: found } = JSON.parse(stdout) as { findings: Finding[] };
  return found.map(({ rank, noun, name, attribute }) => ({ rank, noun, name, attribute }));
}
const rules = () => tagRules(stack.environment, server);

beforeAll(async () => {
  stack = await throwawayStack();
  approval = path.join(root, ".pulumi/approvals", `${stack.environment.stack}.json`);
}, 300_000);

afterAll(async () => stack?.remove(), 120_000);

describe("a review", () => {
  it("lets a new stack come up: nothing was there to get weaker", async () => {
    // Near its end from the start.
    await set("accessTokenExpiryDays", "10");
    await set("accessTokenRotateBeforeDays", "9");
    expect((await review()).stdout).toContain("nothing gets weaker");
    expect((await up()).code).toBe(0);
    server = projectPath((await stackOutputs(stack.environment)).serverProjectUrl);
  });

  it("of no change is empty, but for credentials that end soon", async () => {
    const { code, stdout } = await review();
    expect(code).toBe(0);
    const [verdict, ...warnings] = stdout.trim().split(/\n+/);
    expect(verdict).toBe(`Stack ${stack.environment.stack}: nothing would change.`);
    expect(warnings).toEqual(
      ["iris-decision-tree", "product-classifier"].map((model) =>
        expect.stringMatching(
          new RegExp(
            `^Warning: access token access-mlserver \\(Pushes of model project ${model}\\) expires in \\d+ days .* npm run rotate -- --only gitlab$`,
          ),
        ),
      ),
    );
  });

  it("tells a weaker tag rule in words, and ends with 2", async () => {
    await set("tagCreateAccessLevel", "developer");
    const { code, stdout } = await review();
    expect(code).toBe(2);
    expect(stdout).toContain("1 WEAKER.");
    expect(stdout).toMatch(
      /^WEAKER {4}tags v\* of .*root\/mlserver.*: who may create: Maintainers -> Developers$/m,
    );
    // The rule of the second pattern for the same tags is there meanwhile.
    expect(stdout).not.toContain("Until the new one is there");
  });

  it("has other formats, and knows bad usage from a failed preview", async () => {
    const json = JSON.parse((await review("--format", "json")).stdout);
    expect(json).toMatchObject({ stack: stack.environment.stack, weaker: true, approved: false, rest: [] });
    expect(json.findings).toHaveLength(3);
    expect((await review("--format", "markdown")).stdout).toMatch(/^\| \*\*WEAKER\*\* \| tags v\\\* of /m);
    expect(await review("--format", "pdf")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("text, json"),
    });
    await set("visibility", "secret");
    const failed = await review();
    await unset("visibility");
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("private, internal or public") });
  });
});

describe("pulumi up", () => {
  it("refuses a weakening, and changes nothing", async () => {
    const { code, stderr } = await up();
    expect(code).toBe(2);
    expect(stderr).toContain("who may create: Maintainers -> Developers");
    expect(stderr).toMatch(/npm run review -- --approve=[0-9a-f]{12}$/m);
    expect(await rules()).toEqual({ "v*": [40], "v**": [40] });
  });

  it("does what is approved, once", async () => {
    const { fingerprint } = JSON.parse((await review("--format", "json")).stdout) as { fingerprint: string };
    const other = await review(`--approve=${"0".repeat(12)}`);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("no longer 000000000000") });
    expect(existsSync(approval)).toBe(false);
    const approved = await review(`--approve=${fingerprint.slice(0, 12)}`);
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining("Approved") });
    expect((await up()).code).toBe(0);
    expect(await rules()).toEqual({ "v*": [30], "v**": [40] });
    expect(existsSync(approval)).toBe(false);
  });

  it("needs no approval to make it stronger", async () => {
    await set("tagCreateAccessLevel", "maintainer");
    expect(await findings()).toContainEqual({
      rank: "stronger",
      noun: "tags",
      name: "v*",
      attribute: "who may create",
    });
    expect((await up()).code).toBe(0);
    expect(await rules()).toEqual({ "v*": [40], "v**": [40] });
  });

  it("refuses any other weakening than the approved one, and one with other options", async () => {
    await set("tagCreateAccessLevel", "developer");
    await approve(stack.environment);
    await set("branchMergeAccessLevel", "developer");
    const refused = await up();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("is for another change") });
    expect(refused.stderr).toContain("who may merge: Maintainers -> Developers");
    await unset("branchMergeAccessLevel");
    const targeted = await up("--target", "**mlserver-tag-v*");
    expect(targeted).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--approve=[0-9a-f]{12} --target/),
    });
    expect(await rules()).toEqual({ "v*": [40], "v**": [40] });
    expect(existsSync(approval)).toBe(true);
    await unset("tagCreateAccessLevel");
  });

  it("takes a new value of a credential for neutral, and more scope for weaker", async () => {
    await set("herokuTokenExpiryDays", "30");
    expect(await findings()).toEqual([
      {
        rank: "stronger",
        noun: "Heroku authorization",
        name: "Pipelines of root/mlserver",
        attribute: "lives for",
      },
      { rank: "neutral", noun: "variable", name: "HEROKU_API_KEY", attribute: "value" },
    ]);
    await unset("herokuTokenExpiryDays");
    await set("herokuTokenScopes", '["read", "write-protected", "identity"]');
    expect((await findings())[0]).toMatchObject({ rank: "weaker", attribute: "scopes" });
    expect((await up()).code).toBe(2);
    await unset("herokuTokenScopes");
  });

  it("refuses what the policy refuses, and no approval is to be had for it", async () => {
    await set("herokuTokenScopes", '["global"]');
    const { code, stdout } = await review();
    expect(code).toBe(2);
    expect(stdout).toContain("1 WEAKER, 1 neutral, refused by policy.");
    expect(stdout).toContain("scopes: read, write-protected -> global");
    expect(stdout).toContain("  heroku-authorization of mlserver-deploy\n");
    expect(stdout).toContain('    found:   scopes "global"\n');
    await rm(approval, { force: true });
    await expect(approve(stack.environment)).rejects.toThrow("the policy refuses this change");
    expect(existsSync(approval)).toBe(false);
    const refused = await up();
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was changed") });
    expect(refused.stderr).toContain("fix:     pulumi config rm mlops:herokuTokenScopes");
    await unset("herokuTokenScopes");
  });

  it("sees a rule go that its project outlives, and refuses", async () => {
    await set("tagPattern", "release-*");
    expect(await findings()).toContainEqual({ rank: "weaker", noun: "tags", name: "v*", attribute: "" });
    expect((await up()).code).toBe(2);
    await unset("tagPattern");
  });

  it("shows no credential in any format", async () => {
    await set("herokuTokenExpiryDays", "30");
    const { env } = stack.environment;
    for (const format of ["text", "json", "markdown"]) {
      const { stdout, stderr } = await review("--format", format);
      for (const secret of [env.GITLAB_TOKEN, env.HEROKU_API_KEY])
        expect(stdout + stderr).not.toContain(secret);
      expect(stdout).not.toMatch(/glpat-|HRKU-/);
    }
    await unset("herokuTokenExpiryDays");
  });

  it("does not hold up the removal of everything", async () => {
    await pulumi(stack.environment, "pulumi", ["destroy", "--yes", "--skip-preview"]);
    expect((await stackOutputs(stack.environment)).appUrl).toBeUndefined();
  });
});
