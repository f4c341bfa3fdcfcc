/**
 * The guard that is part of the program: whatever starts it, a change that weakens something and that nobody approved ends
 * with an error before it happens. It is put on every resource from one place:
 *
 * - a hook before each update, which the engine gives the old and the new inputs (`pulumi.ResourceHook`);
 * - for rules, which are replaced by deleting the old one first, a transform: it runs before the engine does anything;
 * - at the end of the program, a look at what is in the state and no longer in the program, which the engine deletes then.
 *
 * A hook before deletion would be the engine's own way. It is in the state from then on, and every `destroy` without
 * `--run-program` fails, also of a stack whose program cannot run any more (docs/review.md).
 */
import * as pulumi from "@pulumi/pulumi";
import { approvedAddresses } from "../../lib/consent/addresses.ts";
import type { AllowedChange } from "../../lib/consent/allowed.ts";
import { isInForce, readApproval } from "../../lib/consent/approval.ts";
import { readUnfinished, stillAllowed } from "../../lib/consent/unfinished.ts";
import { kindOf } from "../../lib/kinds/kinds.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { isProperties, type Properties, SECRET, UNKNOWN, type Value } from "../../lib/pulumi/values.ts";
import { root } from "../../lib/repository.ts";
import { type AddressedResource, appliedIn, type Destination } from "./addresses.ts";
import { isAllowed, isEnginesOwn, type Step, weakeningsOf } from "./judge.ts";
import { unapprovedAddress } from "./providers.ts";

export interface Guard {
  /** To be called when all resources are declared. @throws where what is gone weakens, and nobody approved that */
  refuseDeletions(): void;
}

/**
 * Puts the guard on every resource that is declared from now on.
 * @param applied the stack's state before this update
 * @param destinations where its credentials may go
 */
export function guardResources(
  applied: readonly AddressedResource[],
  destinations: readonly Destination[],
): Guard {
  const { allowed, isPartial } = readAllowed(pulumi.getStack());
  const known = new Map(applied.map((one) => [keyOf(typeOf(one.urn), nameIn(one.urn)), one]));
  const declared = new Set<string>();
  /** A preview only shows: what it would do is for the review to judge. */
  const refuse = (...steps: Step[]) => {
    const said = pulumi.runtime.isDryRun() ? undefined : refusalOf(steps, allowed);
    if (said !== undefined) throw new pulumi.RunError(said);
  };
  const beforeUpdate = new pulumi.ResourceHook("refuse-weakening", ({ urn, oldInputs, newInputs }) =>
    refuse({ urn, before: propertiesOf(oldInputs), after: propertiesOf(newInputs) }),
  );
  const refuseProvider: pulumi.ResourceTransform = async ({ type, name, props }) => {
    const said = unapprovedAddress(type, name, await settled(props), {
      destinations,
      applied: appliedIn(applied),
      approved: approvedAddresses(root, pulumi.getStack()),
    });
    if (said !== undefined) throw new Error(said);
    return undefined;
  };
  const refuseRule: pulumi.ResourceTransform = async ({ type, name, props }) => {
    const old = known.get(keyOf(type, name));
    if (old)
      refuse({
        urn: old.urn,
        before: propertiesOf(old.outputs),
        after: propertiesOf(await settled(props)),
        isPartial: true,
      });
    return undefined;
  };
  pulumi.runtime.registerStackTransformation(({ type, name, props, opts, resource }) => {
    declared.add(keyOf(type, name));
    // What it is in the end is not marked on it yet.
    if (resource instanceof pulumi.ComponentResource) return undefined;
    const isProvider = type.startsWith("pulumi:providers:");
    const isRule = kindOf(type)?.pattern !== undefined;
    const hooks = { ...opts.hooks, beforeUpdate: [...(opts.hooks?.beforeUpdate ?? []), beforeUpdate] };
    const transforms = [
      ...(opts.transforms ?? []),
      ...(isProvider ? [refuseProvider] : []),
      ...(isRule ? [refuseRule] : []),
    ];
    return { props, opts: { ...opts, hooks, ...(transforms.length > 0 && { transforms }) } };
  });
  return {
    refuseDeletions() {
      // An update of some resources alone removes none of the others.
      if (isPartial) return;
      const gone = applied.filter(
        ({ urn }) =>
          !declared.has(keyOf(typeOf(urn), nameIn(urn))) && !isEnginesOwn(typeOf(urn), nameIn(urn)),
      );
      refuse(...gone.map(({ urn, outputs }) => ({ urn, before: propertiesOf(outputs) })));
    },
  };
}

/** The names of a stack's resources are its own for each type. */
const keyOf = (type: string, name: string) => `${type}::${name}`;

function readAllowed(stack: string): { allowed: AllowedChange[]; isPartial: boolean } {
  const approval = readApproval(root, stack);
  const unfinished = readUnfinished(root, stack);
  return {
    allowed: [
      ...(approval && isInForce(approval) ? approval.changes : []),
      ...(unfinished ? stillAllowed(unfinished) : []),
    ],
    isPartial: unfinished?.isPartial === true,
  };
}

/** What to say of steps that weaken something and that nobody allowed. */
function refusalOf(steps: readonly Step[], allowed: readonly AllowedChange[]): string | undefined {
  const weaker = steps.filter((step) => !isAllowed(step, allowed)).flatMap(weakeningsOf);
  if (weaker.length === 0) return undefined;
  return [
    "This would weaken what protects the stack, and nobody approved it; it was not done.",
    ...weaker.map((line) => `  found:   ${line}`),
    "  allowed: what a review approved, and what weakens nothing",
    "  fix:     npm run review shows all of it, and how to approve it; then npx pulumi up",
  ].join("\n");
}

async function settled(props: pulumi.Inputs): Promise<Record<string, unknown>> {
  const entries = Object.entries(props).map(
    async ([key, value]) => [key, await settledValue(value)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** A value that may be an output: its value, or the word for a secret or for what is not known yet. */
async function settledValue(value: unknown): Promise<unknown> {
  if (!pulumi.Output.isInstance(value)) return value;
  if (await pulumi.isSecret(value)) return SECRET;
  return new Promise((resolve) => value.apply((known) => resolve(known)));
}

/** Properties as the engine gives them to a hook, in the words of a preview. */
function propertiesOf(given: object | undefined): Properties {
  const value = plain(given ?? {});
  return isProperties(value) ? value : {};
}

function plain(value: unknown): Value {
  if (pulumi.Output.isInstance(value)) return SECRET;
  if (pulumi.containsUnknowns(value) && typeof value !== "object") return UNKNOWN;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
