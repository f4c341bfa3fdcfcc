/**
 * The guardian of one throwaway stack. It removes the stack when its standard input ends: because its owner asks for it,
 * or because its owner is gone, however that ended. Where the owner has handed the stack over, and in any case when the
 * stack's time is over, it removes it then. `guardian/main.ts <stack>`; `guard.ts` starts it.
 */
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "@tag-to-endpoint/command-line";
import { readRecord, update } from "../register.ts";
import { removeStack } from "../removal.ts";
import { KEEP } from "./guard.ts";

/** How often the clock is looked at: a machine may sleep, and timers of Node.js reach 24 days. */
const LOOK_MS = 60_000;

const [stack = ""] = process.argv.slice(2);
const expiresAt = Date.parse(readRecord(stack)?.expiresAt ?? "");

await Promise.race([ownerIsGone(), timeIsOver()]);
const record = readRecord(stack);
if (record !== undefined) {
  try {
    await removeStack(record);
  } catch (error) {
    // Nobody may be there to read it: `list` shows it.
    await update({ ...record, failure: messageOf(error) });
    process.exit(1);
  }
}
process.exit(0);

/** Resolves when the owner has gone and not handed the stack over. */
async function ownerIsGone(): Promise<void> {
  if ((await text(process.stdin)) === KEEP) await new Promise(() => {});
}

/** Resolves when the time of the stack is over; never where it has none. */
async function timeIsOver(): Promise<void> {
  if (Number.isNaN(expiresAt)) await new Promise(() => {});
  while (Date.now() < expiresAt) await delay(Math.min(LOOK_MS, Math.max(0, expiresAt - Date.now())));
}
