/** `npx pulumi` in this repository: the variables of a stack come from its own file, and from no other. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";

const stack = `throwaway-${randomBytes(4).toString("hex")}`;
const envFile = path.join(root, `.env.${stack}`);
let folder: string;

async function backend(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { PULUMI_BACKEND_URL: _, PULUMI_STACK: __, ...inherited } = process.env;
  const words = ["pulumi", "whoami", "--json", "--non-interactive", ...args];
  const { stdout } = await promisify(execFile)("npx", words, { cwd: root, env: { ...inherited, ...env } });
  return (JSON.parse(stdout) as { url: string }).url;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint launcher-"));
  await writeFile(envFile, `PULUMI_BACKEND_URL=file://${folder}\n`, { mode: 0o600 });
});

afterAll(async () => {
  await rm(envFile);
  await rm(folder, { recursive: true });
});

describe("npx pulumi", () => {
  it("reads .env.<stack> of the stack in PULUMI_STACK", async () => {
    expect(await backend([], { PULUMI_STACK: stack })).toContain(folder);
  });

  it("lets variables that are already set win", async () => {
    const env = { PULUMI_STACK: stack, PULUMI_BACKEND_URL: "file:///tmp" };
    expect(await backend([], env)).not.toContain(folder);
  });

  it("reads nothing for another stack", async () => {
    expect(await backend([], { PULUMI_STACK: "another" })).not.toContain(folder);
  });
});
