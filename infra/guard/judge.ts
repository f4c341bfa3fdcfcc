/** What a change of one resource weakens, by the same descriptions that the review reads (lib/kinds). Pure. */
import { type AllowedChange, isPlanned, isPlannedFor } from "../../lib/consent/allowed.ts";
import type { Verdict } from "../../lib/kinds/comparers.ts";
import { attributeOf, eventVerdict, type Kind } from "../../lib/kinds/kind.ts";
import { kindOf } from "../../lib/kinds/kinds.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import {
  equal,
  hasSecret,
  isProperties,
  leaves,
  type Properties,
  UNKNOWN,
  type Value,
} from "../../lib/pulumi/values.ts";

/** A resource that is about to change. */
export interface Step {
  readonly urn: string;
  readonly before: Properties;
  /** None where it is deleted. */
  readonly after?: Properties;
  /** Whether `after` is what the program says, to which a provider adds its defaults. */
  readonly isPartial?: boolean;
}

/** Lines that say what a step weakens, or may weaken; none where it weakens nothing. */
export function weakeningsOf({ urn, before, after, isPartial = false }: Step): string[] {
  const kind = kindOf(typeOf(urn), before, after);
  if (!kind || kind.harmless !== undefined) return [];
  const what = `${kind.subject({ ...before, ...after }, nameIn(urn)).join(" ")} (${nameIn(urn)})`;
  if (after === undefined) {
    if (!kind.deleted) return [];
    const verdict = eventVerdict(kind.deleted, before);
    return isWeaker(verdict) ? [`${what}: ${verdict.note ?? "deleted"}`] : [];
  }
  return differing(kind, before, after, isPartial).flatMap((path) => {
    const { label, compare, absent } = attributeOf(kind, path);
    const [old, wanted] = [at(before, path) ?? absent, at(after, path) ?? absent];
    const verdict: Verdict =
      hasSecret(old) && !hasSecret(wanted) && wanted !== undefined && wanted !== UNKNOWN
        ? { rank: "weaker", note: "no longer a secret" }
        : compare(old, wanted, after);
    return isWeaker(verdict) ? [`${what}: ${label}: ${words(verdict)}`] : [];
  });
}

const isWeaker = ({ rank }: Verdict) => rank === "weaker" || rank === "unclear";

function words({ before, after, note, isConcealed }: Verdict): string {
  const values = isConcealed || after === undefined ? "" : `${before} -> ${after}`;
  return [values, note === undefined ? "" : values === "" ? note : `(${note})`]
    .filter((part) => part !== "")
    .join(" ");
}

/**
 * Paths of values that differ. Of what the program says alone, those that it says, and those that it no longer says and for
 * which the service then takes something known.
 */
function differing(kind: Kind, before: Properties, after: Properties, isPartial: boolean): string[] {
  const all = (properties: Properties) =>
    Object.entries(properties).flatMap(([key, value]) =>
      key.startsWith("__") ? [] : [...leaves(key, value).keys()],
    );
  const dropped = isPartial
    ? Object.keys(kind.attributes).filter((path) => kind.attributes[path]?.absent !== undefined)
    : all(before);
  const said = isPartial ? all(after).filter((path) => path in kind.attributes) : all(after);
  return [...new Set([...dropped, ...said])].filter((path) => !equal(at(before, path), at(after, path)));
}

function at(properties: Properties, path: string): Value | undefined {
  return path
    .split(".")
    .reduce<Value | undefined>((value, name) => (isProperties(value) ? value[name] : undefined), properties);
}

/** Whether somebody allowed a step: it is in an approved diff, or in an update that a review let begin. */
export function isAllowed({ urn, after, isPartial }: Step, allowed: readonly AllowedChange[]): boolean {
  return allowed.some((one) => {
    if (one.urn !== urn) return false;
    if (after === undefined) return one.op === "delete";
    return isPartial ? isPlannedFor(one.after, after) : isPlanned(one.after, after);
  });
}

/** What no program declares: the stack itself, and providers that the engine makes where a resource names none. */
export function isEnginesOwn(type: string, name: string): boolean {
  return type === types.stack || (type.startsWith("pulumi:providers:") && /^default(_|$)/.test(name));
}
