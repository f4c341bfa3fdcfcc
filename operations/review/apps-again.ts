/** Apps that were deleted outside and dropped from the state, so that the engine takes them for new ones. */
import type { Step } from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import { equal } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";

/** What says nothing of who gets access: these are the settings' defaults, and the state no longer tells what was set. */
const USUAL = { region: "us", stack: "container" };

/**
 * Whether a new app is the one that the stack's pipelines release to already, by its name, and belongs to nobody else than
 * an app of the default settings does. One of a team, or in another region, may be another one: that is for a person.
 */
export function isAppAgain({ type, new: wanted }: Change, steps: readonly Step[]): boolean {
  if (type !== types.heroku.app) return false;
  const { name, ...others } = wanted?.inputs ?? {};
  const isUsual = Object.entries(others).every(
    ([key, value]) => key.startsWith("__") || value === USUAL[key as keyof typeof USUAL],
  );
  return (
    isUsual &&
    name !== undefined &&
    steps.some((step) => namesApp(step) && equal(step.oldState?.inputs?.value, name))
  );
}

/** Whether a step is of the variable by which pipelines know their app. */
const namesApp = ({ urn, oldState }: Step) =>
  typeOf(urn) === types.gitlab.projectVariable && oldState?.inputs?.key === "HEROKU_APP";
