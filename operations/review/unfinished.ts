/**
 * Updates that were begun and have not succeeded. What such an update was allowed to do needs no other approval when it is
 * run again: the rest of the very same changes, or a resource that it deleted and could not make again put back as it was.
 * What its approval allowed ends with that.
 */
import { type AllowedChange, isPlanned } from "../../lib/consent/allowed.ts";
import {
  readUnfinished,
  stillAllowed,
  type UnfinishedUpdate,
  writeUnfinished,
} from "../../lib/consent/unfinished.ts";
import { equal, type Properties } from "../../lib/pulumi/values.ts";
import { allowedOf, optionsOf } from "./approvals.ts";
import type { Change } from "./changes.ts";
import type { Review } from "./judge.ts";

/** What an update is about to do. */
export interface Beginning {
  readonly isFirst: boolean;
  readonly changes: readonly Change[];
  /** Whether it is of some resources alone. */
  readonly isPartial?: boolean;
  /** Fingerprint of its approval, where it has one, and until when that holds. */
  readonly approval?: string;
  readonly validUntil?: string;
}

/** Notes that an update begins, beside what earlier tries of it were allowed to do. */
export function beginUpdate(
  root: string,
  stack: string,
  { isFirst, changes, isPartial = false, approval, validUntil }: Beginning,
): void {
  const earlier = readUnfinished(root, stack);
  const begun = changes.map((one) => ({
    ...allowedOf(one),
    ...(validUntil !== undefined && { validUntil }),
  }));
  writeUnfinished(root, stack, {
    startedAt: earlier?.startedAt ?? new Date().toISOString(),
    isFirst: isFirst || earlier?.isFirst === true,
    allowed: distinct([...(earlier?.allowed ?? []), ...begun]),
    approvals: [...new Set([...(earlier?.approvals ?? []), ...(approval === undefined ? [] : [approval])])],
    isPartial,
  });
}

/** Each once, with the end that it was given last. */
function distinct(allowed: readonly AllowedChange[]): AllowedChange[] {
  const keyed = allowed.map((one) => [JSON.stringify({ ...one, validUntil: undefined }), one] as const);
  return [...new Map(keyed).values()];
}

/** Whether all that is weaker in a review is the rest of what an unfinished update was allowed to do. */
export function isRestOf(
  { allowed, isFirst = false }: Pick<UnfinishedUpdate, "allowed"> & Partial<UnfinishedUpdate>,
  judged: Review,
): boolean {
  const weaker = judged.findings.filter(({ rank }) => rank === "weaker" || rank === "unclear");
  const urns = weaker.flatMap(({ urn, insteadOf }) => [urn, ...(insteadOf === undefined ? [] : [insteadOf])]);
  const changes = urns.map((urn) => judged.changes.find((one) => one.urn === urn));
  const still = stillAllowed({ allowed });
  return changes.every(
    (found) =>
      found !== undefined &&
      // The first update of an empty stack may make anything, without a review that could have listed it.
      ((isFirst && found.action === "create") ||
        still.some((one) => one.urn === found.urn && covers(one, found))),
  );
}

function covers(allowed: AllowedChange, { op, action, old, new: wanted, attributes }: Change): boolean {
  const options = Object.entries(optionsOf(attributes));
  if (!options.every(([name, value]) => equal(allowed.options?.[name], value))) return false;
  if (old?.protect && !wanted?.protect) return false;
  if (action === "other") return allowed.op === op;
  if (action === "delete") return allowed.op === "delete";
  const becomes = (inputs: Properties | undefined) =>
    inputs !== undefined && isPlanned(inputs, wanted?.inputs);
  return becomes(allowed.after) || (action === "create" && becomes(allowed.before));
}
