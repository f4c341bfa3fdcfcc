/** New generations of a credential: ones that allow no more than the one that is there. */
import { attributeOf, type Kind, verdictOn } from "../../lib/kinds/kind.ts";
import { kindOf } from "../../lib/kinds/kinds.ts";
import type { State, Step } from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import { equal, isProperties, leaves, UNKNOWN, type Value } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What says how long a credential lives; compared as days, since every new one ends later. */
const life = /^(expiresAt|rotationConfiguration\b)/;

/** Whether a new credential allows no more, and lives no longer, than one of its kind in the same place. */
export function isNewGeneration(
  change: Pick<Change, "type" | "new">,
  kind: Kind,
  steps: readonly Step[],
  now: number,
): boolean {
  return steps.some(
    ({ urn, oldState }) =>
      oldState !== undefined &&
      typeOf(urn) === change.type &&
      kind.isSame?.(oldState.inputs ?? {}, change.new?.inputs ?? {}) === true &&
      allowsNoMore(kind, oldState, change.new ?? {}, now),
  );
}

/**
 * A rule's list without the deploy keys that are made in the same update as new generations of one that is there: such a
 * key comes beside the other and goes into its place.
 */
export function withoutNewKeys(
  list: Value | undefined,
  made: readonly string[],
  steps: readonly Step[],
  now: number,
): Value | undefined {
  if (!Array.isArray(list)) return list;
  const kind = kindOf(types.gitlab.deployKey);
  const keys = steps.filter(
    ({ op, urn }) => op === "create" && made.includes(urn) && typeOf(urn) === types.gitlab.deployKey,
  );
  const isUnknown = (entry: Value) => isProperties(entry) && entry.deployKeyId === UNKNOWN;
  const areNew = keys.every(({ newState }) =>
    isNewGeneration({ type: types.gitlab.deployKey, new: newState }, kind, steps, now),
  );
  return areNew && list.filter(isUnknown).length === keys.length
    ? list.filter((entry) => !isUnknown(entry))
    : list;
}

function allowsNoMore(kind: Kind, present: State, made: State, now: number): boolean {
  const [old, wanted] = [present, made].map(
    ({ inputs = {} }) => new Map(Object.entries(inputs).flatMap(([key, value]) => [...leaves(key, value)])),
  ) as [ReturnType<typeof leaves>, ReturnType<typeof leaves>];
  const paths = [...new Set([...old.keys(), ...wanted.keys()])];
  const judged = paths
    .filter((path) => !path.startsWith("__") && !life.test(path) && !equal(old.get(path), wanted.get(path)))
    .map((path) => {
      const attribute = attributeOf(kind, path);
      if (attribute.ofGeneration) return "neutral";
      const [root = ""] = path.split(".");
      const origin = { before: [], after: made.propertyDependencies?.[root] ?? [] };
      // It is of another resource of the stack, which is told by itself.
      if (attribute.follows && wanted.get(path) === UNKNOWN && origin.after.length > 0) return "neutral";
      return verdictOn(attribute, old.get(path), wanted.get(path), made.inputs, origin).rank;
    });
  return (
    judged.every((rank) => rank === "neutral" || rank === "stronger") && livesNoLonger(present, made, now)
  );
}

function livesNoLonger(present: State, made: State, now: number): boolean {
  const end = made.inputs?.expiresAt;
  const { createdAt, expiresAt } = present.outputs ?? {};
  if (end === undefined && expiresAt === undefined) return true;
  const since = createdAt ?? present.created;
  const days = (from: number, to: unknown) => Math.floor((Date.parse(String(to)) - from) / DAY_MS);
  // The same life can differ by a day, because of midnight.
  return days(now, end) <= days(Date.parse(String(since)), expiresAt) + 1;
}
