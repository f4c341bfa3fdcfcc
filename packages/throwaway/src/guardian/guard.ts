import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import path from "node:path";
import { trackedOf } from "@tag-to-endpoint/sandbox";
import { CLIENT_MARK, SANDBOX_MARK } from "../processes.ts";
import { readRecord, type StackRecord, update } from "../register.ts";

/** What the guardian is told where its stack is to live on after this process. */
export const KEEP = "keep";

/** The process that removes a stack when its time or this process has come to an end, however that was. */
export interface Guardian {
  /** Has the stack removed and waits for that. @throws with what is left */
  remove(): Promise<void>;
  /** Lets the stack live on after this process, until its time is over. */
  handOver(): Promise<void>;
}

/** Starts the guardian of a stack that is in the register. */
export async function guard(record: StackRecord): Promise<Guardian> {
  const { [CLIENT_MARK]: _, [SANDBOX_MARK]: __, ...env } = process.env;
  // Its own process group: what is sent to this one's, such as Ctrl-C, is not for it. No output: it outlives whoever
  // reads that of this process.
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "main.ts"), record.stack], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env,
  });
  const ended = once(child, "exit");
  // A process that has nothing else to do may end, and the stack with it.
  child.unref();
  (child.stdin as Socket).unref();
  const guarded = { ...record, ...(child.pid !== undefined && { guardian: trackedOf(child.pid) }) };
  await update(guarded);
  return {
    async remove() {
      child.ref();
      child.stdin.end();
      const [code] = await ended;
      const left = readRecord(record.stack);
      if (left === undefined) return;
      throw new Error(
        `${record.stack} could not be removed: ${left.failure ?? `its guardian ended with ${code}`}\n` +
          `Fix: npm run throwaway -- down ${record.stack}`,
      );
    },
    async handOver() {
      if (record.expiresAt === undefined) {
        throw new Error(
          `${record.stack} has no time to live, so nothing would remove it. Fix: give ttlMinutes`,
        );
      }
      const { owner: _, ...kept } = guarded;
      await update(kept);
      await new Promise<void>((resolve) => child.stdin.end(KEEP, () => resolve()));
    },
  };
}
