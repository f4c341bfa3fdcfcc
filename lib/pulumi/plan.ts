/** A plan that `pulumi preview --save-plan` wrote. https://www.pulumi.com/docs/iac/concepts/update-plans/ */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { nameIn } from "./urn.ts";
import { UNKNOWN } from "./values.ts";

const resourcePlan = z.object({
  steps: z.array(z.string()).nullish(),
  goal: z.object({ inputDiff: z.json().optional() }).nullish(),
});
const plan = z.object({ resourcePlans: z.record(z.string(), resourcePlan).nullish() });

/**
 * Names of the resources that an update by this plan may keep although the plan replaces them, because what decides it is
 * known only then. Pulumi 3 takes that for a failure at the end of the update ("expected resource operations"): of the
 * three steps of a replacement, it has then seen one.
 */
export function maybeKept(file: string): readonly string[] {
  const { resourcePlans } = plan.parse(JSON.parse(readFileSync(file, "utf8")));
  return Object.entries(resourcePlans ?? {})
    .filter(([, { steps, goal }]) => {
      const isReplaced = steps?.some((step) => step.includes("replace"));
      return isReplaced && JSON.stringify(goal?.inputDiff ?? null).includes(UNKNOWN);
    })
    .map(([urn]) => nameIn(urn));
}
