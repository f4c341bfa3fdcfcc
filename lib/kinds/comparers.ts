/** How a change of one value is judged: pure functions from the old and the new value to a verdict. */
import { type AccessLevel, isNoOne, levelNamed } from "../gitlab/access-levels.ts";
import { covers } from "../gitlab/ref-pattern.ts";
import {
  equal,
  hasSecret,
  isProperties,
  type Properties,
  shown,
  UNKNOWN,
  type Value,
} from "../pulumi/values.ts";
import { reasons } from "./reasons.ts";

/** `unclear` is what no rule knows: a person has to look, so it needs approval as `weaker` does. */
export type Rank = "weaker" | "unclear" | "stronger" | "neutral";

export interface Verdict {
  readonly rank: Rank;
  /** The values in words; left out where they must not be shown or say nothing. */
  readonly before?: string;
  readonly after?: string;
  readonly note?: string;
  /** Whether the values must not be shown, whatever they are. */
  readonly isConcealed?: boolean;
  /** Why a neutral change is harmless; without a reason it is not taken for that. */
  readonly reason?: string;
  /** Neutral, and no more than counted. */
  readonly isCounted?: boolean;
}

/** What a value is made of: the URNs of the resources whose outputs are in it. */
export interface Origin {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * `inputs` are the changed resource's, for values whose meaning depends on others; `origin` is left out where nobody knows
 * what a value is made of.
 */
export type Comparer = (
  before: Value | undefined,
  after: Value | undefined,
  inputs?: Properties,
  origin?: Origin,
) => Verdict;

/** Those who have a level, in words. */
const people = (value: Value | undefined) => levelNamed(value)?.people ?? shown(value);

/** A value for which no order is known. */
export const unclear: Comparer = (before, after) => ({
  rank: "unclear",
  before: shown(before),
  after: shown(after),
});

/** A change that makes nothing weaker or stronger, for a reason. */
export const neutral =
  (reason: string): Comparer =>
  (before, after) => ({ ...unclear(before, after), rank: "neutral", reason });

/** The same of a value that is never shown. */
export const hiddenNeutral =
  (reason: string, note = "changed"): Comparer =>
  () => ({ rank: "neutral", note, isConcealed: true, reason });

/** A value that is never shown; `rank` is what its change amounts to. */
export const hidden =
  (rank: Exclude<Rank, "neutral">, note = "changed"): Comparer =>
  () => ({ rank, note, isConcealed: true });

/** For a person to look at: `unclear`, or worse, with what it may mean. */
export const forAPerson =
  (note: string, rank: Exclude<Rank, "neutral"> = "unclear"): Comparer =>
  (before, after) => ({ ...unclear(before, after), rank, note });

/** The judgement of two positions on a scale; `up` is what a move upwards is. A position that is not on it is -1. */
function moved(before: number, after: number, up: "weaker" | "stronger"): Rank {
  if (before < 0 || after < 0) return "unclear";
  if (before === after) return "neutral";
  return after > before === (up === "weaker") ? "weaker" : "stronger";
}

/** A rank, with the reason for one that is neutral: two positions of a scale that are the same. */
const ranked = (rank: Rank): Pick<Verdict, "rank" | "reason"> =>
  rank === "neutral" ? { rank, reason: reasons.same } : { rank };

/** How strict it is to let a level, and all above it, do something: nobody is the strictest. */
const strictness = (level: AccessLevel | undefined) =>
  isNoOne(level) ? Number.POSITIVE_INFINITY : (level?.number ?? -1);

/** Who may do something: a lower level lets in more people; `no one` is the strictest. */
export const whoMay: Comparer = (before, after) => ({
  ...ranked(moved(strictness(levelNamed(before)), strictness(levelNamed(after)), "stronger")),
  before: people(before),
  after: people(after),
});

/** What level somebody has: a higher one may do more. */
export const hasLevel: Comparer = (before, after) => ({
  ...ranked(moved(levelNamed(before)?.number ?? -1, levelNamed(after)?.number ?? -1, "weaker")),
  before: shown(before),
  after: shown(after),
});

/** A switch that is one of the two ways the safer one. */
export const safeWhen =
  (safe: boolean, words: readonly [off: string, on: string] = ["no", "yes"]): Comparer =>
  (before, after) => {
    const said = (value: Value | undefined) =>
      typeof value === "boolean" ? words[value ? 1 : 0] : shown(value);
    const known = typeof before === "boolean" && typeof after === "boolean";
    return {
      ...ranked(!known ? "unclear" : before === after ? "neutral" : after === safe ? "stronger" : "weaker"),
      before: said(before),
      after: said(after),
    };
  };

/** One of a list of values, the strictest first. */
export const strictestFirst =
  (...scale: string[]): Comparer =>
  (before, after) => ({
    ...ranked(moved(scale.indexOf(String(before)), scale.indexOf(String(after)), "weaker")),
    before: shown(before),
    after: shown(after),
  });

/** The judgement of two numbers, of which one may be none. */
function inOrder(old: number, wanted: number, grows: Rank, shrinks: Rank): Rank {
  if (Number.isNaN(old) || Number.isNaN(wanted)) return "unclear";
  if (old === wanted) return "neutral";
  return wanted > old ? grows : shrinks;
}

/** A number of which more is weaker (or stronger); none means no limit. */
export const amount =
  (more: "weaker" | "stronger", unit = ""): Comparer =>
  (before, after) => {
    const number = (value: Value | undefined) =>
      value === undefined || value === null || value === "" ? Number.POSITIVE_INFINITY : Number(value);
    const [old, wanted] = [number(before), number(after)];
    const said = (value: Value | undefined) => (shown(value) === "none" ? "none" : `${shown(value)}${unit}`);
    const grows: Rank = more;
    const shrinks: Rank = more === "weaker" ? "stronger" : "weaker";
    const rank = inOrder(old, wanted, grows, shrinks);
    return { ...ranked(rank), before: said(before), after: said(after) };
  };

/** The day that something ends: later is weaker, no end is weakest. */
export const endDate: Comparer = (before, after) => {
  const day = (value: Value | undefined) =>
    shown(value) === "none" ? Number.POSITIVE_INFINITY : Date.parse(String(value));
  const [old, wanted] = [day(before), day(after)];
  const said = (value: Value | undefined) => (shown(value) === "none" ? "never" : shown(value));
  const rank = inOrder(old, wanted, "weaker", "stronger");
  return { ...ranked(rank), before: said(before), after: said(after) };
};

/** What a scope lets one do besides itself. */
export type Covers = (scope: string, other: string) => boolean;

/** Scopes, as a list or a text with commas: one that the old ones did not cover is weaker, fewer are stronger. */
export const scopes =
  (covers: Covers): Comparer =>
  (before, after) => {
    if (hasSecret(before) || hasSecret(after) || after === UNKNOWN) return unclear(before, after);
    const [old, wanted] = [words(before), words(after)];
    const beyond = (some: string[], others: string[]) =>
      some.filter((scope) => !others.some((other) => other === scope || covers(other, scope)));
    // No scope at all is the service's default, whatever that is.
    const open = wanted.length === 0 || old.length === 0;
    const rank = open
      ? "unclear"
      : beyond(wanted, old).length > 0
        ? "weaker"
        : beyond(old, wanted).length > 0
          ? "stronger"
          : "neutral";
    return { ...ranked(rank), before: old.join(", ") || "none", after: wanted.join(", ") || "none" };
  };

function words(value: Value | undefined): string[] {
  const list = Array.isArray(value) ? value.map(String) : String(value ?? "").split(",");
  return list
    .map((word) => word.trim())
    .filter((word) => word !== "")
    .sort();
}

/** The refs that a rule protects: those that it lets go are weaker; new ones see the credentials. */
export const protectedRefs: Comparer = (before, after) => {
  if (typeof before !== "string" || typeof after !== "string" || after === UNKNOWN)
    return unclear(before, after);
  const told = { before: shown(before), after: shown(after) };
  if (before === after) return { ...ranked("neutral"), ...told };
  return covers(after, before)
    ? { rank: "unclear", ...told, note: `all of ${before} stays protected; more refs see the credentials` }
    : { rank: "weaker", ...told, note: `refs that only ${before} covers are no longer protected` };
};

/** Where a variable is given out: more environments are weaker, fewer stronger. */
export const environments: Comparer = (before, after) => {
  if (typeof before !== "string" || typeof after !== "string" || after === UNKNOWN)
    return unclear(before, after);
  const rank =
    before === after
      ? "neutral"
      : covers(before, after)
        ? "stronger"
        : covers(after, before)
          ? "weaker"
          : "unclear";
  return { ...ranked(rank), before: shown(before), after: shown(after) };
};

/** Who may do something, as a list: a role, and users, groups and deploy keys by their number. */
export const entries: Comparer = (before, after) => {
  if (!isList(before) || !isList(after)) return unclear(before, after);
  const [old, wanted] = [parties(before), parties(after)];
  const told = { before: old.words, after: wanted.words };
  if (old.unknown || wanted.unknown) return { rank: "unclear", ...told };
  const added = wanted.names.filter((name) => !old.names.includes(name));
  const removed = old.names.filter((name) => !wanted.names.includes(name));
  // A list that says nothing leaves the decision to GitLab.
  if (wanted.size === 0 && old.size > 0) {
    return { rank: "unclear", ...told, note: "GitLab's default then holds" };
  }
  const widest = ({ roles }: Parties) => Math.min(Number.POSITIVE_INFINITY, ...roles.map(strictness));
  const roles = moved(widest(old), widest(wanted), "stronger");
  if (added.length > 0 || roles === "weaker") return { rank: "weaker", ...told };
  return { ...ranked(removed.length > 0 || roles === "stronger" ? "stronger" : "neutral"), ...told };
};

interface Parties {
  readonly roles: AccessLevel[];
  readonly names: string[];
  readonly unknown: boolean;
  readonly size: number;
  readonly words: string;
}

const isList = (value: Value | undefined) => value === undefined || value === null || Array.isArray(value);

function parties(value: Value | undefined): Parties {
  const list = (Array.isArray(value) ? value : []).filter((item) => !isEmpty(item));
  const roles: AccessLevel[] = [];
  const names: string[] = [];
  let unknown = false;
  for (const item of list) {
    const party = isProperties(item) ? item : {};
    const named = (["userId", "groupId", "deployKeyId"] as const).find((key) => party[key]);
    const level = levelNamed(party.accessLevel);
    if (named) names.push(`${nouns[named]} ${shown(party[named])}`);
    else if (level === undefined) unknown = true;
    else if (!isNoOne(level)) roles.push(level);
  }
  const said = [
    ...roles.sort((a, b) => a.number - b.number).map((level) => level.people),
    ...names.sort(),
    ...(unknown ? [shown(value)] : []),
  ];
  return {
    roles,
    names,
    unknown,
    size: list.length,
    words: said.join(", ") || (list.length > 0 ? "no one" : "none"),
  };
}

const nouns = { userId: "user", groupId: "group", deployKeyId: "deploy key" } as const;

const isEmpty = (value: Value) => value === null || equal(value, {});
