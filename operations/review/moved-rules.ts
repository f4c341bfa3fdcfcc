/** Rules whose pattern changes: to the engine one comes and another goes, to a reader it is a change of the pattern. */

import { covers } from "../../lib/gitlab/ref-pattern.ts";
import { kindOf } from "../../lib/kinds/kinds.ts";
import { equal } from "../../lib/pulumi/values.ts";
import { type Change, optionsOf } from "./changes.ts";

/** The changes, with each rule that goes for one that covers more, or a part of the same refs, as one change of it. */
export function rulesMoved(changes: readonly Change[]): Change[] {
  const byPattern = (action: Change["action"]) =>
    changes
      .filter((change) => change.action === action && patternOf(change) !== undefined)
      .sort((a, b) => (patternOf(a)?.length ?? 0) - (patternOf(b)?.length ?? 0));
  const made = byPattern("create");
  const moves = new Map<Change, Change>();
  for (const gone of byPattern("delete")) {
    const wanted = made.find((one) => !moves.has(one) && areRelated(gone, one));
    if (wanted) moves.set(wanted, gone);
  }
  const left = new Set(moves.values());
  return changes
    .filter((change) => !left.has(change))
    .map((change) => {
      const gone = moves.get(change);
      return gone ? moved(gone, change) : change;
    });
}

function patternOf({ type, old, new: wanted }: Change): string | undefined {
  const { pattern } = kindOf(type);
  const value = pattern && (wanted ?? old)?.inputs?.[pattern];
  return typeof value === "string" ? value : undefined;
}

/** Whether two rules are of one project, and one of them covers the other. */
function areRelated(gone: Change, made: Change): boolean {
  const [before, after] = [patternOf(gone), patternOf(made)];
  return (
    gone.type === made.type &&
    equal(gone.old?.inputs?.project, made.new?.inputs?.project) &&
    before !== undefined &&
    after !== undefined &&
    (covers(after, before) || covers(before, after))
  );
}

/** One rule made in the place of another; the new one is there before the old one goes. */
function moved(gone: Change, made: Change): Change {
  const [before, after] = [gone.old?.inputs ?? {}, made.new?.inputs ?? {}];
  const keys = Object.keys({ ...before, ...after }).filter((key) => !key.startsWith("__"));
  const attributes = keys
    .filter((key) => !equal(before[key], after[key]))
    .map((path) => ({ path, before: before[path], after: after[path], applied: before[path] }));
  // Another name is what such a change is.
  const oldState = { ...gone.old, urn: made.urn };
  const options = optionsOf({ op: "update", urn: made.urn, oldState, newState: made.new });
  return {
    ...made,
    action: "update",
    old: gone.old,
    applied: gone.applied,
    attributes: [...attributes, ...options],
    insteadOf: gone.urn,
  };
}
