import { findRunning, isRunning } from "@tag-to-endpoint/sandbox";
import { wordsOfDuration } from "./duration.ts";
import type { StackRecord } from "./register.ts";
import { sandboxFolder } from "./traces.ts";

/** How a stack stands. Only those that are left behind, or that nobody guards, need a person. */
export interface Standing {
  readonly state: "up" | "sandbox stopped" | "going away" | "unguarded" | "left behind";
  readonly needsPerson: boolean;
  readonly age: string;
  /** Time until it is removed. */
  readonly remaining: string;
  readonly owner: string;
}

export function standingOf(record: StackRecord, now = Date.now()): Standing {
  const { createdAt, expiresAt, owner } = record;
  const state = stateOf(record, now);
  const ownerWords =
    owner && (isRunning(owner) ? `process ${owner.pid}` : `process ${owner.pid}, which is gone`);
  return {
    state,
    needsPerson: state === "unguarded" || state === "left behind",
    age: wordsOfDuration(now - Date.parse(createdAt)),
    remaining: expiresAt === undefined ? "with its owner" : wordsOfDuration(Date.parse(expiresAt) - now),
    owner: ownerWords ?? "none",
  };
}

function stateOf({ owner, guardian, expiresAt, ...record }: StackRecord, now: number): Standing["state"] {
  const isGuarded = guardian !== undefined && isRunning(guardian);
  const isOver = (owner && !isRunning(owner)) || (expiresAt !== undefined && Date.parse(expiresAt) < now);
  if (isOver) return isGuarded ? "going away" : "left behind";
  if (!isGuarded) return "unguarded";
  return findRunning(sandboxFolder(record)) === undefined ? "sandbox stopped" : "up";
}
