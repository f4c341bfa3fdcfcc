/** All that a review takes for harmless, as a list to be read: what a change is of, and why nobody gets anything by it. */
import { commandKinds } from "./commands.ts";
import type { Kind } from "./kind.ts";
import { sections } from "./kinds.ts";
import { harmlessOptions, noOptions } from "./options.ts";
import { plainOutputs } from "./outputs.ts";
import { reasons } from "./reasons.ts";
import { ownVariables } from "./variable-names.ts";

export interface Harmless {
  /** `gitlab:index/project:Project`, or what is no type. */
  readonly of: string;
  /** Attribute, option or what is done. */
  readonly what: string;
  readonly reason: string;
}

const words: Readonly<Record<keyof typeof reasons, string>> = {
  same: "a value on a scale that stays where it is",
  putBack: "what somebody changed outside, put back as the stack made it",
  sameOrigin: "a value that is known after up",
  newGeneration: "a new generation of a credential that allows no more",
  anew: "a resource that is made anew as it is",
  withOwner: "the project or app that it is in",
  nothingThere: "what is open in a new project",
  goesWithOwner: "deletion with its project or app",
  imageVersion: "the name of an image",
  issued: "the value of a CI/CD variable of the stack's pipelines that holds a credential",
  made: "a new CI/CD variable of the stack's pipelines",
  ownPipelines: "a new CI/CD variable in a new project, of a name that the stack's pipelines have",
  rotated: "the end of an access token that the provider rotates",
  sameProvider: "option provider, from one default provider to another",
};

function ofKind(of: string, kind: Kind): Harmless[] {
  if (kind.harmless !== undefined) return [{ of, what: "everything", reason: kind.harmless }];
  const { created, deleted } = kind;
  const inNew =
    typeof created?.inNew === "function" ? "its name and value are the stack's own" : created?.inNew;
  return [
    ...Object.entries(kind.attributes).flatMap(([what, { harmless }]) =>
      harmless === undefined ? [] : [{ of, what, reason: harmless }],
    ),
    ...Object.entries(kind.ignores ?? {}).map(([path, reason]) => ({
      of,
      what: `ignoreChanges of ${path}`,
      reason,
    })),
    ...(created?.harmless === undefined ? [] : [{ of, what: "a new one", reason: created.harmless }]),
    ...(inNew === undefined ? [] : [{ of, what: "a new one, in a new project or stack", reason: inNew }]),
    ...(deleted?.harmless === undefined ? [] : [{ of, what: "its deletion", reason: deleted.harmless }]),
  ];
}

/** The whole list. */
export function harmlessList(): Harmless[] {
  const kinds = sections
    .flatMap((section) => Object.entries(section.kinds))
    .filter(([, { which }]) => which === undefined);
  return [
    ...Object.entries(words).map(([key, what]) => ({
      of: "anything",
      what,
      reason: reasons[key as keyof typeof reasons],
    })),
    ...[...kinds, ...Object.entries(commandKinds)].flatMap(([of, kind]) => ofKind(of, kind)),
    ...Object.entries(ownVariables).flatMap(([name, use]) =>
      use.is === "harmless" ? [{ of: "a CI/CD variable", what: `value of ${name}`, reason: use.reason }] : [],
    ),
    ...Object.entries(harmlessOptions).map(([what, { harmless = "" }]) => ({
      of: "an option",
      what,
      reason: harmless,
    })),
    ...Object.entries(noOptions).map(([what, reason]) => ({ of: "the state of a resource", what, reason })),
    ...Object.entries(plainOutputs).map(([what, reason]) => ({ of: "an output of the stack", what, reason })),
  ];
}
