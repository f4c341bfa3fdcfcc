/** Resources of the stack that are no longer as the stack made them, from what a refresh says of each. */
import { mayHoldCredential, redact } from "../../lib/credentials/patterns.ts";
import type { Called } from "../../lib/kinds/called.ts";
import { attributeOf, type Kind } from "../../lib/kinds/kind.ts";
import { kindOf, sectionOf, sections } from "../../lib/kinds/kinds.ts";
import { ownersOf } from "../../lib/kinds/owners.ts";
import type { State, Step } from "../../lib/pulumi/preview.ts";
import { dotted, valueAt } from "../../lib/pulumi/property-path.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { equal, hasSecret, type Properties, shown, type Value, words } from "../../lib/pulumi/values.ts";
import { dropCommand } from "../cli/gone-apps.ts";

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
}

/** A type that no section has, such as a command. */
const anything: Kind = { subject: (_, name) => ["resource", name], attributes: {} };

const kindIn = ({ urn, oldState, newState }: Step) =>
  kindOf(typeOf(urn), oldState?.inputs, newState?.inputs) ?? anything;

/** The resources that a refresh found changed or gone, in the order of the sections. */
export function driftedResources(steps: readonly Step[], stack: string): DriftedResource[] {
  const ownerOf = ownerNames(steps);
  const place = ({ section }: DriftedResource) => sections.findIndex(({ title }) => title === section);
  return steps
    .flatMap((step) => drifted(step, stack, ownerOf) ?? [])
    .sort((a, b) => place(a) - place(b) || a.owner.localeCompare(b.owner));
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
  if (oldState === undefined || (op !== "update" && op !== "delete")) return undefined;
  const kind = kindIn(step);
  const attributes = op === "update" ? attributesOf(step, kind) : [];
  // Outputs that no input decides, such as a date of last use, are the service's own affair.
  if (op === "update" && attributes.length === 0) return undefined;
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
    restore: restoreCommand(stack, urn, op, kind),
  };
}

/** What puts a resource back. Its new secret, or what was in it, must reach whoever depends on it. */
function restoreCommand(stack: string, urn: string, op: string, kind: Kind): string {
  if (typeOf(urn) === types.heroku.app && op === "delete")
    return `${dropCommand(stack, urn)} && npx pulumi up --stack ${stack}`;
  const up = `npx pulumi up --stack ${stack} --refresh`;
  if (kind.holdsOthers && op === "delete") return up;
  return `${up} --target '${urn}'${kind.givesSecret ? " --target-dependents" : ""}`;
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
            before: redact(verdict.before ?? shown(values[0])),
            after: redact(verdict.after ?? shown(values[1])),
          }),
    };
  });
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
