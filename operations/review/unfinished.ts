/**
 * Updates that were begun and have not succeeded. What such an update was allowed to do needs no other approval when it is
 * run again: the rest of the very same changes, or a resource that it deleted and could not make again put back as it was.
 * Kept in a file beside the approvals from before the update until one succeeds, so it outlives a kill of any process.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { optionPrefix } from "../../lib/kinds/options.ts";
import { equal, isProperties, type Properties, UNKNOWN, type Value } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";
import type { Review } from "./judge.ts";

const properties: z.ZodType<Properties> = z.record(z.string(), z.json());

const change = z.object({
  urn: z.string(),
  op: z.string(),
  /** Inputs as a preview shows them, without secrets. */
  before: properties.optional(),
  after: properties.optional(),
  /** Options as they become, by name: `option:provider`. */
  options: properties.optional(),
});

const update = z.object({
  /** When the first try of it began: ISO 8601, UTC. */
  startedAt: z.string(),
  /** Whether the stack was empty then: until an update succeeds it has never come up. */
  isFirst: z.boolean(),
  /** What its tries were allowed to do. */
  allowed: z.array(change),
  /** Fingerprints of the approvals that they were run with. */
  approvals: z.array(z.string()),
});

/** An update that has not succeeded. */
export type UnfinishedUpdate = z.output<typeof update>;
type Allowed = z.output<typeof change>;

const fileOf = (root: string, stack: string) =>
  path.join(root, ".pulumi/updates", `${encodeURIComponent(stack)}.json`);

/** The stack's update that was begun and has not succeeded; undefined where there is none. */
export function readUnfinished(root: string, stack: string): UnfinishedUpdate | undefined {
  try {
    return update.parse(JSON.parse(readFileSync(fileOf(root, stack), "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // Without it more is asked for, never less.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** What an update is about to do. */
export interface Beginning {
  readonly isFirst: boolean;
  readonly changes: readonly Change[];
  /** Fingerprint of its approval, where it has one. */
  readonly approval?: string;
}

/** Notes that an update begins, beside what earlier tries of it were allowed to do. */
export function beginUpdate(root: string, stack: string, { isFirst, changes, approval }: Beginning): void {
  const earlier = readUnfinished(root, stack);
  const now: UnfinishedUpdate = {
    startedAt: earlier?.startedAt ?? new Date().toISOString(),
    isFirst: isFirst || earlier?.isFirst === true,
    allowed: distinct([...(earlier?.allowed ?? []), ...changes.map(allowedOf)]),
    approvals: [...new Set([...(earlier?.approvals ?? []), ...(approval === undefined ? [] : [approval])])],
  };
  const file = fileOf(root, stack);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(now, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Forgets the update: one of the stack has succeeded, or everything is gone. */
export function endUpdate(root: string, stack: string): void {
  rmSync(fileOf(root, stack), { force: true });
}

function allowedOf({ urn, op, old, new: wanted, attributes }: Change): Allowed {
  return {
    urn,
    op,
    ...(Object.keys(optionsOf(attributes)).length > 0 && { options: optionsOf(attributes) }),
    ...(old?.inputs && { before: old.inputs }),
    ...(wanted?.inputs && { after: wanted.inputs }),
  };
}

function optionsOf(attributes: Change["attributes"]): Properties {
  const options = attributes.filter(({ path }) => path.startsWith(optionPrefix));
  return Object.fromEntries(options.map(({ path, after }) => [path, after ?? null]));
}

function distinct(allowed: readonly Allowed[]): Allowed[] {
  return [...new Map(allowed.map((one) => [JSON.stringify(one), one])).values()];
}

/** Whether all that is weaker in a review is the rest of what an unfinished update was allowed to do. */
export function isRestOf({ allowed }: Pick<UnfinishedUpdate, "allowed">, judged: Review): boolean {
  const weaker = judged.findings.filter(({ rank }) => rank === "weaker" || rank === "unclear");
  const urns = weaker.flatMap(({ urn, insteadOf }) => [urn, ...(insteadOf === undefined ? [] : [insteadOf])]);
  const changes = urns.map((urn) => judged.changes.find((one) => one.urn === urn));
  return changes.every(
    (found) => found !== undefined && allowed.some((one) => one.urn === found.urn && covers(one, found)),
  );
}

function covers(allowed: Allowed, { op, action, old, new: wanted, attributes }: Change): boolean {
  const options = Object.entries(optionsOf(attributes));
  if (!options.every(([name, value]) => equal(allowed.options?.[name], value))) return false;
  if (old?.protect && !wanted?.protect) return false;
  if (action === "other") return allowed.op === op;
  if (action === "delete") return allowed.op === "delete";
  const becomes = (inputs: Properties | undefined) => inputs !== undefined && is(inputs, wanted?.inputs);
  return becomes(allowed.after) || (action === "create" && becomes(allowed.before));
}

/** Whether a value is another one, of which some parts may not have been known yet. */
function is(planned: Value | undefined, value: Value | undefined): boolean {
  if (planned === UNKNOWN) return true;
  if (isProperties(planned) && isProperties(value)) {
    const names = [...new Set([...Object.keys(planned), ...Object.keys(value)])];
    return names.every((name) => name === "__defaults" || is(planned[name], value[name]));
  }
  if (Array.isArray(planned) && Array.isArray(value))
    return planned.length === value.length && planned.every((one, index) => is(one, value[index]));
  return equal(planned, value);
}
