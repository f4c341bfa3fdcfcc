/**
 * The register: a file for each throwaway stack of this checkout, written before the first thing of the stack is made
 * and removed after the last one is gone. So a stack is found wherever its process was killed.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Tracked, writeAtomically } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import type { AccountsSettings } from "./accounts/settings.ts";

/** What is written down of a stack. No credential is among it. */
export interface StackRecord {
  /** Pulumi's name of the stack. */
  readonly stack: string;
  /** Folder of everything of it that is not beside Pulumi.yaml. */
  readonly folder: string;
  /** Folder of its commands' logs, where they are to stay when it is gone. */
  readonly logs?: string;
  /** Times in ISO 8601. */
  readonly createdAt: string;
  /** When its guardian removes it; without it, it ends with its owner alone. */
  readonly expiresAt?: string;
  /** The process that it ends with; none once a command has handed it over. */
  readonly owner?: Tracked;
  /** The process that removes it. */
  readonly guardian?: Tracked;
  /** Where it is on somebody's accounts and not in a sandbox. */
  readonly accounts?: Accounts;
  /** Why its guardian could not remove it. */
  readonly failure?: string;
}

export interface Accounts {
  readonly settings: AccountsSettings;
  /** File of its ledger. */
  readonly ledger: string;
}

/** Whether a stack is on somebody's accounts. */
export function isOnAccounts(record: StackRecord): record is StackRecord & { readonly accounts: Accounts } {
  return record.accounts !== undefined;
}

/** What the names of all throwaway stacks begin with: git ignores their settings files. */
export const PREFIX = "throwaway-";

const register = path.join(root, ".cache/throwaway");
const fileOf = (stack: string) => path.join(register, `${stack}.json`);

/** The stack's name of what a person calls it: with or without the prefix. */
export function stackOf(name: string): string {
  return name.startsWith(PREFIX) ? name : `${PREFIX}${name}`;
}

/** A record for a new stack; nothing is written. The folder is short, since unix sockets may be in it. */
export function newRecord(
  name = randomBytes(4).toString("hex"),
  given: Pick<StackRecord, "expiresAt" | "owner" | "logs"> = {},
): StackRecord {
  const stack = stackOf(name);
  const folder = path.join(
    realpathSync(tmpdir()),
    `tag-to-endpoint-${stack}-${randomBytes(3).toString("hex")}`,
  );
  return {
    stack,
    folder,
    createdAt: new Date().toISOString(),
    logs: path.join(root, ".cache/test", stack),
    ...given,
  };
}

/** A record for a new stack on somebody's accounts. Its folder and its ledger outlive a restart of the machine. */
export function newAccountsRecord(
  stack: string,
  settings: AccountsSettings,
  given: Pick<StackRecord, "expiresAt" | "owner" | "logs"> & { readonly ledger?: string } = {},
): StackRecord & { readonly accounts: Accounts } {
  const { ledger = path.join(register, `${stack}.ledger.jsonl`), ...rest } = given;
  const folder = path.join(register, stack);
  return { stack, folder, createdAt: new Date().toISOString(), ...rest, accounts: { settings, ledger } };
}

/** Writes a new stack into the register; it is on disk when this resolves. @throws when there is one of that name */
export async function enter(record: StackRecord): Promise<void> {
  await mkdir(register, { recursive: true });
  const temporary = path.join(register, `.${record.stack}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeFile(temporary, text(record), { mode: 0o600, flush: true });
    // One step, and it fails where the name is taken: two of the same name at once make one stack.
    await link(temporary, fileOf(record.stack));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(
      `There is a throwaway stack ${record.stack} already.\n` +
        `Fix: give another --name, or remove it: npm run throwaway -- down ${record.stack}`,
    );
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Replaces the record of a stack that is in the register. */
export async function update(record: StackRecord): Promise<void> {
  if (existsSync(fileOf(record.stack))) await writeAtomically(fileOf(record.stack), text(record));
}

/** All stacks of this checkout, the oldest first. */
export function readRegister(): StackRecord[] {
  if (!existsSync(register)) return [];
  const files = readdirSync(register).filter((file) => file.endsWith(".json") && !file.startsWith("."));
  return files
    .flatMap((file) => readRecord(path.basename(file, ".json")) ?? [])
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** The record of a stack; none when there is no such stack. */
export function readRecord(stack: string): StackRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(stack), "utf8")) as StackRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes a stack out of the register. */
export async function forget(stack: string): Promise<void> {
  await rm(fileOf(stack), { force: true });
}

const text = (record: StackRecord) => `${JSON.stringify(record, undefined, 2)}\n`;
