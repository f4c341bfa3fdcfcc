/** All kinds of resources, in the order in which a reader wants them. */
import type { Properties } from "../pulumi/values.ts";
import { accounts } from "./accounts.ts";
import { apps } from "./apps.ts";
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
  credentials,
  members,
  projects,
  apps,
  accounts,
  others,
];

const byType: Readonly<Record<string, Kind>> = Object.assign({}, ...sections.map(({ kinds }) => kinds));

/** The kind of a resource with any of these inputs; a cautious one for a type of the services that has none. */
export function kindOf(type: string, ...inputs: readonly (Properties | undefined)[]): Kind | undefined {
  const known = byType[type];
  if (known?.applies) return inputs.some((one) => one && known.applies?.(one)) ? known : undefined;
  if (known) return known;
  return /^(gitlab:|heroku:|pulumi:providers:(gitlab|heroku)$)/.test(type) ? unknownKind(type) : undefined;
}

/** What a resource of a type with these inputs is called in every report, noun and name. */
export function subjectFor(type: string, inputs: Properties): readonly [noun: string, name: string] {
  return kindOf(type, inputs)?.subject(inputs, "") ?? [type, ""];
}

/** The same in one: `access token access-mlserver`. */
export function wordsFor(type: string, inputs: Properties): string {
  return subjectFor(type, inputs).join(" ").trim();
}

/** The section that a type is in; the last one where none has it. */
export function sectionOf(type: string): Section {
  return sections.find(({ kinds }) => type in kinds) ?? others;
}

/** A type of a service that no section has: it may be a rule, so nothing about it is taken for neutral. */
function unknownKind(type: string): Kind {
  const note = "a kind of resource that the review has no rules for";
  return {
    subject: (_, name) => [type.split(":").at(-1) ?? type, name],
    owner: "project",
    attributes: {},
    created: { rank: "unclear", note: `created; ${note}` },
    deleted: { rank: "unclear", note: `deleted; ${note}` },
    gap: "it does not exist",
  };
}
