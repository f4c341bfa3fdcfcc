/** Runs a preview, past the guard of `npx pulumi`, and reads Pulumi's JSON. */
import { readUnfinished } from "../../lib/consent/unfinished.ts";
import { type Digest, errorsIn, type PolicyEvent, readDigest, refusalsIn } from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { root } from "../../lib/repository.ts";
import { pulumi } from "../cli/run-pulumi.ts";
import { type Review, review } from "./judge.ts";

/** A preview that failed; the message is what Pulumi said. */
export class PreviewFailed extends Error {}

/** What is reviewed before it is done: `pulumi up`, or `pulumi destroy` of some resources. */
export type Operation = "up" | "destroy";

const previewOf = { up: ["preview"], destroy: ["destroy", "--preview-only"] } as const;

/** What an operation with these options would do. Throws `PreviewFailed`. */
async function preview(operation: Operation, options: readonly string[], plan?: string): Promise<Digest> {
  // What stays the same names the projects; the steps of a replacement tell their order.
  const shown = [
    "--json",
    "--show-sames",
    "--show-replacement-steps",
    ...(plan ? ["--save-plan", plan] : []),
  ];
  const { code, stdout, stderr } = await pulumi([...previewOf[operation], ...shown, ...options]);
  const digest = readDigest(stdout);
  const errors = (digest ? errorsIn(digest) : []).filter(
    ({ message }) => message.trim() !== "error: preview failed",
  );
  if (code === 0 && digest && errors.length === 0) return digest;
  // A preview that fails and has no more to say than that is one that a policy refuses.
  const isRefused = operation === "up" && digest !== undefined && errors.length === 0;
  const policyEvents = isRefused ? await refusals(options) : [];
  if (digest && policyEvents.length > 0) return { ...digest, policyEvents };
  const said = [...errors.map(({ message }) => message), stderr, ...(digest ? [] : [stdout])];
  const message = said.map((text) => text.trim()).filter((text) => text !== "");
  throw new PreviewFailed(message.join("\n") || `pulumi preview ended with code ${code} and said nothing`);
}

/** What mandatory policies refuse: only the stream of events has it. */
async function refusals(options: readonly string[]): Promise<PolicyEvent[]> {
  const env = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  const { stdout } = await pulumi(["preview", "--json", ...options], env);
  return refusalsIn(stdout);
}

/** Name of the stack that a preview is of. */
function stackOf(digest: Digest): string {
  const urn = digest.steps?.[0]?.urn;
  if (!urn) throw new PreviewFailed("pulumi preview named no resource, not even the stack");
  return urn.split(":")[2] as string;
}

/** What a preview shows, judged; `plan` is a file for Pulumi's plan of it. Throws `PreviewFailed`. */
export async function reviewPreview(
  options: readonly string[],
  operation: Operation = "up",
  plan?: string,
): Promise<{ stack: string; judged: Review }> {
  const digest = await preview(operation, options, plan);
  const stack = stackOf(digest);
  const judged = review(digest);
  const makes = judged.weaker && judged.changes.some(({ action }) => action === "create");
  const isUnfinished = makes && (readUnfinished(root, stack)?.isFirst === true || !(await cameUp(options)));
  return { stack, judged: isUnfinished ? review(digest, { isUnfinished }) : judged };
}

/** Whether an update of the stack ever succeeded. */
async function cameUp(options: readonly string[]): Promise<boolean> {
  const at = options.findIndex((option) => /^(--stack|-s)$/.test(option));
  const named =
    at < 0 ? options.filter((option) => /^(--stack|-s)=/.test(option)) : options.slice(at, at + 2);
  const { code, stdout, stderr } = await pulumi([
    "stack",
    "history",
    "--json",
    "--page-size",
    "1000",
    ...named,
  ]);
  if (code !== 0) throw new PreviewFailed(stderr.trim() || stdout.trim());
  const updates = JSON.parse(stdout) as { kind: string; result: string }[];
  return updates.some(({ kind, result }) => kind === "update" && result === "succeeded");
}

/** What a state says before an update of it. */
export interface Before {
  /** No resource yet, so that nothing can get weaker. */
  readonly isEmpty: boolean;
  /** Names of resources of which the last update failed: the state may say what was wished for, not what is so. */
  readonly unfinished: readonly string[];
}

/** Looks at the state of a stack. Throws `PreviewFailed`. */
export async function before(stack: string): Promise<Before> {
  const { code, stdout, stderr } = await pulumi(["stack", "export", ...(stack ? ["--stack", stack] : [])]);
  if (code !== 0) throw new PreviewFailed(stderr.trim() || stdout.trim());
  const { deployment } = JSON.parse(stdout) as {
    deployment?: { resources?: { type: string; urn: string; initErrors?: string[] | null }[] | null };
  };
  const resources = deployment?.resources ?? [];
  return {
    isEmpty: !resources.some(({ type }) => type !== types.stack && !type.startsWith("pulumi:providers:")),
    unfinished: resources.filter(({ initErrors }) => initErrors?.length).map(({ urn }) => nameIn(urn)),
  };
}
