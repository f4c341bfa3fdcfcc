/** Which project or app a resource belongs to, what that is called, and whether it comes or goes as well. */
import { type Digest, type State, type Step, wholeSteps } from "../pulumi/preview.ts";
import { nameIn, typeOf } from "../pulumi/urn.ts";
import { shown, UNKNOWN } from "../pulumi/values.ts";
import type { Kind } from "./kind.ts";
import { kindOf } from "./kinds.ts";

export interface Owner {
  /** Path of the project or name of the app; empty where it cannot be told. */
  readonly name: string;
  /** Made by the same up, alone or in the place of another. */
  readonly isNew: boolean;
  /** Removed by the same up. */
  readonly goes: boolean;
}

/** A resource whose owner is asked for. */
interface Owned {
  readonly old: State | undefined;
  readonly new: State | undefined;
}

/** Looks owners up among the resources of a preview, those that stay the same included. */
export function ownersOf(digest: Digest): (resource: Owned, kind: Kind) => Owner {
  const owners = wholeSteps(digest.steps ?? []).filter(
    ({ urn }) => kindOf(typeOf(urn))?.holdsOthers === true,
  );
  // What belongs to none of them is new if none of them existed before.
  const nobody: Owner = { name: "", isNew: !owners.some(({ oldState }) => oldState), goes: false };
  return (resource, kind) => {
    const key = kind.owner;
    if (!key) return nobody;
    const byId = (state: State | undefined) =>
      owners.find(
        ({ oldState }) => oldState?.id !== undefined && oldState.id === String(state?.inputs?.[key]),
      );
    const made = resource.new?.propertyDependencies?.[key] ?? [];
    const step =
      resource.new === undefined
        ? byId(resource.old)
        : (byId(resource.new) ?? owners.find(({ urn }) => made.includes(urn)) ?? byId(resource.old));
    if (!step) {
      const id = (resource.new ?? resource.old)?.inputs?.[key];
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
