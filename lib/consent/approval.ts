/** The approval of one diff of one stack, kept beside its state. */
import path from "node:path";
import { z } from "zod";
import { allowedChange } from "./allowed.ts";
import { fileOf, removeFile, textOf, writeWhole } from "./files.ts";

/** Who approved something, when, at which commit, and until when that holds. */
export const consent = z.object({
  /** As git has it: `Ana Lima <ana@example.com>`. */
  approvedBy: z.string(),
  /** ISO 8601, UTC, as all moments here. */
  approvedAt: z.string(),
  validUntil: z.iso.datetime(),
  /** Of this repository; missing where it is no clone. */
  commit: z.string().optional(),
  /** Whether files differed from that commit. */
  dirty: z.boolean().optional(),
});
export type Consent = z.output<typeof consent>;

const approval = consent.extend({
  stack: z.string(),
  fingerprint: z.string(),
  /** The weaker changes, as they were shown. */
  weaker: z.array(z.string()),
  /** All of them, so that the program knows them again. */
  changes: z.array(allowedChange),
});
export type Approval = z.output<typeof approval>;

const place = (root: string, stack: string) => fileOf(root, "approvals", stack);

/** The approval of a stack, if there is one, in force or not. @throws where the file is none */
export function readApproval(root: string, stack: string): Approval | undefined {
  const text = textOf(place(root, stack));
  if (text === undefined) return undefined;
  try {
    return approval.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    const file = path.relative(root, place(root, stack));
    throw new Error(`${file} is no approval that this version knows. Remove it and approve again.`);
  }
}

/** Records an approval in the place of any other of the stack; returns its file, relative to the root. */
export function writeApproval(root: string, given: Approval): string {
  const file = place(root, given.stack);
  writeWhole(file, given);
  return path.relative(root, file);
}

export function removeApproval(root: string, stack: string): void {
  removeFile(place(root, stack));
}

/** Whether an approval still holds; `now` is in milliseconds since 1970. */
export function isInForce({ validUntil }: Pick<Consent, "validUntil">, now = Date.now()): boolean {
  return now < Date.parse(validUntil);
}

/** Who approved it and how: `Ana Lima <ana@example.com> at 2026-01-31T12:00:00Z, commit 0123456 with changes`. */
export function consentWords({ approvedBy, approvedAt, commit, dirty }: Consent): string {
  const at =
    commit === undefined ? "" : `, commit ${commit.slice(0, 12)}${dirty ? " with local changes" : ""}`;
  return `${approvedBy} at ${approvedAt}${at}`;
}
