/** Rules that protect the same refs as a rule that is replaced or removed. */
import { covers } from "../../lib/gitlab/ref-pattern.ts";
import { type State, type Step, wholeSteps } from "../../lib/pulumi/preview.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import type { Change } from "./changes.ts";

/** Steps after which a resource is as it was all the while. */
const staying = ["same", "update", "refresh"];

/** Another rule of the project for the same refs, which exists while the changed one does not. */
export function coverMeanwhile(change: Change, pattern: string, steps: readonly Step[]): string | undefined {
  const span = (urn: string) =>
    ["delete-replaced", "create-replacement"].map((op) =>
      steps.findIndex((step) => step.op === op && step.urn === urn),
    ) as [number, number];
  const [gone, back] = span(change.urn);
  return others(change, pattern, steps).find(({ urn, op, newState }) => {
    if (staying.includes(op)) return true;
    if (op !== "replace") return false;
    // Steps that do not depend on each other may run at the same time, whatever their order in the preview.
    const ordered =
      newState?.dependencies?.includes(change.urn) || change.new?.dependencies?.includes(urn) === true;
    const [otherGone, otherBack] = span(urn);
    return ordered && (otherGone > otherBack || otherBack < gone || back < otherGone);
  })?.oldState?.inputs?.[pattern] as string | undefined;
}

/** Another rule of the project for the refs of a removed one that stays. */
export function coverAfter(change: Change, pattern: string, steps: readonly Step[]): string | undefined {
  return others(change, pattern, steps).find(({ op }) => [...staying, "replace"].includes(op))?.newState
    ?.inputs?.[pattern] as string | undefined;
}

/** Rules that were there for all refs of a changed one, each with its last step. */
function others(change: Change, pattern: string, steps: readonly Step[]): Step[] {
  const { project, [pattern]: refs } = change.old?.inputs ?? {};
  const coversThem = (state: State | undefined) =>
    state?.inputs?.project === project &&
    typeof refs === "string" &&
    typeof state?.inputs?.[pattern] === "string" &&
    covers(String(state.inputs[pattern]), refs);
  return wholeSteps(steps).filter(
    ({ urn, oldState, newState }) =>
      typeOf(urn) === change.type && urn !== change.urn && [oldState, newState].every(coversThem),
  );
}
