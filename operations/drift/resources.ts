/** Resources of the stack that are no longer as the stack made them, from what a refresh says of each. */
import { mayHoldCredential, redact } from "../../lib/credentials/patterns.ts";
import type { Called } from "../../lib/kinds/called.ts";
import { attributeOf, type Kind } from "../../lib/kinds/kind.ts";
import { kindOf, sectionOf, sections } from "../../lib/kinds/kinds.ts";
import { ownersOf } from "../../lib/kinds/owners.ts";
import { withoutMark } from "../../lib/pulumi/mark.ts";
import type { State, Step } from "../../lib/pulumi/preview.ts";
import { dotted, valueAt } from "../../lib/pulumi/property-path.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { equal, hasSecret, type Properties, shown, type Value, words } from "../../lib/pulumi/values.ts";
import { dropCommand } from "../cli/gone-apps.ts";
import { unsetChanges } from "./baseline/unset.ts";
import { undoCommand } from "./undo.ts";

/** One attribute that was changed outside; fit to be shown, since a secret is never in it. */
export interface AttributeDrift {
  /** As the program calls it: `createAccessLevel`. */
  readonly path: string;
  /** In words: `who may create`. */
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

export interface DriftedResource extends Called {
  /** Title of the section of the report. */
  readonly section: string;
  readonly what: "changed" | "deleted";
  readonly attributes: readonly AttributeDrift[];
  /** What it means that it is gone. */
  readonly note?: string;
  readonly urn: string;
  /** Command line that puts it back. */
  readonly restore: string;
  /** Who and when, where the service tells: `2026-11-29 10:08 UTC, by eve`. */
  readonly since?: string;
}

/** A type that no section has, such as a command. */
const anything: Kind = { subject: (_, name) => ["resource", name], attributes: {} };

const kindIn = ({ urn, oldState, newState }: Step) =>
  kindOf(typeOf(urn), oldState?.inputs, newState?.inputs) ?? anything;

/** The resources that a refresh found changed or gone, in the order of the sections. */
export function driftedResources(steps: readonly Step[], stack: string): DriftedResource[] {
  const ownerOf = ownerNames(steps);
  return inOrder(steps.flatMap((step) => drifted(step, stack, ownerOf) ?? []));
}

/** In the order of the sections, and by owner within each. */
export function inOrder(drift: readonly DriftedResource[]): DriftedResource[] {
  const place = ({ section }: DriftedResource) => sections.findIndex(({ title }) => title === section);
  return drift.toSorted((a, b) => place(a) - place(b) || a.owner.localeCompare(b.owner));
}

/** Keys of variables whose values no API gives back, as `project: KEY`. */
export function unreadableValues(steps: readonly Step[]): string[] {
  const ownerOf = ownerNames(steps);
  return steps
    .filter(
      ({ urn, op, newState }) =>
        typeOf(urn) === types.gitlab.projectVariable && op !== "delete" && newState?.outputs?.hidden === true,
    )
    .map((step) => `${ownerOf(step)}: ${shown(step.newState?.inputs?.key)}`);
}

function ownerNames(steps: readonly Step[]): (step: Step) => string {
  const ownerOf = ownersOf({ steps: [...steps] });
  return (step) => ownerOf({ old: step.oldState, new: step.newState }, kindIn(step)).name;
}

function drifted(step: Step, stack: string, ownerOf: (step: Step) => string): DriftedResource | undefined {
  const { op, urn, oldState } = step;
  if (oldState === undefined) return undefined;
  const kind = kindIn(step);
  const told = op === "update" ? attributesOf(step, kind) : [];
  const unset = op === "delete" ? [] : unsetOf(step, kind, told);
  const attributes = [...told, ...unset].sort((a, b) => a.path.localeCompare(b.path));
  // Outputs that no input decides, such as a date of last use, are the service's own affair.
  if (op !== "delete" && attributes.length === 0) return undefined;
  const [noun, name] = kind.subject({ ...oldState.outputs, ...oldState.inputs }, nameIn(urn));
  return {
    section: sectionOf(typeOf(urn)).title,
    noun,
    name,
    owner: ownerOf(step),
    what: op === "delete" ? "deleted" : "changed",
    attributes,
    ...(op === "delete" && typeof kind.deleted?.note === "string" && { note: kind.deleted.note }),
    urn,
    restore: restoreCommand(stack, urn, op, kind, unset, oldState.id),
  };
}

/** What puts a resource back. Its new secret, or what was in it, must reach whoever depends on it. */
function restoreCommand(
  stack: string,
  urn: string,
  op: string,
  kind: Kind,
  unset: readonly AttributeDrift[],
  id?: string,
): string {
  if (typeOf(urn) === types.heroku.app && op === "delete")
    return `${dropCommand(stack, urn)} && npx pulumi up --stack ${stack}`;
  const up = `npx pulumi up --stack ${stack} --refresh`;
  if (unset.length > 0 && typeOf(urn) === types.gitlab.userRunner && id) {
    // A new runner would have to be registered again.
    const body = Object.fromEntries(
      unset.map(({ path }) => [runnerNames[path] ?? path, runnerDefaults[path]]),
    );
    return undoCommand(stack, { service: "gitlab", method: "PUT", path: `/runners/${id}`, body });
  }
  if (unset.length > 0) return replaceCommand(stack, urn, kind);
  if (kind.holdsOthers && op === "delete") return up;
  return `${up} --target '${urn}'${kind.givesSecret ? " --target-dependents" : ""}`;
}

/** https://docs.gitlab.com/api/runners/#update-runners-details */
const runnerNames: Readonly<Record<string, string>> = {
  accessLevel: "access_level",
  maintenanceNote: "maintenance_note",
  maximumTimeout: "maximum_timeout",
  tagLists: "tag_list",
  untagged: "run_untagged",
};
const runnerDefaults: Properties = {
  accessLevel: "not_protected",
  description: "",
  locked: false,
  maintenanceNote: "",
  maximumTimeout: null,
  paused: false,
  tagLists: [],
  untagged: true,
};

/** What makes a resource anew: an update leaves what the program does not name as it is. */
export function replaceCommand(stack: string, urn: string, kind: Kind): string {
  const dependents = kind.givesSecret ? " --target-dependents" : "";
  return `npx pulumi up --stack ${stack} --target-replace '${urn}'${dependents}`;
}

/** What the program leaves to the service and is not as the service makes it. */
function unsetOf(step: Step, kind: Kind, told: readonly AttributeDrift[]): AttributeDrift[] {
  const changes = unsetChanges(typeOf(step.urn), kind, step.oldState ?? {}, step.newState);
  return changes
    .filter(({ path }) => !told.some((one) => one.path === path || one.path.startsWith(`${path}.`)))
    .map(({ path, before, after }) => {
      const { label, compare } = attributeOf(kind, path);
      const verdict = compare(before, after, step.newState?.outputs ?? {});
      const isHidden = verdict.isConcealed || isSecret(path, after);
      return {
        path,
        label,
        before: isHidden ? words.secret : redact(verdict.before ?? shown(before)),
        after: isHidden ? "another one, not shown" : redact(verdict.after ?? shown(after)),
      };
    });
}

function attributesOf({ urn, oldState, newState, detailedDiff }: Step, kind: Kind): AttributeDrift[] {
  const before: Properties = { ...oldState?.outputs, ...oldState?.inputs };
  const now: Properties = { ...newState?.inputs, ...newState?.outputs };
  const told = Object.keys(detailedDiff ?? {}).map(dotted);
  // A provider that tells no difference itself leaves the inputs to compare.
  const paths = told.length > 0 ? told : differentInputs(oldState, newState);
  const isCredential =
    typeOf(urn) === types.gitlab.projectVariable && [before, now].some((one) => one.masked || one.hidden);
  return [...new Set(paths)].sort().map((path) => {
    const values = [valueAt(before, path), valueAt(now, path)] as const;
    const attribute = attributeOf(kind, path);
    const { isConcealed, ...verdict } = attribute.compare(
      values[0] ?? attribute.absent,
      values[1] ?? attribute.absent,
      now,
    );
    const isHidden =
      isConcealed || (isCredential && path === "value") || values.some((one) => isSecret(path, one));
    return {
      path,
      label: attribute.label,
      ...(isHidden
        ? { before: words.secret, after: "another one, not shown" }
        : {
            before: redact(spoken(path, before, values) ?? verdict.before ?? shown(values[0])),
            after: redact(spoken(path, now, [values[1], values[0]]) ?? verdict.after ?? shown(values[1])),
          }),
    };
  });
}

/** A value as people know it: the path beside a namespace's number, a description without the stack's mark. */
function spoken(
  path: string,
  state: Properties,
  [value, other]: readonly [Value | undefined, Value | undefined],
): string | undefined {
  if (path === "namespaceId" && state.pathWithNamespace) {
    return `${shown(value)} (${shown(state.pathWithNamespace)})`;
  }
  if (path !== "description") return undefined;
  const text = withoutMark(String(value ?? ""));
  return text === withoutMark(String(other ?? "")) ? undefined : shown(text);
}

function differentInputs(oldState: State | undefined, newState: State | undefined): string[] {
  return Object.keys({ ...oldState?.inputs, ...newState?.inputs }).filter(
    (key) => key !== "__defaults" && !equal(oldState?.inputs?.[key], newState?.inputs?.[key]),
  );
}

/** Whether a value is one that the state keeps secret, or by its name ought to be. */
function isSecret(path: string, value: Value | undefined): boolean {
  return hasSecret(value) || (mayHoldCredential(path) && typeof value === "string");
}
