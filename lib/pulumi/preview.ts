/** What `pulumi preview --json` and `pulumi refresh --preview-only --json` print. */
import { z } from "zod";
import { canonical, type Properties } from "./values.ts";

const properties: z.ZodType<Properties> = z.record(z.string(), z.json());

const state = z.looseObject({
  type: z.string().optional(),
  id: z.string().optional(),
  /** False for a component, which is nothing outside the program. */
  custom: z.boolean().optional(),
  inputs: properties.optional(),
  outputs: properties.optional(),
  protect: z.boolean().optional(),
  /** When it was made. */
  created: z.string().optional(),
  dependencies: z.array(z.string()).optional(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).optional(),
});

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state.optional(),
  newState: state.optional(),
  diffReasons: z.array(z.string()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: z
    .record(z.string(), z.object({ kind: z.string(), inputDiff: z.boolean().optional() }))
    .nullish(),
});

const policyEvent = z.object({
  resourceUrn: z.string().optional(),
  message: z.string(),
  policyName: z.string(),
  enforcementLevel: z.string(),
});

const digest = z.object({
  steps: z.array(step).nullish(),
  diagnostics: z
    .array(z.object({ urn: z.string().optional(), message: z.string(), severity: z.string() }))
    .nullish(),
  policyEvents: z.array(policyEvent).optional(),
  /** Outputs of the stack; only the stream of events has the new ones. */
  outputs: z.object({ before: properties, after: properties }).optional(),
});

/** A resource before or after; secrets are replaced by a mark (`SECRET`). */
export type State = z.output<typeof state>;

/** What is done to one resource; `display.PreviewStep` of Pulumi. */
export type Step = z.output<typeof step>;

/** What a rule of a policy pack refuses; `apitype.PolicyEvent` of Pulumi. */
export type PolicyEvent = z.output<typeof policyEvent>;

/** `display.PreviewDigest` of Pulumi, which leaves out what policies say. */
export type Digest = z.output<typeof digest>;

/** Reads what Pulumi printed; undefined where that is no digest, but an error in words. */
export function readDigest(text: string): Digest | undefined {
  try {
    return digest.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** What went wrong, in Pulumi's own words. */
export function errorsIn({ diagnostics }: Digest): NonNullable<Digest["diagnostics"]> {
  return (diagnostics ?? []).filter(({ severity }) => severity === "error");
}

/** What mandatory policies refuse, from the stream of events of `pulumi preview --json`, a line each. */
export function refusalsIn(stream: string): PolicyEvent[] {
  return stream
    .split("\n")
    .filter((line) => line.includes('"policyEvent"'))
    .flatMap((line) => z.object({ policyEvent }).safeParse(JSON.parse(line)).data?.policyEvent ?? [])
    .filter(({ enforcementLevel }) => enforcementLevel === "mandatory");
}

/** Outputs of the stack before and after, from the stream of events; undefined where the program did not get that far. */
export function outputsIn(stream: string): Digest["outputs"] {
  const event = z.object({
    resOutputsEvent: z.object({
      metadata: z.object({
        type: z.literal("pulumi:pulumi:Stack"),
        old: z.object({ outputs: properties.nullish() }).nullish(),
        new: z.object({ outputs: properties.nullish() }).nullish(),
      }),
    }),
  });
  const last = stream
    .split("\n")
    .filter((line) => line.includes('"resOutputsEvent"') && line.includes('"pulumi:pulumi:Stack"'))
    .map((line) => event.safeParse(JSON.parse(line)).data?.resOutputsEvent.metadata)
    .filter((metadata) => metadata !== undefined)
    .at(-1);
  return last && { before: last.old?.outputs ?? {}, after: last.new?.outputs ?? {} };
}

/** The steps of which `replace` is the whole. */
const parts = ["create-replacement", "delete-replaced", "import-replacement"];

/**
 * The step of each resource as a whole. With --refresh what was found outside comes first, as a change of the state
 * alone, and then what is done: the last one.
 */
export function wholeSteps(steps: readonly Step[]): Step[] {
  const wholes = steps.filter(({ op }) => !parts.includes(op));
  return [...new Map(wholes.map((one) => [one.urn, one])).values()];
}

/** What a preview cannot know yet, or what says only where in the program a resource stands. */
const NOT_COMPARED = new Set(["outputs", "id", "created", "modified", "sourcePosition", "stackTrace"]);

/** Lists of which the order says nothing. */
const UNORDERED = new Set(["dependencies", "propertyDependencies", "aliases"]);

/** Whether an update would leave the state as it is: every resource with all its options, and the stack's outputs. */
export function changesNothing({ steps, outputs }: Digest): boolean {
  if (!outputs || canonical(outputs.before) !== canonical(outputs.after)) return false;
  return (steps ?? []).every(
    ({ op, oldState, newState }) =>
      op === "same" && oldState && newState && canonical(kept(oldState)) === canonical(kept(newState)),
  );
}

/** What of a resource an update that does nothing to it would still write. */
function kept(state: State): object {
  return Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => !NOT_COMPARED.has(name))
      .map(([name, value]) => [name, UNORDERED.has(name) ? sorted(value) : value]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.toSorted();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sorted(inner)]));
}
