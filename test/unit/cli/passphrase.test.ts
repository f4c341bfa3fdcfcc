/** The passphrase of a stack: from the environment, from a person once, or an error that says where to put it. */
import { expect, it, vi } from "vitest";
import { type Ask, passphraseOf } from "../../../operations/cli/passphrase.ts";

const file = { encryptionsalt: "v1:salt" };
const of = (stack: string, env: Record<string, string>, ask: Ask, content: typeof file | object = file) =>
  passphraseOf({ stack, args: ["up"], env }, { ask, file: content });
const never = () => Promise.reject(new Error("asked"));

it.each([
  ["is in the environment or in .env.<stack>", { PULUMI_CONFIG_PASSPHRASE: "known" }, file],
  ["is empty, which is a passphrase, too", { PULUMI_CONFIG_PASSPHRASE: "" }, file],
  ["is in a file", { PULUMI_CONFIG_PASSPHRASE_FILE: "/run/secrets/passphrase" }, file],
  ["is none, since another provider keeps the secrets", {}, { secretsprovider: "awskms://key" }],
])("nobody is asked where it %s", async (_, env, content) => {
  expect(await of("asked-never", env, never, content)).toEqual({});
});

it("a person is asked once for each stack", async () => {
  const ask = vi.fn(async (question: string) => (question.includes("stack one:") ? "first" : "second"));
  expect(await of("one", {}, ask)).toEqual({ PULUMI_CONFIG_PASSPHRASE: "first" });
  expect(await of("two", {}, ask)).toEqual({ PULUMI_CONFIG_PASSPHRASE: "second" });
  expect(await of("one", {}, ask)).toEqual({ PULUMI_CONFIG_PASSPHRASE: "first" });
  // What was answered also serves where a later run of this process may not ask.
  expect(await of("two", {}, undefined)).toEqual({ PULUMI_CONFIG_PASSPHRASE: "second" });
  expect(ask.mock.calls).toEqual([["Passphrase of stack one: "], ["Passphrase of stack two: "]]);
});

it("nobody to ask is an error that names the variable and the file", async () => {
  await expect(of("organization/mlops/production", {}, undefined)).rejects.toThrow(
    /^A passphrase encrypts the secrets of stack organization\/mlops\/production, and .* no terminal.*\n.*found: .*PULUMI_CONFIG_PASSPHRASE in \.env\.production .*\n.*allowed: .*\n.*fix: .*>> \.env\.production/,
  );
});
