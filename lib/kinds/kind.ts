/** What the product knows about a type of resource: described once, read by review, drift and policy. */
import { mayHoldCredential } from "../credentials/patterns.ts";
import type { Properties, Value } from "../pulumi/values.ts";
import { type Comparer, neutral, type Rank, unclear, type Verdict } from "./comparers.ts";

export interface Attribute {
  /** What it is, in words. */
  readonly label: string;
  readonly compare: Comparer;
  /** What the service takes where the program says nothing. */
  readonly absent?: string | boolean;
  /** What a new resource is held against: one that is weaker is told to be open. */
  readonly expected?: Value | ((inputs: Properties) => Value | undefined);
  /** Other in each generation of a credential, so that it says nothing of what a new one allows. */
  readonly ofGeneration?: boolean;
  /** Told only where nothing else of the resource changes. */
  readonly quiet?: boolean;
}

/** What a whole resource's coming or going means. */
export interface Event {
  readonly rank: Rank | ((inputs: Properties) => Rank);
  readonly note: string | ((inputs: Properties) => string);
}

export interface Kind {
  /** What it is, in words, and which one: `tags`, `v*`. Properties are the outputs with the inputs over them. */
  readonly subject: (properties: Properties, name: string) => readonly [noun: string, name: string];
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
  /** Paths of inputs that take a credential, which the policy wants to be secrets: `registry.password`. */
  readonly credentials?: readonly string[];
  /** Whether it holds other resources, which go with it. */
  readonly holdsOthers?: boolean;
  /** Whether it gives out a secret, which has to reach those who use it when it is made anew. */
  readonly givesSecret?: boolean;
  /** For a type of which only some are of this kind: whether one with these inputs is. */
  readonly applies?: (inputs: Properties) => boolean;
  /** Why no change of it can weaken anything: a review then counts it and says no more. */
  readonly harmless?: string;
}

/** Kinds that a reader wants together, under one title. */
export interface Section {
  readonly title: string;
  /** By type of resource. */
  readonly kinds: Readonly<Record<string, Kind>>;
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
  const sensitive = mayHoldCredential(path) || /value|header/i.test(path);
  return {
    label: path,
    compare: sensitive ? () => ({ rank: "unclear", note: "changed", isConcealed: true }) : unclear,
  };
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
