/** New generations of a credential: ones that allow no more than the one that is there. */
import { attributeOf, type Kind } from "../../lib/kinds/kind.ts";
import type { State, Step } from "../../lib/pulumi/preview.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import { equal, leaves } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What says how long a credential lives; compared as days, since every new one ends later. */
const life = /^(expiresAt|rotationConfiguration\b)/;

/** Whether a new credential allows no more, and lives no longer, than one of its kind in the same place. */
export function isNewGeneration(change: Change, kind: Kind, steps: readonly Step[], now: number): boolean {
  return steps.some(
    ({ urn, oldState }) =>
      oldState !== undefined &&
      typeOf(urn) === change.type &&
      kind.isSame?.(oldState.inputs ?? {}, change.new?.inputs ?? {}) === true &&
      allowsNoMore(kind, oldState, change.new ?? {}, now),
  );
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
      return attribute.compare(old.get(path) ?? attribute.absent, wanted.get(path) ?? attribute.absent).rank;
    });
  return (
    judged.every((rank) => rank === "neutral" || rank === "stronger") && livesNoLonger(present, made, now)
  );
}

function livesNoLonger(present: State, made: State, now: number): boolean {
  const end = made.inputs?.expiresAt;
  const { createdAt, expiresAt } = present.outputs ?? {};
  if (end === undefined && expiresAt === undefined) return true;
  const days = (from: number, to: unknown) => Math.floor((Date.parse(String(to)) - from) / DAY_MS);
  // The same life can differ by a day, because of midnight.
  return days(now, end) <= days(Date.parse(String(createdAt)), expiresAt) + 1;
}
