/** The verdict on each attribute and option of a resource that changes. */
import type { Origin, Verdict } from "../../lib/kinds/comparers.ts";
import { type Attribute, attributeOf, type Kind, verdictOn } from "../../lib/kinds/kind.ts";
import { optionOf, optionPrefix } from "../../lib/kinds/options.ts";
import type { Owner } from "../../lib/kinds/owners.ts";
import { reasons } from "../../lib/kinds/reasons.ts";
import { type State, type Step, wholeSteps } from "../../lib/pulumi/preview.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { equal, hasSecret, shown, UNKNOWN, type Value } from "../../lib/pulumi/values.ts";
import type { AttributeChange, Change } from "./changes.ts";
import { withoutNewKeys } from "./generations.ts";

export interface Context {
  readonly ownerOf: (change: Change, kind: Kind) => Owner;
  readonly steps: readonly Step[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether the stack never came up as a whole: what is made then completes it. */
  readonly isUnfinished: boolean;
}

/** Verdicts on what of a resource changes, each with what it is called. */
export function changed(change: Change, kind: Kind, owner: Owner, context: Context): [Verdict, string][] {
  const options = optionVerdicts(change, kind, context);
  // Nothing but options: the provider has nothing to do.
  if (change.op === "same" && change.attributes.every(isOption)) return options;
  const judged = change.attributes
    .filter((one) => !isOption(one))
    .map((one) => {
      const attribute = attributeOf(kind, one.path);
      const verdict = attributeVerdict(change, kind, owner, attribute, withoutNew(one, change, context));
      return { attribute, verdict };
    });
  const loud = judged.filter(({ attribute }) => !attribute.quiet);
  const told = (loud.length > 0 ? loud : judged).map(({ attribute, verdict }): [Verdict, string] => [
    verdict,
    attribute.label,
  ]);
  return told.length > 0 ? [...told, ...options] : [...whole(change), ...options];
}

/** Of a change of which nobody says what it is. */
function whole({ action, attributes }: Change): [Verdict, string][] {
  if (action === "replace")
    return [[{ rank: "neutral", note: "made anew, as it is", reason: reasons.anew }, ""]];
  return attributes.length > 0
    ? []
    : [[{ rank: "unclear", note: "updated; the provider does not say what" }, ""]];
}

const isOption = ({ path }: AttributeChange) => path.startsWith(optionPrefix);

/** Options that change, or that a new resource has, where they may weaken something. */
export function optionVerdicts(change: Change, kind: Kind, { steps }: Context): [Verdict, string][] {
  const isNew = change.old === undefined;
  const told = change.attributes
    .filter(isOption)
    // What a new resource is made by and after is no change of anything.
    .filter(({ path }) => !isNew || !ofOthers.includes(path))
    .map((one) => optionVerdict(one, kind, steps));
  return told.filter(([{ rank }]) => rank !== "neutral" && !(isNew && rank === "stronger"));
}

/** Options that name other resources. */
const ofOthers: readonly string[] = ["provider", "urn", "dependencies"].map(
  (name) => `${optionPrefix}${name}`,
);

function optionVerdict(one: AttributeChange, kind: Kind, steps: readonly Step[]): [Verdict, string] {
  const name = one.path.slice(optionPrefix.length);
  const attribute = optionOf(kind, name);
  const { before, after } = one;
  switch (name) {
    case "provider": {
      const words = { before: providerWords(before, steps), after: providerWords(after, steps) };
      return isSamePackage(one)
        ? [{ rank: "neutral", reason: reasons.sameProvider }, attribute.label]
        : [{ ...verdictOn(attribute, before, after), ...words }, attribute.label];
    }
    case "dependencies":
      return [verdictOn(attribute, stillThere(before, steps), after), attribute.label];
    default:
      return [verdictOn(attribute, before, after), attribute.label];
  }
}

/** Of a list of URNs those that the program still has. */
function stillThere(urns: Value | undefined, steps: readonly Step[]): Value | undefined {
  const gone = new Set(wholeSteps(steps).flatMap(({ op, urn }) => (op === "delete" ? [urn] : [])));
  return Array.isArray(urns) ? urns.filter((urn) => !gone.has(String(urn))) : urns;
}

/** Two default providers of a package differ in their version alone; what is set for them is of the stack's settings. */
function isSamePackage({ before, after }: AttributeChange): boolean {
  const of = (urn: Value | undefined) =>
    nameIn(String(urn)).startsWith("default") ? typeOf(String(urn)) : undefined;
  return of(before) !== undefined && of(before) === of(after);
}

/** A provider by its name and the address that it reaches. */
function providerWords(urn: Value | undefined, steps: readonly Step[]): string {
  if (typeof urn !== "string") return "none";
  const step = wholeSteps(steps).find((one) => one.urn === urn);
  const inputs = step?.newState?.inputs ?? step?.oldState?.inputs ?? {};
  const address = inputs.baseUrl ?? inputs.url ?? inputs.host;
  return address === undefined ? nameIn(urn) : `${nameIn(urn)}, ${shown(address)}`;
}

/** What a property of a resource is made of, before and after; undefined where the preview does not say. */
export function originOf(change: Pick<Change, "old" | "new">, path: string): Origin | undefined {
  const [root = ""] = path.split(".");
  const of = (state: State | undefined) => state?.propertyDependencies?.[root] ?? [];
  return change.new?.propertyDependencies ? { before: of(change.old), after: of(change.new) } : undefined;
}

/** The change of an attribute as it is once the old generations of the keys in it are gone. */
function withoutNew(one: AttributeChange, change: Change, { steps, now }: Context): AttributeChange {
  const made = change.new?.propertyDependencies?.[one.path] ?? [];
  return { ...one, after: withoutNewKeys(one.after, made, steps, now) };
}

function attributeVerdict(
  change: Change,
  kind: Kind,
  owner: Owner,
  attribute: Attribute,
  one: AttributeChange,
): Verdict {
  const { path, before, after } = one;
  if (path === kind.owner && owner.isNew)
    return {
      rank: "neutral",
      note: `made anew with ${owner.name}`,
      reason: reasons.withOwner,
    };
  if (hasSecret(before) && !hasSecret(after) && after !== undefined && after !== UNKNOWN)
    return { rank: "weaker", note: "no longer a secret in the stack's state and diffs" };
  const origin = originOf(change, path);
  if (attribute.follows && after === UNKNOWN && isSameOrigin(origin))
    return {
      rank: "neutral",
      note: `follows from ${origin?.after.map(nameIn).sort().join(", ")}`,
      reason: reasons.sameOrigin,
      isCounted: true,
    };
  const inputs = change.new?.inputs;
  const now = verdictOn(attribute, before, after, inputs, origin);
  if (isRestored(attribute, one) && (now.rank === "weaker" || now.rank === "unclear"))
    return {
      ...now,
      rank: "neutral",
      note: "put back as the stack made it",
      reason: reasons.putBack,
    };
  const isKnown = one.applied !== undefined && !hasSecret(one.applied);
  return isKnown && !isRestored(attribute, one)
    ? verdictOn(attribute, one.applied, after, inputs, origin)
    : now;
}

function isSameOrigin(origin: Origin | undefined): boolean {
  return (
    origin !== undefined &&
    origin.after.length > 0 &&
    equal([...origin.before].sort(), [...origin.after].sort())
  );
}

/** Whether an attribute becomes what the program last made of it: somebody else changed it meanwhile. */
function isRestored({ absent }: Attribute, { applied, after }: AttributeChange): boolean {
  if (applied === undefined && absent === undefined) return false;
  return !hasSecret(after) && equal(applied ?? absent, after ?? absent);
}
