/**
 * What shows that a stack made something itself that is not in its state. A mark alone is not enough: two people may have a
 * stack of the same name, each with a state of its own. It must also have been made while an update of this very state
 * ran that did not end well, or be what that state says was being made.
 */
import { z } from "zod";
import type { UnfinishedUpdate } from "../../lib/consent/unfinished.ts";
import type { Operation } from "./state.ts";

export interface Evidence {
  /** Updates that did not succeed, by this machine's clock: milliseconds since 1970. */
  readonly updates: readonly { readonly from: number; readonly to: number }[];
  /** URNs of what the state says was being created. */
  readonly creating: ReadonlySet<string>;
}

const entry = z.object({
  kind: z.string(),
  result: z.string(),
  startTime: z.string(),
  endTime: z.string().optional(),
});

/** A provider may go on for a moment after its engine; and times are told in whole seconds. */
const TOLERANCE_MS = 60_000;

/** @param history what `pulumi stack history --json` prints */
export function evidenceFrom(
  history: string,
  unfinished: UnfinishedUpdate | undefined,
  pending: readonly Operation[],
  now = Date.now(),
): Evidence {
  const failed = z
    .array(entry)
    .parse(JSON.parse(history))
    .filter(({ kind, result }) => kind === "update" && result !== "succeeded")
    .map(({ startTime, endTime }) => ({
      from: Date.parse(startTime),
      to: endTime === undefined ? now : Date.parse(endTime),
    }));
  return {
    updates: unfinished ? [...failed, { from: Date.parse(unfinished.startedAt), to: now }] : failed,
    creating: new Set(pending.filter(({ type }) => type === "creating").map(({ resource }) => resource.urn)),
  };
}

/** Whether there is any update that may have left something behind. */
export function isAny({ updates, creating }: Evidence): boolean {
  return updates.length > 0 || creating.size > 0;
}

/**
 * Whether something was made while such an update ran.
 *
 * @param createdAt when the service says that it was made
 * @param serviceNow the service's clock now: how far it is from this machine's is taken into account
 */
export function madeMeanwhile(
  { updates }: Evidence,
  createdAt: string,
  serviceNow: number,
  now = Date.now(),
): boolean {
  const made = Date.parse(createdAt) - (serviceNow - now);
  return updates.some(({ from, to }) => from - TOLERANCE_MS <= made && made <= to + TOLERANCE_MS);
}
