/** One run of verify on somebody's accounts: what it is called and where it writes. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import {
  type AccountsRecord,
  type AccountsSettings,
  enter,
  newAccountsRecord,
  prepareAccounts,
  readRecord,
  readRegister,
} from "@tag-to-endpoint/throwaway/accounts";
import { root } from "@tag-to-endpoint/toolchain";

const runs = path.join(root, ".cache/verify");
const PREFIX = "throwaway-verify-";

export const folderOf = (id: string) => path.join(runs, id);
const stackOf = (id: string) => `${PREFIX}${id}`;
export const newId = () => randomBytes(3).toString("hex");

const ledgerFile = (id: string) => path.join(folderOf(id), "ledger.jsonl");

export const filesOf = (id: string) => ({
  ledger: ledgerFile(id),
  report: path.join(folderOf(id), "report"),
});

/** Writes a run into the register of throwaway stacks and makes its folder. Its ledger, report and logs stay. */
export async function prepare(settings: AccountsSettings): Promise<AccountsRecord> {
  const { id } = settings;
  const record = newAccountsRecord(stackOf(id), settings, {
    logs: path.join(folderOf(id), "logs"),
    ledger: ledgerFile(id),
  });
  await enter(record);
  await prepareAccounts(record);
  return record;
}

/** An earlier run that is not removed. @throws when there is none of that id */
export function recordOf(id: string): AccountsRecord {
  const record = readRecord(stackOf(id));
  if (record?.accounts) return { ...record, accounts: record.accounts };
  throw new Error(
    `There is no run ${JSON.stringify(id)}. Runs that left something: ${unfinished().join(", ") || "none"}.`,
  );
}

/** Runs whose stack was not removed: they were killed, or something of theirs could not be removed. */
export function unfinished(): string[] {
  return readRegister().flatMap(({ stack }) =>
    stack.startsWith(PREFIX) ? [stack.slice(PREFIX.length)] : [],
  );
}
