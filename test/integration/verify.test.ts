/** `npm run verify -- real` against a sandbox: what it makes is noted first, and goes whatever happens. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Sandbox } from "@tag-to-endpoint/sandbox";
import { throwawaySandbox } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";
import { thereOf } from "../support/accounts.ts";

let sandbox: Sandbox;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ sandbox, remove } = await throwawaySandbox());
});
afterAll(() => remove?.());

interface Run {
  readonly child: ChildProcess;
  readonly id: string;
  output(): string;
}

/** Starts a command of verify, in a process group of its own, as a terminal has it. */
async function verify(...words: string[]): Promise<Run> {
  let output = "";
  const { PULUMI_CONFIG_PASSPHRASE: _, ...env } = sandbox.env;
  const child = spawn(process.execPath, ["packages/verify/src/main.ts", ...words], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  await expect.poll(() => output, { timeout: 60_000 }).toMatch(/^Run [0-9a-f]{6}$|: done|:/m);
  return { child, id: /^Run ([0-9a-f]{6})$/m.exec(output)?.[1] ?? "", output: () => output };
}

async function ended({ child }: Run): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return child.exitCode;
}

const ledgerOf = (id: string) => {
  const file = path.join(root, ".cache/verify", id, "ledger.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
};

const real = ["real", "--namespace", "root", "--app-prefix", "vf", "--yes"];

it("removes what it made when it is interrupted in the middle of an update", async () => {
  const run = await verify(...real);
  await expect.poll(() => ledgerOf(run.id), { timeout: 120_000 }).toContain('"kind":"project"');
  process.kill(-(run.child.pid as number), "SIGINT");
  expect(await ended(run)).toBe(1);
  expect(run.output()).toContain("Interrupted. Removing what was made");
  expect(run.output()).toContain("nothing is left");
  expect(await thereOf(sandbox, run.id)).toEqual([]);
  expect(existsSync(path.join(root, `.env.throwaway-verify-${run.id}`))).toBe(false);
});

it("names a run that was killed, and removes what it left", async () => {
  const run = await verify(...real);
  await expect.poll(() => ledgerOf(run.id), { timeout: 120_000 }).toContain('"kind":"project"');
  process.kill(-(run.child.pid as number), "SIGKILL");
  await ended(run);
  expect(await thereOf(sandbox, run.id)).not.toEqual([]);

  const next = await verify(...real);
  expect(await ended(next)).toBe(1);
  expect(next.output()).toContain(`npm run verify -- remove ${run.id}`);

  const removal = await verify("remove", run.id);
  expect(await ended(removal), removal.output()).toBe(0);
  expect(await thereOf(sandbox, run.id)).toEqual([]);
  for (const secret of [sandbox.env.GITLAB_TOKEN, sandbox.env.HEROKU_API_KEY]) {
    expect(`${ledgerOf(run.id)}${run.output()}${removal.output()}`).not.toContain(secret);
  }
});
