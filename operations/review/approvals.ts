/** Approvals: the fingerprint of one diff of one stack, kept beside its state until it was applied. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { canonical } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";

export interface Approval {
  readonly stack: string;
  readonly fingerprint: string;
  /** ISO 8601, UTC. */
  readonly approvedAt: string;
  readonly approvedBy: string;
  /** The weaker changes, as they were shown. */
  readonly weaker: readonly string[];
}

/**
 * Hash over the whole diff of a stack: the same for the same changes in any order, another one for any other
 * change or value. Of a secret only that it changes is in it.
 */
export function fingerprintOf(stack: string, changes: readonly Change[]): string {
  const normalised = changes
    .map(({ urn, op, old, new: wanted, attributes, deletedFirst }) =>
      canonical({
        urn,
        op,
        deletedFirst,
        attributes,
        id: old?.id,
        before: old?.inputs,
        after: wanted?.inputs,
      }),
    )
    .sort();
  return createHash("sha256")
    .update(canonical({ stack, changes: normalised }))
    .digest("hex");
}

const fileOf = (root: string, stack: string) =>
  path.join(root, ".pulumi/approvals", `${encodeURIComponent(stack)}.json`);

/** The approval of a stack, if there is one. */
export function readApproval(root: string, stack: string): Approval | undefined {
  const file = fileOf(root, stack);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Approval;
  } catch {
    throw new Error(`${path.relative(root, file)} is not JSON. Remove it and approve again.`);
  }
}

/** Records an approval in the place of any other of the stack; returns its file, relative to the root. */
export function writeApproval(root: string, approval: Approval): string {
  const file = fileOf(root, approval.stack);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(approval, undefined, 2)}\n`);
  return path.relative(root, file);
}

export function removeApproval(root: string, stack: string): void {
  rmSync(fileOf(root, stack), { force: true });
}
