/** A throwaway stack on somebody's accounts: every creation is noted before it is asked for, and removed by that note. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Environment, pulumi } from "@tag-to-endpoint/journey";
import { isRunning, type Tracked, trackedOf } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import type { Accounts, StackRecord } from "../register.ts";
import { environmentOn } from "./environment.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { noting, type SeeAnswer } from "./noting.ts";
import { startRecorder } from "./recorder/recorder.ts";
import { type Leftover, removeAll } from "./removal.ts";
import { pulumiSettings, readCredentials } from "./settings.ts";

export type AccountsRecord = StackRecord & { readonly accounts: Accounts };

export interface OpenStack {
  readonly environment: Environment;
  close(): Promise<void>;
}

/** Makes the folder of a stack that is in the register, and what `npx pulumi` reads for it. */
export async function prepareAccounts({ stack, folder }: AccountsRecord): Promise<void> {
  for (const one of ["state", "work", "tmp"]) {
    await mkdir(path.join(folder, one), { recursive: true, mode: 0o700 });
  }
  const variables = {
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(18).toString("base64url"),
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(path.join(root, `.env.${stack}`), lines.join(""), { mode: 0o600 });
}

/** Makes the empty stack with its names and settings. */
export async function initAccounts({ stack, accounts }: AccountsRecord, environment: Environment) {
  await pulumi(environment, "pulumi", ["stack", "init", stack, "--no-select"]);
  for (const [key, value] of pulumiSettings(accounts.settings)) {
    await pulumi(environment, "pulumi", ["config", "set", "--path", key, value]);
  }
}

/**
 * Opens a stack to work on: what its programs create is noted in its ledger as long as it is open. `see` is shown every
 * answer. @throws when another process has it open, or credentials are missing
 */
export async function openAccounts(record: AccountsRecord, see: SeeAnswer = () => {}): Promise<OpenStack> {
  const { settings, ledger: file } = record.accounts;
  const credentials = readCredentials();
  const release = await claim(record);
  const ledger = openLedger(file);
  const services = { gitlab: new URL(settings.gitlabUrl), heroku: new URL(settings.herokuUrl) };
  const recorder = await startRecorder({
    services: Object.values(services),
    watcher: noting(ledger, services, see),
  });
  return {
    environment: await environmentOn(record, settings, credentials, recorder),
    async close() {
      await recorder.close();
      ledger.close();
      await release();
    },
  };
}

/** The one process at a time that writes into a ledger: two would give the same numbers. */
async function claim({ stack, folder }: AccountsRecord): Promise<() => Promise<void>> {
  const file = path.join(folder, "open.json");
  const other = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Tracked) : undefined;
  if (other && isRunning(other)) {
    throw new Error(`Process ${other.pid} works on ${stack}. Fix: wait for it, or end it.`);
  }
  await writeFile(file, JSON.stringify(trackedOf(process.pid)));
  return () => rm(file, { force: true });
}

/**
 * Has Pulumi destroy a stack, as far as it can.
 *
 * @throws when it cannot; the ledger has what is left
 */
export async function destroyAccounts(
  environment: Environment,
  onLine: (line: string) => void,
): Promise<void> {
  // An update that was interrupted holds the stack's lock. There may be none.
  await pulumi(environment, "pulumi-destroy", ["cancel", "--yes"], onLine).catch(() => undefined);
  await pulumi(environment, "pulumi-destroy", ["destroy", "--yes", "--skip-preview"], onLine);
}

/** Removes everything that a stack's ledger names and that is still there. @returns what is left, and how many there were */
export async function removeByLedger(
  { accounts: { settings, ledger: file } }: AccountsRecord,
  onLine: (line: string) => void,
): Promise<{ readonly left: Leftover[]; readonly creations: number }> {
  const ledger: Ledger = openLedger(file);
  try {
    const left = await removeAll(ledger, { ...settings, credentials: readCredentials() }, onLine);
    return { left, creations: ledger.entries().length };
  } finally {
    ledger.close();
  }
}

/** Removes all that a stack made on the accounts. @throws with what is left */
export async function removeFromAccounts(
  record: AccountsRecord,
  onLine: (line: string) => void,
): Promise<void> {
  const { settings } = record.accounts;
  if (existsSync(record.folder)) {
    const environment = await environmentOn(record, settings, readCredentials());
    await destroyAccounts(environment, () => {}).catch(() =>
      onLine(`${record.stack}: pulumi destroy did not come to its end; going by the ledger`),
    );
  }
  const { left } = await removeByLedger(record, onLine);
  if (left.length > 0) throw new Error(left.map(wordsOfLeftover).join("\n"));
}

/** What is left, and why. */
export const wordsOfLeftover = ({ entry: { service, kind, name, id }, reason }: Leftover) =>
  `${service} ${kind} ${name}${id === undefined ? "" : ` (${id})`}: ${reason}`;
