/** What the product knows about a type of resource: described once, read by review, drift and policy. */
import { mayHoldCredential } from "../credentials/patterns.ts";
import type { Properties, Value } from "../pulumi/values.ts";
import {
  type Comparer,
  hiddenNeutral,
  neutral,
  type Origin,
  type Rank,
  unclear,
  type Verdict,
} from "./comparers.ts";

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
  /** Why no change of it can weaken anything. */
  readonly harmless?: string;
  /** Whether its value comes from other resources: then it is told at those what it follows from. */
  readonly follows?: boolean;
}

/** An attribute that no change can weaken anything by; its values are shown. */
export function harmless(label: string, reason: string): Attribute {
  return { label, compare: neutral(reason), harmless: reason };
}

/** The same of one whose values are never shown. */
export function harmlessHidden(label: string, reason: string, note?: string): Attribute {
  return { label, compare: hiddenNeutral(reason, note), harmless: reason };
}

/** What a whole resource's coming or going means. */
export interface Event {
  readonly rank: Rank | ((inputs: Properties, origin?: Origin) => Rank);
  readonly note: string | ((inputs: Properties, origin?: Origin) => string);
  /** Why it is harmless where its rank is neutral. */
  readonly harmless?: string;
  /** Why it is harmless in a project or app, or a whole stack, that is made by the same update; or none where it is not. */
  readonly inNew?: string | ((inputs: Properties, origin?: Origin) => string | undefined);
  /** Input whose origin matters. */
  readonly of?: string;
}

export interface Kind {
  /** What it is, in words, and which one: `tags`, `v*`. Properties are the outputs with the inputs over them. */
  readonly subject: (properties: Properties, name: string) => readonly [noun: string, name: string];
  /** Input that holds the id of the project or app that it belongs to. */
  readonly owner?: "project" | "projectId" | "appId";
  /** By path; what is not in the table is for a person to look at. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Made in a project or app that was there before; without it for a person to look at. */
  readonly created?: Event;
  /** Removed while its project or app stays; without it for a person to look at. */
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
  /** For a type of which only some are of this kind: the kind of a resource that has these inputs, before and after. */
  readonly which?: (inputs: readonly Properties[]) => Kind;
  /** Attributes that the program itself leaves as they are, each with the reason. */
  readonly ignores?: Readonly<Record<string, string>>;
  /** Whether its neutral changes are only counted. */
  readonly countsNeutral?: boolean;
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

/** Judges a change of an attribute. What is neutral without a reason is for a person to look at. */
export function verdictOn(
  attribute: Attribute,
  before: Value | undefined,
  after: Value | undefined,
  inputs?: Properties,
  origin?: Origin,
): Verdict {
  const defaulted = (value: Value | undefined) => value ?? attribute.absent;
  return withReason(attribute.compare(defaulted(before), defaulted(after), inputs, origin));
}

function withReason(verdict: Verdict): Verdict {
  return verdict.rank === "neutral" && !verdict.reason ? { ...verdict, rank: "unclear" } : verdict;
}

/** An event's verdict on one resource. */
export function eventVerdict({ rank, note, harmless }: Event, inputs: Properties, origin?: Origin): Verdict {
  const ranked = typeof rank === "string" ? rank : rank(inputs, origin);
  return withReason({
    rank: ranked,
    note: typeof note === "string" ? note : note(inputs, origin),
    ...(ranked === "neutral" && harmless && { reason: harmless }),
  });
}

/** Why it is harmless that a resource comes with the project or app that it is in; undefined where it is not. */
export function harmlessInNew({ inNew }: Event, inputs: Properties, origin?: Origin): string | undefined {
  return typeof inNew === "function" ? inNew(inputs, origin) : inNew;
}
