/**
 * Updates that were begun and have not succeeded, and what they were allowed to do. Kept in a file from before the update
 * until one succeeds, so it outlives a kill of any process.
 */
import { z } from "zod";
import { type AllowedChange, allowedChange } from "./allowed.ts";
import { fileOf, removeFile, textOf, writeWhole } from "./files.ts";

const update = z.object({
  /** When the first try of it began: ISO 8601, UTC. */
  startedAt: z.string(),
  /** Whether the stack was empty then: until an update succeeds it has never come up. */
  isFirst: z.boolean(),
  /** What its tries were allowed to do. */
  allowed: z.array(allowedChange),
  /** Fingerprints of the approvals that they were run with. */
  approvals: z.array(z.string()),
  /** Whether the last try was of some resources alone, so that others may wait to be removed. */
  isPartial: z.boolean().optional(),
});

/** An update that has not succeeded. */
export type UnfinishedUpdate = z.output<typeof update>;

const place = (root: string, stack: string) => fileOf(root, "updates", stack);

/** The stack's update that was begun and has not succeeded; undefined where there is none. */
export function readUnfinished(root: string, stack: string): UnfinishedUpdate | undefined {
  const text = textOf(place(root, stack));
  if (text === undefined) return undefined;
  try {
    return update.parse(JSON.parse(text));
  } catch (error) {
    // Without it more is asked for, never less.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** What an update was allowed to do and still is; `now` is in milliseconds since 1970. */
export function stillAllowed(
  { allowed }: Pick<UnfinishedUpdate, "allowed">,
  now = Date.now(),
): AllowedChange[] {
  return allowed.filter(({ validUntil }) => validUntil === undefined || now < Date.parse(validUntil));
}

export function writeUnfinished(root: string, stack: string, unfinished: UnfinishedUpdate): void {
  writeWhole(place(root, stack), unfinished);
}

/** Forgets the update: one of the stack has succeeded, or everything is gone. */
export function endUpdate(root: string, stack: string): void {
  removeFile(place(root, stack));
}
