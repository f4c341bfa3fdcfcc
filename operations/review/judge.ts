/** From the changes of a preview to what a reviewer decides on: pure, from Pulumi's JSON to findings. */
import type { Rank, Verdict } from "../../lib/kinds/comparers.ts";
import { harmlessList } from "../../lib/kinds/harmless.ts";
import { type Attribute, type Event, eventVerdict, harmlessInNew, type Kind } from "../../lib/kinds/kind.ts";
import { kindOf } from "../../lib/kinds/kinds.ts";
import { type Owner, ownersOf } from "../../lib/kinds/owners.ts";
import { reasons } from "../../lib/kinds/reasons.ts";
import type { Digest, PolicyEvent, Step } from "../../lib/pulumi/preview.ts";
import { valueAt } from "../../lib/pulumi/property-path.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { equal, type Properties, shown, UNKNOWN, type Value } from "../../lib/pulumi/values.ts";
import { listed, partition } from "../../lib/text/lists.ts";
import { isAppAgain } from "./apps-again.ts";
import { type Action, type Change, changesOf } from "./changes.ts";
import { coverAfter, coverMeanwhile } from "./coverage.ts";
import { isNewGeneration } from "./generations.ts";
import { rulesMoved } from "./moved-rules.ts";
import { type OutputChange, outputChanges } from "./outputs.ts";
import { type Context, changed, optionVerdicts, originOf } from "./verdicts.ts";

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
  /** Why a neutral one is harmless. */
  readonly reason?: string;
  readonly urn: string;
  /** URN of the rule that goes for this one. */
  readonly insteadOf?: string;
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
  const told = rulesMoved(changes).map((change) => ({ change, findings: findingsOf(change, context) }));
  const outputs = outputChanges(digest.outputs);
  const findings = [...told.flatMap((one) => one.findings), ...outputs.map(outputFinding)].map(grounded).sort(
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
        .filter(
          ({ findings, change }) => findings.length === 0 && change.op !== "same" && !isComponent(change),
        )
        .map((one) => one.change),
    ),
    weaker: findings.some(({ rank }) => rank === "weaker" || rank === "unclear"),
    changes: [...changes, ...outputs.map(({ change }) => change)],
    warnings: warningsOf(digest),
    refusals: refusalsOf(digest),
  };
}

const harmlessReasons = new Set(harmlessList().map(({ reason }) => reason));

/** Neutral is only what is on the list that people read. */
function grounded(finding: Finding): Finding {
  const isListed = finding.reason !== undefined && harmlessReasons.has(finding.reason);
  return finding.rank === "neutral" && !isListed ? { ...finding, rank: "unclear" } : finding;
}

function outputFinding({ change: { urn, name }, verdict }: OutputChange): Finding {
  const { isConcealed: _, isCounted: __, ...told } = verdict;
  return { ...told, open: false, noun: "output", name, owner: "", attribute: "", urn };
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

function findingsOf(change: Change, context: Context): Finding[] {
  const kind = kindOf(change.type, change.old?.inputs, change.new?.inputs);
  const owner = context.ownerOf(change, kind);
  const finding = findingOf(change, kind, owner);
  // A component is no more than its parts, but for what it says of all of them.
  if (isComponent(change))
    return optionVerdicts(change, component, context).map(([verdict, label]) => finding(verdict, label));
  if (kind.harmless !== undefined) return [];
  const found = wholeFindings(change, kind, owner, context, finding);
  return kind.countsNeutral ? found.filter(({ rank, gap }) => rank !== "neutral" || gap) : found;
}

const component: Kind = { subject: (_, name) => ["component", name], attributes: {} };

function wholeFindings(change: Change, kind: Kind, owner: Owner, context: Context, finding: Make): Finding[] {
  const options = () =>
    optionVerdicts(change, kind, context).map(([verdict, label]) => finding(verdict, label));
  switch (change.action) {
    case "create":
    case "import":
      return [...comes(change, kind, owner, context, finding), ...options()];
    case "delete":
      return owner.goes ? [] : [finding(deletion(change, kind, kind.deleted ?? gone, context.steps))];
    case "update":
    case "replace": {
      const gap = gapOf(change, kind, context.steps);
      return changed(change, kind, owner, context)
        .filter(([{ isCounted }]) => !isCounted || gap.gap !== undefined)
        .map(([verdict, label]) => ({ ...finding(verdict, label), ...gap }));
    }
    case "other":
      return [
        finding({ rank: "unclear", note: `Pulumi would do "${change.op}", which the review does not know` }),
      ];
  }
}

const made: Event = { rank: "unclear", note: "new" };
const gone: Event = { rank: "unclear", note: "deleted" };

/** A resource that comes: back, as one more generation, or as a new one. */
function comes(change: Change, kind: Kind, owner: Owner, context: Context, finding: Make): Finding[] {
  if (isNewGeneration(change, kind, context.steps, context.now))
    return [
      finding({
        rank: "neutral",
        note: "new generation; allows no more than the one that is there",
        reason: reasons.newGeneration,
      }),
    ];
  if (isPutBack(change) || isAppAgain(change, context.steps))
    return [
      finding({
        rank: "neutral",
        note: "put back as the stack made it; somebody deleted it",
        reason: reasons.putBack,
      }),
    ];
  return created(change, kind, { ...owner, isNew: owner.isNew || context.isUnfinished }, finding);
}

/** Whether a resource that somebody deleted is made again as it was applied last. */
function isPutBack({ applied, new: wanted }: Change): boolean {
  const [old, now] = [applied?.inputs, wanted?.inputs];
  if (!old || !now) return false;
  const keys = Object.keys({ ...old, ...now }).filter((key) => !key.startsWith("__"));
  return keys.every((key) => equal(old[key], now[key]) || now[key] === UNKNOWN);
}

type Make = (verdict: Verdict, attribute?: string, open?: boolean) => Finding;

/** How findings of a change call its resource: as it was, so that a reader knows it. */
function findingOf(change: Change, kind: Kind, owner: Owner): Make {
  const named = change.old ?? change.new;
  const [noun, name] = kind.subject({ ...named?.outputs, ...named?.inputs }, change.name);
  return ({ isConcealed: _, isCounted: __, ...verdict }, attribute = "", open = false) => ({
    open,
    attribute,
    noun,
    name,
    owner: owner.name,
    urn: change.urn,
    ...(change.insteadOf !== undefined && { insteadOf: change.insteadOf }),
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

/** A new resource: said where it is open, and where its project was there before or it is not known to be harmless. */
function created(change: Change, kind: Kind, owner: Owner, finding: Make): Finding[] {
  const inputs = change.new?.inputs ?? {};
  const open = Object.entries(kind.attributes).flatMap(([path, attribute]) => {
    const verdict = openness(attribute, valueAt(inputs, path), inputs);
    if (!verdict) return [];
    // Nothing can get weaker in a project that does not exist yet.
    const ranked: Pick<Verdict, "rank" | "reason"> =
      owner.isNew || !kind.owner ? { rank: "neutral", reason: reasons.nothingThere } : { rank: "weaker" };
    return [finding({ ...verdict, ...ranked, note: "new, and open" }, attribute.label, true)];
  });
  if (open.some(({ rank }) => rank === "weaker")) return open;
  const event = kind.created ?? made;
  const origin = originOf(change, event.of ?? "");
  if (owner.isNew && harmlessInNew(event, inputs, origin) !== undefined) return open;
  const verdict = eventVerdict(event, inputs, origin);
  return verdict.rank === "neutral" && open.length > 0 ? open : [...open, finding(verdict)];
}

/** The value of a new resource's attribute, where it is less strict than this repository's own settings make it. */
function openness(
  { compare, expected, absent }: Attribute,
  value: Value | undefined,
  inputs: Properties,
): Pick<Verdict, "after"> | undefined {
  const wanted = typeof expected === "function" ? expected(inputs) : expected;
  const present = value ?? absent;
  if (wanted === undefined || present === undefined) return undefined;
  const { rank, after } = compare(wanted, present);
  if (rank === "neutral" || rank === "stronger" || equal(wanted, present)) return undefined;
  return after === undefined ? {} : { after };
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
