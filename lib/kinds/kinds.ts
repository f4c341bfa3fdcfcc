/** All kinds of resources, in the order in which a reader wants them. */
import type { Properties } from "../pulumi/values.ts";
import { accounts } from "./accounts.ts";
import { apps } from "./apps.ts";
import { commands } from "./commands.ts";
import { credentials } from "./credentials.ts";
import type { Kind, Section } from "./kind.ts";
import { members } from "./members.ts";
import { others } from "./others.ts";
import { projects } from "./projects.ts";
import { protection } from "./protection.ts";
import { variables } from "./variables.ts";

export const sections: readonly Section[] = [
  protection,
  variables,
  { title: "Credentials", kinds: { ...credentials, ...commands } },
  members,
  projects,
  apps,
  accounts,
  others,
];

const byType: Readonly<Record<string, Kind>> = Object.assign({}, ...sections.map(({ kinds }) => kinds));

/** The kind of a resource with these inputs, before and after; a cautious one for a type that has none, of whatever package. */
export function kindOf(type: string, ...inputs: readonly (Properties | undefined)[]): Kind {
  const known = Object.hasOwn(byType, type) ? byType[type] : undefined;
  if (!known) return unknownKind(type);
  return known.which?.(inputs.filter((one) => one !== undefined)) ?? known;
}

/** What a resource of a type with these inputs is called in every report, noun and name. */
export function subjectFor(type: string, inputs: Properties): readonly [noun: string, name: string] {
  return kindOf(type, inputs).subject(inputs, "");
}

/** The same in one: `access token access-mlserver`. */
export function wordsFor(type: string, inputs: Properties): string {
  return subjectFor(type, inputs).join(" ").trim();
}

/** The section that a type is in; the last one where none has it. */
export function sectionOf(type: string): Section {
  return sections.find(({ kinds }) => type in kinds) ?? others;
}

/** A type that no section has: it may be a rule, or run anything, so nothing about it is taken for neutral. */
function unknownKind(type: string): Kind {
  const note = "a kind of resource that the review has no rules for";
  return {
    subject: (_, name) => [
      `${type.split(":").at(-1)}${type.startsWith("pulumi:providers:") ? " provider" : ""}`,
      name,
    ],
    owner: "project",
    attributes: {},
    created: { rank: "unclear", note: `created; ${note}` },
    deleted: { rank: "unclear", note: `deleted; ${note}` },
    gap: "it does not exist",
  };
}
