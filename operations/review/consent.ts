/** Whether a diff that weakens is approved, or the rest of one that was. */
import { consentWords, isInForce, readApproval } from "../../lib/consent/approval.ts";
import { readUnfinished } from "../../lib/consent/unfinished.ts";
import { root } from "../../lib/repository.ts";
import type { Review } from "./judge.ts";
import { isRestOf } from "./unfinished.ts";

/** What an update runs with that somebody approved. */
export interface Consented {
  /** Fingerprint of the approval. */
  readonly approval?: string;
  /** The end of it. */
  readonly validUntil?: string;
}

/** Why a diff that weakens may be applied all the same; undefined where it may not. */
export function consentTo(
  stack: string,
  judged: Review,
  fingerprint: string,
): (Consented & { readonly words: string }) | undefined {
  const approval = readApproval(root, stack);
  if (approval?.fingerprint === fingerprint && isInForce(approval))
    return {
      words: `Approved by ${consentWords(approval)}, until ${approval.validUntil}`,
      approval: fingerprint,
      validUntil: approval.validUntil,
    };
  const unfinished = readUnfinished(root, stack);
  if (!unfinished || !isRestOf(unfinished, judged)) return undefined;
  return {
    words: `The rest of the update of ${unfinished.startedAt}, which was allowed and did not succeed`,
  };
}

/** What to say of an approval that does not count; "" where there is none. */
export function otherWords(stack: string, fingerprint: string): string {
  const approval = readApproval(root, stack);
  if (!approval) return "";
  return approval.fingerprint === fingerprint
    ? `The approval by ${consentWords(approval)} ended at ${approval.validUntil}.`
    : "The approval of this stack is for another change.";
}
