/** What a preview would do, from Pulumi's own JSON (`pulumi preview --json`) to one change for each resource. */
import { type Digest, type State, type Step, wholeSteps } from "../../lib/pulumi/preview.ts";
import { dotted } from "../../lib/pulumi/property-path.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { equal, hasSecret, isProperties, leaves, type Value } from "../../lib/pulumi/values.ts";

export type Action = "create" | "update" | "replace" | "delete" | "import" | "other";

export interface AttributeChange {
  /** Such as `createAccessLevel` or `environment.SCOPES`. */
  readonly path: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
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
  readonly attributes: readonly AttributeChange[];
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
  return wholeSteps(steps).flatMap((step): Change[] => {
    const { op, urn, oldState, newState } = step;
    const type = typeOf(urn);
    if (type === types.stack) return [];
    const protect = protectChange(step);
    if (silent.includes(op) && protect.length === 0) return [];
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
        attributes: [...(["update", "replace"].includes(op) ? attributesOf(step) : []), ...protect],
        deletedFirst: op === "replace" && deleted >= 0 && deleted < at("create-replacement", urn),
      },
    ];
  });
}

/** Pulumi's own lock on a resource (`protect`), which no property shows. */
function protectChange({ oldState, newState }: Step): AttributeChange[] {
  if (!oldState || !newState || Boolean(oldState.protect) === Boolean(newState.protect)) return [];
  return [{ path: "protect", before: Boolean(oldState.protect), after: Boolean(newState.protect) }];
}

function attributesOf(step: Step): AttributeChange[] {
  const { oldState, newState } = step;
  const inputs = { old: oldState?.inputs ?? {}, new: newState?.inputs ?? {} };
  const diff = step.detailedDiff ?? {};
  const reported = [...Object.keys(diff), ...(step.diffReasons ?? []), ...(step.replaceReasons ?? [])];
  // A replacement that somebody asks for is reported as a change of the id, which no program sets.
  const roots = new Set(reported.map(rootOf).filter((root) => root !== "id"));
  // A provider that gives no reasons: whatever the program says otherwise than before.
  if (roots.size === 0) {
    for (const key of Object.keys({ ...inputs.old, ...inputs.new })) {
      if (!key.startsWith("__") && !equal(inputs.old[key], inputs.new[key])) roots.add(key);
    }
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
