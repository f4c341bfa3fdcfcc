/** What is approved: the fingerprint of one diff of one stack, and its changes as they are kept. */
import { createHash } from "node:crypto";
import type { AllowedChange } from "../../lib/consent/allowed.ts";
import { optionPrefix } from "../../lib/kinds/options.ts";
import { canonical, type Properties } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";

/**
 * Hash over the whole diff of a stack: the same for the same changes in any order, another one for any other
 * change or value. Of a secret only that it changes is in it.
 */
export function fingerprintOf(stack: string, changes: readonly Change[]): string {
  const normalised = changes
    .map(({ urn, op, old, new: wanted, attributes, deletedFirst }) =>
      canonical({
        urn,
        op,
        deletedFirst,
        attributes,
        id: old?.id,
        before: old?.inputs,
        after: wanted?.inputs,
      }),
    )
    .sort();
  return createHash("sha256")
    .update(canonical({ stack, changes: normalised }))
    .digest("hex");
}

/** A change as it is kept in files: without secrets. */
export function allowedOf({ urn, op, old, new: wanted, attributes }: Change): AllowedChange {
  const options = optionsOf(attributes);
  return {
    urn,
    op,
    ...(Object.keys(options).length > 0 && { options }),
    ...(old?.inputs && { before: old.inputs }),
    ...(wanted?.inputs && { after: wanted.inputs }),
  };
}

/** Options of the resource that change, as they become: `option:provider`. */
export function optionsOf(attributes: Change["attributes"]): Properties {
  const options = attributes.filter(({ path }) => path.startsWith(optionPrefix));
  return Object.fromEntries(options.map(({ path, after }) => [path, after ?? null]));
}
