/** What a reviewer is told about each type of resource: a table of attributes, with a safe default for the rest. */

import type { Properties, Value } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";
import { type Comparer, neutral, type Rank, unclear, type Verdict } from "./comparers.ts";
import { gitlabKinds } from "./gitlab-kinds.ts";
import { herokuAuthorization, herokuKinds } from "./heroku-kinds.ts";

export interface Attribute {
  /** What it is, in words. */
  readonly label: string;
  readonly compare: Comparer;
  /** What the service takes where the program says nothing. */
  readonly absent?: string | boolean;
  /** What a new resource is held against: one that is weaker is told to be open. */
  readonly expected?: Value | ((inputs: Properties) => Value | undefined);
  /** Told only where nothing else of the resource changes. */
  readonly quiet?: boolean;
}

/** What a whole resource's coming or going means. */
export interface Event {
  readonly rank: Rank | ((inputs: Properties) => Rank);
  readonly note: string | ((inputs: Properties) => string);
}

export interface Kind {
  /** What it is, in words, and which one: `tags`, `v*`. */
  readonly subject: (inputs: Properties, name: string) => readonly [noun: string, name: string];
  /** Input that holds the id of the project or app that it belongs to. */
  readonly owner?: "project" | "projectId" | "appId";
  /** By path; what is not in the table is for a person to look at. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Made in a project or app that was there before; without it a count and no more. */
  readonly created?: Event;
  /** Removed while its project or app stays; without it a count and no more. */
  readonly deleted?: Event;
  /** What holds while it is gone, where it is deleted before its replacement is made. */
  readonly gap?: string;
  /** For rules: the input with the refs that they protect. */
  readonly pattern?: "tag" | "branch";
  /** For credentials that have generations: whether two are of the same use. */
  readonly isSame?: (old: Properties, made: Properties) => boolean;
}

/** Types of the two services that guard nothing and give nobody access. */
const harmless = [
  "heroku:formation/formation:Formation",
  "gitlab:index/projectBadge:ProjectBadge",
  "gitlab:index/label:Label",
  "gitlab:index/projectLabel:ProjectLabel",
  "gitlab:index/projectMilestone:ProjectMilestone",
];

/** The kind of a changed resource; undefined for what is a count and no more. */
export function kindOf(change: Change): Kind | undefined {
  if (change.type === "command:local:Command") return herokuAuthorization(change);
  const listed = gitlabKinds[change.type] ?? herokuKinds[change.type];
  if (listed) return listed;
  const ofService = /^(gitlab|heroku|pulumi:providers:(gitlab|heroku)$)/.test(change.type);
  return ofService && !harmless.includes(change.type) ? unknownKind(change.type) : undefined;
}

/** A type of a service that the tables do not know: it may be a rule, so nothing about it is taken for neutral. */
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

/** How one attribute is judged and called. */
export function attributeOf(kind: Kind, path: string): Attribute {
  if (path === "protect") return pulumiLock;
  const names = path.split(".");
  for (let length = names.length; length > 0; length--) {
    const listed = kind.attributes[names.slice(0, length).join(".")];
    if (listed) return listed;
  }
  // The value of an unknown attribute may be a credential that the provider does not mark.
  const sensitive = /token|password|secret|key|value|credential|header/i.test(path);
  return { label: path, compare: sensitive ? () => ({ rank: "unclear", note: "changed" }) : unclear };
}

const pulumiLock: Attribute = {
  label: "lock against deletion by Pulumi (protect)",
  compare: (before, after) => ({ ...neutral(before, after), rank: after ? "stronger" : "weaker" }),
};

/** An event's verdict on one resource. */
export function eventVerdict({ rank, note }: Event, inputs: Properties): Verdict {
  return {
    rank: typeof rank === "string" ? rank : rank(inputs),
    note: typeof note === "string" ? note : note(inputs),
  };
}
