/** Pulumi's engine runs TypeScript programs through whatever language host set-up provided. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const exec = promisify(execFile);
let folder: string;

const pulumi = (...args: string[]) =>
  exec("pulumi", [...args, "--non-interactive"], {
    cwd: folder,
    env: {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_STACK: "host",
    },
  });

/** What a command that must fail has printed. */
const output = (command: ReturnType<typeof pulumi>): Promise<string> =>
  command.then(
    () => Promise.reject(new Error("the command succeeded")),
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );

const program = (source: string) => writeFile(path.join(folder, "index.ts"), source);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint host-"));
  await mkdir(path.join(folder, ".pulumi"));
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module", main: "index.ts" }));
  const runtime = { name: "nodejs", options: { typescript: false, nodeargs: "--title=from-nodeargs" } };
  await writeFile(path.join(folder, "Pulumi.yaml"), JSON.stringify({ name: "host", runtime }));
  await pulumi("stack", "init", "host");
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the language host", () => {
  it("runs an ES module in TypeScript with its configuration, arguments and stack", async () => {
    await program(`
      import * as pulumi from "@pulumi/pulumi";
      const config = new pulumi.Config();
      const plain: string = config.require("plain");
      export const seen = { plain, stack: pulumi.getStack(), project: pulumi.getProject(), title: process.title };
      export const hidden = config.requireSecret("hidden");
    `);
    await pulumi("config", "set", "plain", "a value");
    await pulumi("config", "set", "--secret", "hidden", "canary-value");
    const { stdout } = await pulumi("up", "--yes", "--skip-preview");
    expect(stdout).not.toContain("canary-value");
    const outputs = JSON.parse((await pulumi("stack", "output", "--json", "--show-secrets")).stdout);
    expect(outputs).toEqual({
      seen: { plain: "a value", stack: "host", project: "host", title: "from-nodeargs" },
      hidden: "canary-value",
    });
  });

  it("knows a preview from an update", async () => {
    await program(`
      import * as pulumi from "@pulumi/pulumi";
      if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError("this is an update");
      export const preview = true;
    `);
    await pulumi("preview");
    expect(await output(pulumi("up", "--yes", "--skip-preview"))).toContain("this is an update");
  });

  it("fails with the program's own error, once", async () => {
    await program(`throw new Error("broken on purpose");`);
    const text = await output(pulumi("preview"));
    expect(text).toContain("broken on purpose");
    expect(text).not.toContain("Program exited with");
  });

  it("ends when the engine is killed, and the program with it", async () => {
    const file = path.join(folder, "pid");
    await program(`
      import { writeFileSync } from "node:fs";
      writeFileSync(${JSON.stringify(file)}, \`\${process.pid} \${process.ppid}\`);
      await new Promise((resolve) => setTimeout(resolve, 300_000));
    `);
    const preview = output(pulumi("preview"));
    const pids = async () => (await readFile(file, "utf8").catch(() => "")).split(" ").map(Number);
    await expect.poll(async () => (await pids()).filter(isAlive).length, { timeout: 30_000 }).toBe(2);
    const [, host] = await pids();
    const { stdout: engine } = await exec("ps", ["-o", "ppid=", "-p", String(host)]);
    process.kill(Number(engine), "SIGKILL");
    await expect.poll(async () => (await pids()).filter(isAlive), { timeout: 10_000 }).toEqual([]);
    await preview;
  });
});

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
