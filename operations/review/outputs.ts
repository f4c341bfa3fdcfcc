/** Outputs of the stack that may show more than before, as changes beside those of resources. */
import type { Verdict } from "../../lib/kinds/comparers.ts";
import { outputVerdict } from "../../lib/kinds/outputs.ts";
import type { Digest } from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import type { Change } from "./changes.ts";

/** A change of an output, and what it means. */
export interface OutputChange {
  readonly change: Change;
  readonly verdict: Verdict;
}

export function outputChanges(outputs: Digest["outputs"]): OutputChange[] {
  const { before = {}, after = {} } = outputs ?? {};
  return Object.keys({ ...before, ...after })
    .sort()
    .flatMap((name) => {
      const verdict = outputVerdict(name, before[name], after[name]);
      return verdict ? [{ verdict, change: changeOf(name, before[name], after[name]) }] : [];
    });
}

function changeOf(
  name: string,
  before: Change["attributes"][number]["before"],
  after: typeof before,
): Change {
  return {
    urn: `output:${name}`,
    type: types.stack,
    name,
    action: "update",
    op: "output",
    old: undefined,
    new: undefined,
    applied: undefined,
    attributes: [{ path: name, before, after }],
    deletedFirst: false,
  };
}
