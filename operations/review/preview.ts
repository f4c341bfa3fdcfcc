/** Runs a preview, past the guard of `npx pulumi`, and reads Pulumi's JSON. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readUnfinished } from "../../lib/consent/unfinished.ts";
import type { Ended } from "../../lib/process/run.ts";
import {
  changesNothing,
  type Digest,
  errorsIn,
  outputsIn,
  readDigest,
  refusalsIn,
} from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { root } from "../../lib/repository.ts";
import type { Exported } from "../cli/exported.ts";
import type { Unchanged } from "../cli/nothing-to-do.ts";
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
  const { code, stdout, stderr, events } = await withEvents([...previewOf[operation], ...shown, ...options]);
  const digest = readDigest(stdout);
  const errors = (digest ? errorsIn(digest) : []).filter(
    ({ message }) => message.trim() !== "error: preview failed",
  );
  const outputs = operation === "up" ? outputsIn(events) : undefined;
  const told = digest && { ...digest, ...(outputs && { outputs }) };
  if (code === 0 && told && errors.length === 0) return told;
  // A preview that fails and has no more to say than that is one that a policy refuses.
  const policyEvents = operation === "up" && told && errors.length === 0 ? refusalsIn(events) : [];
  if (told && policyEvents.length > 0) return { ...told, policyEvents };
  const said = [...errors.map(({ message }) => message), stderr, ...(digest ? [] : [stdout])];
  const message = said.map((text) => text.trim()).filter((text) => text !== "");
  throw new PreviewFailed(message.join("\n") || `pulumi preview ended with code ${code} and said nothing`);
}

/** Runs Pulumi and reads its events as well: only they have what policies refuse and the new outputs of the stack. */
async function withEvents(words: readonly string[]): Promise<Ended & { events: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-review-"));
  try {
    const log = path.join(folder, "events");
    // Pulumi has the option among those for debugging.
    const ended = await pulumi([...words, "--event-log", log], { PULUMI_DEBUG_COMMANDS: "true" });
    const events = await readFile(log, "utf8").catch(() => "");
    // Without them the outputs would pass unseen.
    if (ended.code === 0 && events === "") throw new PreviewFailed("pulumi preview wrote no events");
    return { ...ended, events };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Name of the stack that a preview is of. */
function stackOf(digest: Digest): string {
  const urn = digest.steps?.[0]?.urn;
  if (!urn) throw new PreviewFailed("pulumi preview named no resource, not even the stack");
  return urn.split(":")[2] as string;
}

/**
 * What a preview shows, judged; `unchanged` where an update would leave everything as it is.
 * @param plan a file for Pulumi's plan of it
 * @throws PreviewFailed
 */
export async function reviewPreview(
  options: readonly string[],
  operation: Operation = "up",
  plan?: string,
): Promise<{ stack: string; judged: Review; unchanged?: Unchanged }> {
  const digest = await preview(operation, options, plan);
  const stack = stackOf(digest);
  const judged = review(digest);
  if (changesNothing(digest)) {
    const [resources, outputs] = [digest.steps?.length ?? 0, digest.outputs?.after ?? {}];
    return { stack, judged, unchanged: { resources, outputs, warnings: judged.warnings } };
  }
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
export async function before(exported: Exported): Promise<Before> {
  const { code, stdout, stderr } = await exported();
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
