/** The real engine with the policy pack: what it lets pass, what it refuses, and with which words. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CommandFailed, pulumi } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";

const pack = path.join(root, "infra/policy");
/** Stand-ins, where the official plugins cannot be had; `npx pulumi` gives them to this repository's stacks alone. */
const standIns = path.join(root, ".cache/pulumi/plugins");
let stack: ThrowawayStack;
let folder: string;

beforeAll(async () => {
  stack = await throwawayStack();
  folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-policy-"));
}, 300_000);

afterAll(async () => {
  await stack?.remove();
  if (folder) await rm(folder, { recursive: true, force: true });
}, 120_000);

/** What a command that must fail has printed. */
async function refusal(command: Promise<string>): Promise<string> {
  try {
    await command;
  } catch (error) {
    if (error instanceof CommandFailed) return error.output;
    throw error;
  }
  throw new Error("the command succeeded");
}

/** The part of the engine's output about policies, without indentation. */
function policies(output: string): string[] {
  const lines = output.split("\n").map((line) => line.trim());
  const start = lines.indexOf("Policies:");
  return start < 0 ? [] : lines.slice(start + 1, lines.indexOf("", start));
}

const passed = `✅ tag-to-endpoint@v0.1.0 (local: ${pack})`;
const refused = `❌ tag-to-endpoint@v0.1.0 (local: ${pack})`;

describe("the program of this repository", () => {
  const preview = (...args: string[]) => pulumi(stack.environment, "pulumi", ["preview", ...args]);
  const herokuRule = (level: string) => [
    `- [${level}]  heroku-authorization  (command:local:Command: mlserver-deploy)`,
    "The pipelines' Heroku authorization is scoped and expires.",
    'found:   scopes "global"',
    "allowed: some of identity, read, write, read-protected, write-protected; global is the account and everything in it",
    "fix:     pulumi config rm mlops:herokuTokenScopes",
  ];

  it("passes as it is", async () => {
    expect(policies(await preview())).toEqual([passed]);
  });

  it("is refused with a setting that is never right, until somebody accepts just that", async () => {
    const accepted = path.join(folder, "accepted.json");
    await writeFile(accepted, JSON.stringify({ "heroku-authorization": "advisory" }));
    await pulumi(stack.environment, "pulumi", [
      "config",
      "set",
      "--path",
      "mlops:herokuTokenScopes[0]",
      "global",
    ]);
    expect(policies(await refusal(preview()))).toEqual([refused, ...herokuRule("mandatory")]);
    const lenient = policies(await preview("--policy-pack", pack, "--policy-pack-config", accepted));
    expect(lenient.slice(1)).toEqual(herokuRule("advisory"));
  });
});

describe("another program", () => {
  /** Previews a program under the pack. */
  async function preview(source: string): Promise<string> {
    await writeFile(path.join(folder, "index.ts"), `import * as gitlab from "@pulumi/gitlab";\n${source}`);
    return run("preview", "--policy-pack", pack);
  }

  const run = async (...args: string[]) =>
    stack.environment.log.run("small-program", "pulumi", [...args, "--non-interactive"], {
      cwd: folder,
      env: {
        ...stack.environment.env,
        PATH: [...(await standInFolders()), process.env.PATH].join(path.delimiter),
        PULUMI_STACK: "small",
        PULUMI_BACKEND_URL: `file://${folder}`,
      },
    });

  async function standInFolders(): Promise<string[]> {
    if (!existsSync(standIns)) return [];
    return (await readdir(standIns)).map((name) => path.join(standIns, name));
  }

  const variable = (value: string) =>
    `new gitlab.ProjectVariable("key", { project: "1", key: "A_KEY", value: ${value}, protected: true, masked: true });`;

  beforeAll(async () => {
    await mkdir(path.join(folder, ".pulumi"));
    await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module", main: "index.ts" }));
    const runtime = { name: "nodejs", options: { typescript: false } };
    await writeFile(path.join(folder, "Pulumi.yaml"), JSON.stringify({ name: "small", runtime }));
    await run("stack", "init", "small");
  }, 60_000);

  it("passes with a secret credential", async () => {
    const secret = `import { secret } from "@pulumi/pulumi";\n${variable('secret("a value of its own")')}`;
    expect(policies(await preview(secret))).toEqual([passed]);
  });

  it("is refused with a credential in plain text, which no message repeats", async () => {
    const output = await refusal(preview(variable('"canary-word"')));
    expect(policies(output)).toEqual([
      refused,
      "- [mandatory]  credential-variable  (gitlab:index:ProjectVariable: key)",
      "CI/CD variables with credentials are secret, protected, masked and hidden.",
      "found:   variable A_KEY, a credential: plain text in the stack's state",
      "allowed: a secret value, and protected, masked and hidden: true",
      "fix:     declare it in CiVariables with `credential: true` (infra/components/gitlab/ci-variables.ts)",
    ]);
    expect(policies(output).join()).not.toContain("canary-word");
  });

  it("is refused with a project that lacks a rule", async () => {
    const source = `
      const project = new gitlab.Project("bare", { name: "bare", defaultBranch: "main" });
      const allowedToPushes = [{ accessLevel: "maintainer" }];
      new gitlab.BranchProtection("main", { project: project.id, branch: "main", allowedToPushes });
    `;
    expect(policies(await refusal(preview(source)))).toEqual([
      refused,
      "- [mandatory]  protected-project  (gitlab:index:Project: bare)",
      "Every GitLab project of the stack protects its default branch and the stack's tags.",
      'found:   project bare: no protection of tags "v*"',
      "allowed: a TagProtection of that pattern, as in every project of the stack",
      "fix:     declare a RefProtection for the project (infra/components/gitlab/ref-protection.ts)",
    ]);
  });
});
