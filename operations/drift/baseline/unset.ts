/** Attributes that the program leaves unset, compared with what the service gives a new resource. */
import { attributeOf, type Kind } from "../../../lib/kinds/kind.ts";
import { kindOf } from "../../../lib/kinds/kinds.ts";
import type { State } from "../../../lib/pulumi/preview.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { equal, type Properties, type Value } from "../../../lib/pulumi/values.ts";
import { harmlessAttributes } from "./harmless.ts";

/** What the service gives where the program says nothing, beside what the kind knows and nothing at all. */
const defaults: Readonly<Record<string, Properties>> = {
  [types.gitlab.projectAccessToken]: { active: true, accessLevel: "maintainer" },
  [types.gitlab.userRunner]: { untagged: true },
};

/** What the service decides when it makes the resource: the baseline is what the state has of that. */
const decidedOnce: Readonly<Record<string, readonly string[]>> = {
  [types.gitlab.projectAccessToken]: ["expiresAt"],
  [types.heroku.app]: ["stack", "region", "name", "organization"],
};

/** A project's and an app's settings have checks of their own, since a refresh does not read all of them. */
const checkedElsewhere: readonly string[] = [types.gitlab.project];

/** Commands and images are nothing that a service reads back. */
const isOfAService = /^(gitlab|heroku):/;

/** Services give what is off, empty or without a limit in several ways. */
const nothing: readonly Value[] = ["", null, false, 0, []];
const isNothing = (value: Value | undefined) =>
  value === undefined || nothing.some((one) => equal(one, value)) || equal(value, {});

/** Attributes of a type that are compared where the program leaves them unset. */
export function comparedAttributes(type: string): readonly string[] {
  return [...Object.keys(kindOf(type)?.attributes ?? {}), ...Object.keys(defaults[type] ?? {}), "revoked"];
}

/** Whether two values of a service say the same. */
export const same = (a: Value | undefined, b: Value | undefined) =>
  isNothing(a) ? isNothing(b) : equal(a, b);

/** An attribute that is not as the service makes it, though the program never said so. */
export interface Unset {
  readonly path: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/**
 * The attributes that the program leaves unset and that are not at their default. What no list knows is compared with
 * what the state had.
 */
export function unsetChanges(
  type: string,
  kind: Kind,
  { inputs, outputs }: State,
  now: State | undefined,
): Unset[] {
  if (checkedElsewhere.includes(type) || !isOfAService.test(type) || !now?.outputs) return [];
  const harmless = harmlessAttributes[type] ?? {};
  return Object.entries(now.outputs).flatMap(([path, after]) => {
    if (isSet(inputs?.[path]) || path in harmless || path.startsWith("__")) return [];
    const isDecidedOnce = decidedOnce[type]?.includes(path) === true;
    const isKnown = !isDecidedOnce && (path in kind.attributes || path in (defaults[type] ?? {}));
    const before = isKnown ? (defaults[type]?.[path] ?? attributeOf(kind, path).absent) : outputs?.[path];
    return same(before, after) ? [] : [{ path, before, after }];
  });
}

const isSet = (value: Value | undefined) => value !== undefined && value !== null;
