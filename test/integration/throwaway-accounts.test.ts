/** `npm run throwaway -- up --real` against a sandbox that plays the accounts: all that is made is removed again. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Sandbox } from "@tag-to-endpoint/sandbox";
import { throwawaySandbox } from "@tag-to-endpoint/throwaway";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";
import { thereOf } from "../support/accounts.ts";
import { remainsOf, startThrowaway, throwaway } from "../support/throwaway-command.ts";

let accounts: Sandbox;
let remove: () => Promise<void>;
let env: Record<string, string>;
const names: string[] = [];

beforeAll(async () => {
  ({ sandbox: accounts, remove } = await throwawaySandbox());
  const { PULUMI_CONFIG_PASSPHRASE: _, ...given } = accounts.env;
  env = given;
});
afterEach(async () => {
  for (const name of names.splice(0)) {
    if ((await remainsOf(`throwaway-${name}`)).length > 0) await throwaway(["down", name], env);
  }
});
afterAll(() => remove?.());

function upWords(): { name: string; words: string[] } {
  const name = `r-${randomBytes(4).toString("hex")}`;
  names.push(name);
  return { name, words: ["up", "--name", name, "--real", "--namespace", "root", "--app-prefix", "tw"] };
}

const register = path.join(root, ".cache/throwaway");
const ledgerOf = (name: string) => {
  const file = path.join(register, `throwaway-${name}.ledger.jsonl`);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
};
const recordOf = (name: string) =>
  JSON.parse(readFileSync(path.join(register, `throwaway-${name}.json`), "utf8")) as {
    guardian: { pid: number };
    accounts: { settings: { id: string } };
  };

/** Starts a stack and kills its command, and its guardian where that is asked for, once a project and an app are noted. */
async function killed(withGuardian: boolean) {
  const { name, words } = upWords();
  const going = startThrowaway(words, env);
  await expect.poll(() => ledgerOf(name), { timeout: 120_000 }).toMatch(/"kind":"project"/);
  const { guardian, accounts: noted } = recordOf(name);
  process.kill(-(going.child.pid as number), "SIGKILL");
  if (withGuardian) process.kill(guardian.pid, "SIGKILL");
  await going.ended;
  return { name, id: noted.settings.id };
}

it("a stack that stays is worked on with the recorder between, and removed", async () => {
  const { name, words } = upWords();
  const up = await throwaway(words, env);
  expect(up.code, up.stderr + up.stdout).toBe(0);
  const { id } = recordOf(name).accounts.settings;
  expect(await thereOf(accounts, id)).not.toEqual([]);

  // Node.js goes through the recorder, as the program and its plugins do.
  const create = `
    const { GITLAB_BASE_URL, GITLAB_TOKEN } = process.env;
    const headers = { "PRIVATE-TOKEN": GITLAB_TOKEN, "Content-Type": "application/json" };
    const body = JSON.stringify({ name: "extra-${id}", path: "extra-${id}" });
    const { status } = await fetch(GITLAB_BASE_URL + "/projects", { method: "POST", headers, body });
    if (status !== 201) throw new Error(String(status));
  `;
  const made = await throwaway(["exec", name, "--", "node", "--input-type=module", "--eval", create], env);
  expect(made.code, made.stderr).toBe(0);
  expect(await thereOf(accounts, `extra-${id}`)).not.toEqual([]);
  expect(ledgerOf(name)).toContain(`"name":"extra-${id}"`);

  const down = await throwaway(["down", name], env);
  expect(down.code, down.stderr).toBe(0);
  expect(await remainsOf(`throwaway-${name}`)).toEqual([]);
  expect(await thereOf(accounts, id)).toEqual([]);
  for (const secret of [accounts.env.GITLAB_TOKEN, accounts.env.HEROKU_API_KEY]) {
    expect(up.stdout + up.stderr + down.stdout).not.toContain(secret);
  }
});

it("what a killed command made on the accounts goes by its guardian", async () => {
  const { name, id } = await killed(false);
  await expect.poll(() => remainsOf(`throwaway-${name}`), { timeout: 120_000, interval: 1000 }).toEqual([]);
  expect(await thereOf(accounts, id)).toEqual([]);
});

it("where the guardian was killed, too, it goes by its ledger", async () => {
  const { name, id } = await killed(true);
  expect(await thereOf(accounts, id)).not.toEqual([]);
  const listed = await throwaway(["list"]);
  expect([listed.code, listed.stdout]).toEqual([2, expect.stringMatching(`throwaway-${name} +left behind`)]);
  // Without credentials nothing can be removed, and nothing is forgotten.
  const bare = await throwaway(["down", name]);
  expect([bare.code, bare.stderr]).toEqual([1, expect.stringContaining("Not set: GITLAB_TOKEN")]);
  const down = await throwaway(["down", name], env);
  expect(down.code, down.stderr).toBe(0);
  expect([await thereOf(accounts, id), await remainsOf(`throwaway-${name}`)]).toEqual([[], []]);
});
