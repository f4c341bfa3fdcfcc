/** From the changes of a preview to what a reviewer decides on: pure, from Pulumi's JSON to findings. */
import type { Rank, Verdict } from "../../lib/kinds/comparers.ts";
import { type Attribute, attributeOf, type Event, eventVerdict, type Kind } from "../../lib/kinds/kind.ts";
import { kindOf } from "../../lib/kinds/kinds.ts";
import { type Owner, ownersOf } from "../../lib/kinds/owners.ts";
import type { Digest, PolicyEvent, Step } from "../../lib/pulumi/preview.ts";
import { valueAt } from "../../lib/pulumi/property-path.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { hasSecret, type Properties, shown, UNKNOWN, type Value } from "../../lib/pulumi/values.ts";
import { listed, partition } from "../../lib/text/lists.ts";
import { type Action, type AttributeChange, type Change, changesOf } from "./changes.ts";
import { coverAfter, coverMeanwhile } from "./coverage.ts";
import { isNewGeneration, withoutNewKeys } from "./generations.ts";

/** One thing to decide on. */
export interface Finding {
  readonly rank: Rank;
  /** New, and less strict than this repository's own settings make it. */
  readonly open: boolean;
  /** `tags` and `v*`, and where: `root/mlserver`. */
  readonly noun: string;
  readonly name: string;
  readonly owner: string;
  /** What of it: `who may create`; empty for the whole. */
  readonly attribute: string;
  readonly before?: string;
  readonly after?: string;
  readonly note?: string;
  /** What holds between the deletion of the old and the creation of the new one. */
  readonly gap?: string;
  readonly urn: string;
}

/** Changes that are only counted. */
export interface Count {
  readonly action: Action;
  readonly type: string;
  readonly count: number;
}

export interface Review {
  /** Weaker first. */
  readonly findings: readonly Finding[];
  readonly rest: readonly Count[];
  /** Whether somebody has to approve it: something is weaker, or may be. */
  readonly weaker: boolean;
  readonly changes: readonly Change[];
  /** What the program warns of: credentials that end soon. */
  readonly warnings: readonly string[];
  /** What the policy pack refuses, whoever approves: a headline and what is found, allowed and to be done. */
  readonly refusals: readonly (readonly string[])[];
}

const order: readonly Rank[] = ["weaker", "unclear", "stronger", "neutral"];

/** Judges everything that a preview would change; `isUnfinished` is of a stack that never came up as a whole. */
export function review(
  digest: Digest,
  { now = Date.now(), isUnfinished = false }: { now?: number; isUnfinished?: boolean } = {},
): Review {
  const changes = changesOf(digest);
  const context = {
    ownerOf: ownersOf(digest),
    steps: digest.steps ?? [],
    now,
    isUnfinished,
  };
  const told = changes.map((change) => ({ change, findings: findingsOf(change, context) }));
  const findings = told
    .flatMap((one) => one.findings)
    .sort(
      (a, b) =>
        order.indexOf(a.rank) - order.indexOf(b.rank) ||
        Number(b.open) - Number(a.open) ||
        // Pulumi's order differs from run to run.
        a.noun.localeCompare(b.noun) ||
        a.name.localeCompare(b.name) ||
        a.owner.localeCompare(b.owner),
    );
  return {
    findings,
    rest: countsOf(
      told
        .filter(({ findings, change }) => findings.length === 0 && !isComponent(change))
        .map((one) => one.change),
    ),
    weaker: findings.some(({ rank }) => rank === "weaker" || rank === "unclear"),
    changes,
    warnings: warningsOf(digest),
    refusals: refusalsOf(digest),
  };
}

/** What the program or a provider warns of at a resource; the engine's own warnings are at none. */
function warningsOf({ diagnostics }: Digest): string[] {
  const found = (diagnostics ?? []).filter(
    ({ severity, urn }) => severity === "warning" && urn && typeOf(urn) !== types.stack,
  );
  return [
    ...new Set(found.map(({ message }) => shown(message.replace(/^warning: /, "").trim(), 200))),
  ].sort();
}

/** Refusals of one rule with the same words, told once. */
function refusalsOf({ policyEvents = [] }: Digest): string[][] {
  const words = ({ policyName, message }: PolicyEvent) => `${policyName}\n${message.trim()}`;
  return partition(policyEvents, words).map((events) => {
    const [rule = "", ...said] = words(events[0] as PolicyEvent)
      .split("\n")
      .map((line) => shown(line, 300));
    const names = events.flatMap(({ resourceUrn }) => (resourceUrn ? [nameIn(resourceUrn)] : []));
    return [[rule, ...(names.length > 0 ? ["of", listed(names.sort())] : [])].join(" "), ...said];
  });
}

interface Context {
  readonly ownerOf: (change: Change, kind: Kind) => Owner;
  readonly steps: readonly Step[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether the stack never came up as a whole: what is made then completes it. */
  readonly isUnfinished: boolean;
}

function findingsOf(change: Change, context: Context): Finding[] {
  const kind = kindOf(change.type, change.old?.inputs, change.new?.inputs);
  if (!kind || kind.harmless !== undefined) return [];
  const owner = context.ownerOf(change, kind);
  const finding = findingOf(change, kind, owner);
  switch (change.action) {
    case "create":
    case "import":
      return isNewGeneration(change, kind, context.steps, context.now)
        ? [finding({ rank: "neutral", note: "new generation; allows no more than the one that is there" })]
        : created(
            kind,
            { ...owner, isNew: owner.isNew || context.isUnfinished },
            change.new?.inputs ?? {},
            finding,
          );
    case "delete":
      if (!kind.deleted || owner.goes) return [];
      return [finding(deletion(change, kind, kind.deleted, context.steps))];
    case "update":
    case "replace": {
      const gap = gapOf(change, kind, context.steps);
      return changed(change, kind, owner, context).map(([verdict, label]) => ({
        ...finding(verdict, label),
        ...gap,
      }));
    }
    case "other":
      return [
        finding({ rank: "unclear", note: `Pulumi would do "${change.op}", which the review does not know` }),
      ];
  }
}

type Make = (verdict: Verdict, attribute?: string, open?: boolean) => Finding;

/** How findings of a change call its resource: as it was, so that a reader knows it. */
function findingOf(change: Change, kind: Kind, owner: Owner): Make {
  const named = change.old ?? change.new;
  const [noun, name] = kind.subject({ ...named?.outputs, ...named?.inputs }, change.name);
  return ({ isConcealed: _, ...verdict }, attribute = "", open = false) => ({
    open,
    attribute,
    noun,
    name,
    owner: owner.name,
    urn: change.urn,
    ...verdict,
  });
}

/** What holds while a rule is gone before its replacement is there, unless another one covers it meanwhile. */
function gapOf(change: Change, kind: Kind, steps: readonly Step[]): Pick<Finding, "gap"> {
  const isCovered = kind.pattern && coverMeanwhile(change, kind.pattern, steps) !== undefined;
  return change.deletedFirst && !isCovered && kind.gap ? { gap: kind.gap } : {};
}

/** The verdict on a resource that goes; a rule may have another one beside it for the same refs. */
function deletion(change: Change, kind: Kind, event: Event, steps: readonly Step[]): Verdict {
  const cover = kind.pattern && coverAfter(change, kind.pattern, steps);
  return cover === undefined
    ? eventVerdict(event, change.old?.inputs ?? {})
    : { rank: "unclear", note: `removed; still covered by the rule for ${shown(cover)}` };
}

/** A new resource: said where it is open, and where its project was there before. */
function created(kind: Kind, owner: Owner, inputs: Properties, finding: Make): Finding[] {
  const open = Object.entries(kind.attributes).flatMap(([path, attribute]) => {
    const after = valueAt(inputs, path) ?? attribute.absent;
    const { expected } = attribute;
    const wanted = typeof expected === "function" ? expected(inputs) : expected;
    if (wanted === undefined || after === undefined) return [];
    const verdict = attribute.compare(wanted, after);
    if (verdict.rank === "neutral" || verdict.rank === "stronger") return [];
    // Nothing can get weaker in a project that does not exist yet.
    const rank = owner.isNew || !kind.owner ? "neutral" : "weaker";
    const words = verdict.after === undefined ? {} : { after: verdict.after };
    return [finding({ ...words, rank, note: "new, and open" }, attribute.label, true)];
  });
  const alone = kind.created && !owner.isNew && open.length === 0;
  return alone ? [finding(eventVerdict(kind.created, inputs))] : open;
}

function changed(change: Change, kind: Kind, owner: Owner, context: Context): [Verdict, string][] {
  const judged = change.attributes.map((one) => {
    const attribute = attributeOf(kind, one.path);
    return {
      attribute,
      verdict: judgeAttribute(change, kind, owner, attribute, withoutNew(one, change, context)),
    };
  });
  const loud = judged.filter(({ attribute }) => !attribute.quiet);
  const told = loud.length > 0 ? loud : judged;
  if (told.length > 0) return told.map(({ attribute, verdict }) => [verdict, attribute.label]);
  return [
    change.action === "replace"
      ? [{ rank: "neutral", note: "made anew, as it is" }, ""]
      : [{ rank: "unclear", note: "updated; the provider does not say what" }, ""],
  ];
}

/** The change of an attribute as it is once the old generations of the keys in it are gone. */
function withoutNew(one: AttributeChange, change: Change, { steps, now }: Context): AttributeChange {
  const made = change.new?.propertyDependencies?.[one.path] ?? [];
  return { ...one, after: withoutNewKeys(one.after, made, steps, now) };
}

function judgeAttribute(
  change: Change,
  kind: Kind,
  owner: Owner,
  attribute: Attribute,
  { path, before, after }: AttributeChange,
): Verdict {
  if (path === kind.owner && owner.isNew) return { rank: "neutral", note: `made anew with ${owner.name}` };
  if (hasSecret(before) && !hasSecret(after) && after !== undefined && after !== UNKNOWN) {
    return { rank: "weaker", note: "no longer a secret in the stack's state and diffs" };
  }
  const defaulted = (value: Value | undefined) => value ?? attribute.absent;
  return attribute.compare(defaulted(before), defaulted(after), change.new?.inputs);
}

/** A component is no more than its parts. */
function isComponent(change: Change): boolean {
  return (change.new ?? change.old)?.custom === false;
}

function countsOf(changes: Change[]): Count[] {
  const counts = new Map<string, Count>();
  for (const { action, type } of changes) {
    const key = `${action} ${type}`;
    counts.set(key, { action, type, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => `${a.action} ${a.type}`.localeCompare(`${b.action} ${b.type}`));
}
