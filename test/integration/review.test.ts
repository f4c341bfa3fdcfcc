/** The review and the gate of `pulumi up`, on the real engine against a sandbox. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitlab, projectPath, pulumi, stackOutputs } from "../../demo/environment.ts";
import type { Finding } from "../../review/judge.ts";
import { root, type ThrowawayStack, throwawayStack } from "../throwaway.ts";

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

let stack: ThrowawayStack;
let server: string;
let approval: string;

/** Runs a command on the stack, however it ends. */
function command(program: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...stack.environment.env, PULUMI_STACK: stack.environment.stack, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        ended[stream] += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...ended, code }));
  });
}

const review = (...args: string[]) => command("node", ["review/main.ts", ...args]);
const up = (...args: string[]) =>
  command("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", ...args]);
const set = (setting: string, value: string) =>
  pulumi(stack.environment, "pulumi", ["config", "set", `mlops:${setting}`, value]);
const unset = (setting: string) => pulumi(stack.environment, "pulumi", ["config", "rm", `mlops:${setting}`]);

async function findings(): Promise<Pick<Finding, "rank" | "noun" | "name" | "attribute">[]> {
  const { stdout, stderr } = await review("--format", "json");
  if (stdout === "") throw new Error(stderr);
  const { findings: found } = JSON.parse(stdout) as { findings: Finding[] };
  return found.map(({ rank, noun, name, attribute }) => ({ rank, noun, name, attribute }));
}

/** Levels that may create tags, by rule, as GitLab has them. */
async function tagRules(): Promise<Record<string, number[]>> {
  const rules = await gitlab(stack.environment).ProtectedTags.all(server);
  return Object.fromEntries(
    rules.map(({ name, create_access_levels }) => [
      name,
      (create_access_levels ?? []).map(({ access_level }) => Number(access_level)),
    ]),
  );
}

beforeAll(async () => {
  stack = await throwawayStack();
  approval = path.join(root, ".pulumi/approvals", `${stack.environment.stack}.json`);
}, 300_000);

afterAll(async () => {
  await rm(approval, { force: true });
  await stack?.remove();
}, 120_000);

describe("a review", () => {
  it("lets a new stack come up: nothing was there to get weaker", async () => {
    expect((await review()).stdout).toContain("nothing gets weaker");
    expect((await up()).code).toBe(0);
    server = projectPath((await stackOutputs(stack.environment)).serverProjectUrl);
  });

  it("of no change is empty", async () => {
    expect(await review()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("nothing would change"),
    });
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
    expect(stderr).toContain("npm run review -- --approve");
    expect(await tagRules()).toEqual({ "v*": [40], "v**": [40] });
  });

  it("does what is approved, once", async () => {
    expect(await review("--approve")).toMatchObject({ code: 0, stdout: expect.stringContaining("Approved") });
    expect((await up()).code).toBe(0);
    expect(await tagRules()).toEqual({ "v*": [30], "v**": [40] });
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
    expect(await tagRules()).toEqual({ "v*": [40], "v**": [40] });
  });

  it("refuses any other weakening than the approved one, and one with other options", async () => {
    await set("tagCreateAccessLevel", "developer");
    expect((await review("--approve")).code).toBe(0);
    await set("branchMergeAccessLevel", "developer");
    const refused = await up();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("is another diff") });
    expect(refused.stderr).toContain("who may merge: Maintainers -> Developers");
    await unset("branchMergeAccessLevel");
    const targeted = await up("--target", "**mlserver-tag-v*");
    expect(targeted).toMatchObject({ code: 2, stderr: expect.stringContaining("--approve --target") });
    expect(await tagRules()).toEqual({ "v*": [40], "v**": [40] });
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
    await set("herokuTokenScopes", '["global"]');
    expect((await findings())[0]).toMatchObject({ rank: "weaker", attribute: "scopes" });
    expect((await up()).code).toBe(2);
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
