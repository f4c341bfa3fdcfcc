/** Which project or app a resource belongs to, what that is called, and whether it comes or goes as well. */
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { shown, UNKNOWN } from "../../lib/pulumi/values.ts";
import { type Change, type Digest, type State, type Step, wholeSteps } from "./changes.ts";
import type { Kind } from "./kinds.ts";

export interface Owner {
  /** Path of the project or name of the app; empty where it cannot be told. */
  readonly name: string;
  /** Made by the same up, alone or in the place of another. */
  readonly isNew: boolean;
  /** Removed by the same up. */
  readonly goes: boolean;
}

const ownerTypes = ["gitlab:index/project:Project", "heroku:app/app:App"];

/** Looks owners up among the resources of a preview, those that stay the same included. */
export function ownersOf(digest: Digest): (change: Change, kind: Kind) => Owner {
  const owners = wholeSteps(digest.steps ?? []).filter(({ urn }) => ownerTypes.includes(typeOf(urn)));
  // What belongs to none of them is new with the stack: where none of them was there before.
  const nobody: Owner = { name: "", isNew: !owners.some(({ oldState }) => oldState), goes: false };
  return (change, kind) => {
    const key = kind.owner;
    if (!key) return nobody;
    const byId = (state: State | undefined) =>
      owners.find(
        ({ oldState }) => oldState?.id !== undefined && oldState.id === String(state?.inputs?.[key]),
      );
    const made = change.new?.propertyDependencies?.[key] ?? [];
    const step =
      change.action === "delete"
        ? byId(change.old)
        : (byId(change.new) ?? owners.find(({ urn }) => made.includes(urn)) ?? byId(change.old));
    if (!step) {
      const id = (change.new ?? change.old)?.inputs?.[key];
      return { isNew: false, goes: false, name: id === undefined || id === UNKNOWN ? "" : shown(id) };
    }
    return {
      name: nameOf(step),
      isNew: ["create", "replace"].includes(step.op),
      goes: ["delete", "replace"].includes(step.op),
    };
  };
}

function nameOf({ oldState, newState, urn }: Step): string {
  const outputs = oldState?.outputs ?? {};
  const inputs = newState?.inputs ?? {};
  return shown(outputs.pathWithNamespace ?? inputs.path ?? inputs.name ?? outputs.name ?? nameIn(urn));
}
