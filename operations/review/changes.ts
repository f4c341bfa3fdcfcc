/** What a preview would do, from Pulumi's own JSON (`pulumi preview --json`) to one change for each resource. */
import { noOptions, optionPrefix } from "../../lib/kinds/options.ts";
import { type Digest, type State, type Step, wholeSteps } from "../../lib/pulumi/preview.ts";
import { dotted, valueAt } from "../../lib/pulumi/property-path.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import {
  equal,
  hasSecret,
  isProperties,
  leaves,
  type Properties,
  type Value,
} from "../../lib/pulumi/values.ts";

export type Action = "create" | "update" | "replace" | "delete" | "import" | "other";

export interface AttributeChange {
  /** Such as `createAccessLevel` or `environment.SCOPES`. */
  readonly path: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
  /** What the program said when it was last applied, whatever somebody made of it since. */
  readonly applied?: Value | undefined;
}

export interface Change {
  readonly urn: string;
  /** Type of the resource: `gitlab:index/tagProtection:TagProtection`. */
  readonly type: string;
  readonly name: string;
  readonly action: Action;
  /** Pulumi's word for the action. */
  readonly op: string;
  readonly old: State | undefined;
  readonly new: State | undefined;
  /** The resource as it was last applied; `old` is as a refresh of the same preview found it. */
  readonly applied: State | undefined;
  readonly attributes: readonly AttributeChange[];
  /** URN of the rule that goes for this one. */
  readonly insteadOf?: string;
  /** Whether a replaced resource is gone before the new one is there. */
  readonly deletedFirst: boolean;
}

const actions: Record<string, Action> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
  import: "import",
};

/** Steps that change nothing outside the state. */
const silent = [
  "same",
  "read",
  "read-replacement",
  "refresh",
  "remove-pending-replace",
  "discard",
  "discard-replaced",
];

/** The changes of a preview, one for each resource, in the order of the preview. */
export function changesOf(digest: Digest): Change[] {
  const steps = digest.steps ?? [];
  const at = (op: string, urn: string) => steps.findIndex((step) => step.op === op && step.urn === urn);
  const appliedTo = appliedStates(steps);
  return wholeSteps(steps).flatMap((step): Change[] => {
    const { op, urn, oldState, newState } = step;
    const type = typeOf(urn);
    if (type === types.stack) return [];
    const applied = appliedTo.get(urn);
    const attributes = [...attributesOf(step, applied), ...optionsOf(step)];
    if (silent.includes(op) && (op !== "same" || attributes.length === 0)) return [];
    const deleted = at("delete-replaced", urn);
    return [
      {
        urn,
        type,
        name: nameIn(urn),
        action: op === "same" ? "update" : (actions[op] ?? "other"),
        op,
        old: oldState,
        new: newState,
        applied,
        attributes,
        deletedFirst: op === "replace" && deleted >= 0 && deleted < at("create-replacement", urn),
      },
    ];
  });
}

/** Each resource as it was before a refresh of the same preview: what the program last made of it. */
function appliedStates(steps: readonly Step[]): ReadonlyMap<string, State> {
  const first = new Map<string, State>();
  for (const { urn, oldState } of steps) if (oldState && !first.has(urn)) first.set(urn, oldState);
  return first;
}

/** What of a resource would be changed, as the provider says, and where the program says otherwise than when it was applied. */
function attributesOf(step: Step, applied: State | undefined): AttributeChange[] {
  const { op, oldState, newState } = step;
  if (!newState) return [];
  const wanted = newState.inputs ?? {};
  const told = ["update", "replace"].includes(op) ? reported(step) : [];
  const isRefreshed = applied !== undefined && applied !== oldState;
  const more = ["update", "replace", "same"].includes(op)
    ? keysOf(applied?.inputs, wanted)
        .filter((key) => isRefreshed || (op === "same" && opens(oldState?.inputs?.[key], wanted[key])))
        .filter((key) => !told.some(({ path }) => path === key || path.startsWith(`${key}.`)))
        .flatMap((key) => differences(key, applied?.inputs?.[key], wanted[key], []))
        .filter(({ before, after }) => !equal(before, after))
    : [];
  return [...told, ...more].map((one) => ({ ...one, applied: valueAt(applied?.inputs, one.path) }));
}

/** Whether a secret becomes plain text; to a provider the value is the same. */
const opens = (before: Value | undefined, after: Value | undefined) =>
  hasSecret(before) && !equal(before, after);

const keysOf = (before: Properties | undefined, after: Properties) =>
  Object.keys({ ...before, ...after }).filter((key) => !key.startsWith("__"));

/** Options of a resource that differ, and those of a new one; no property shows them. */
export function optionsOf({ op, urn, oldState, newState }: Step): AttributeChange[] {
  if (!newState || !["create", "import", "update", "replace", "same"].includes(op)) return [];
  const names = Object.keys({ ...oldState, ...newState }).filter((name) => !Object.hasOwn(noOptions, name));
  const option = (state: State | undefined, name: string) =>
    name === "urn"
      ? ((state?.urn ?? urn) as Value)
      : name === "provider"
        ? providerOf(state)
        : (state?.[name] as Value);
  return names
    .map((name) => ({
      path: `${optionPrefix}${name}`,
      before: option(oldState, name),
      after: option(newState, name),
    }))
    .filter(({ before, after }) => !isNothing(before, after) && !equal(before, after));
}

/** The URN of a resource's provider; its id is not known before it is made. */
function providerOf(state: State | undefined): string | undefined {
  const reference = state?.provider;
  return typeof reference === "string" ? reference.slice(0, reference.lastIndexOf("::")) : undefined;
}

/** Whether neither says anything: an option that is off is left out. */
function isNothing(before: Value | undefined, after: Value | undefined): boolean {
  return [before, after].every((one) => !one || (Array.isArray(one) && one.length === 0));
}

function reported(step: Step): AttributeChange[] {
  const { oldState, newState } = step;
  const inputs = { old: oldState?.inputs ?? {}, new: newState?.inputs ?? {} };
  const diff = step.detailedDiff ?? {};
  const named = [...Object.keys(diff), ...(step.diffReasons ?? []), ...(step.replaceReasons ?? [])];
  // A replacement that somebody asks for is reported as a change of the id, which no program sets.
  const roots = new Set(named.map(rootOf).filter((root) => root !== "id"));
  // A provider that gives no reasons: whatever the program says otherwise than before.
  if (roots.size === 0) {
    for (const key of keysOf(inputs.old, inputs.new))
      if (!equal(inputs.old[key], inputs.new[key])) roots.add(key);
  }
  return [...roots].sort().flatMap((root) => {
    const paths = Object.keys(diff).filter((path) => rootOf(path) === root);
    const fromInputs = paths.length > 0 && paths.every((path) => diff[path]?.inputDiff);
    // What is there now is in the outputs; what a service never gives back is in the inputs alone.
    const before = fromInputs ? inputs.old[root] : (oldState?.outputs?.[root] ?? inputs.old[root]);
    return differences(root, before, inputs.new[root], paths.map(dotted));
  });
}

/** The values that differ inside one property; only those that the provider names, where it names some. */
function differences(
  root: string,
  before: Value | undefined,
  after: Value | undefined,
  named: string[],
): AttributeChange[] {
  if (!isProperties(before) && !isProperties(after)) return [{ path: root, before, after }];
  const old = leaves(root, before);
  const wanted = leaves(root, after);
  const isNamed = (path: string) =>
    named.length === 0 ||
    named.some((name) => path === name || path.startsWith(`${name}.`) || name.startsWith(`${path}.`));
  const inside = [...new Set([...old.keys(), ...wanted.keys()])]
    .filter(isNamed)
    .map((path) => ({ path, before: old.get(path), after: wanted.get(path) }));
  const found = inside.filter((one) => !equal(one.before, one.after) || named.includes(one.path));
  if (found.length > 0) return found;
  // Two secrets look alike: with no other difference it is one of them.
  const secrets = inside.filter((one) => hasSecret(one.after));
  return secrets.length > 0 ? secrets : [{ path: root, before, after }];
}

/** The property that a path of Pulumi starts with: `a` of `a.b`, `a[0]`, `["a"].b`. */
function rootOf(path: string): string {
  return dotted(path).split(".", 1)[0] as string;
}
