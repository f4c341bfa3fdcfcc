/** The stack's state and what a refresh says of it. */
import { z } from "zod";
import { redact } from "../../lib/credentials/patterns.ts";
import { errorsIn, readDigest, type Step } from "../../lib/pulumi/preview.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { saysAppIsGone } from "../cli/gone-apps.ts";
import { pulumi } from "../cli/run-pulumi.ts";

const properties = z.record(z.string(), z.unknown());

const deployment = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          inputs: properties.default({}),
          outputs: properties.default({}),
        }),
      )
      .default([]),
  }),
});

/** A resource of an exported state. */
export type StoredResource = z.output<typeof deployment>["deployment"]["resources"][number];

/**
 * What the services say of every resource, compared with the state, which stays as it is.
 * @throws with the engine's own errors when a resource could not be read
 */
export async function refreshSteps(stack: string): Promise<Step[]> {
  const first = await refresh(stack, []);
  if (first.steps) return first.steps;
  // Of an app that was deleted outside, the provider cannot read what belongs to it; all the rest it can.
  const orphans = first.errors.flatMap(({ urn, message }) => (urn && saysAppIsGone(message) ? [urn] : []));
  const second = orphans.length > 0 ? await refresh(stack, orphans) : first;
  if (second.steps) return second.steps;
  throw new Error(`pulumi refresh of stack ${stack} ended with code ${second.code}:\n${redact(second.said)}`);
}

/** A preview of a refresh that leaves some resources out. Without steps it has failed. */
async function refresh(stack: string, left: readonly string[]) {
  const words = ["refresh", "--preview-only", "--json", "--stack", stack];
  const { code, stdout, stderr } = await pulumi([...words, ...left.flatMap((urn) => ["--exclude", urn])]);
  const digest = readDigest(stdout);
  const errors = digest ? errorsIn(digest) : [];
  const lines = errors.map(({ urn, message }) => `${urn ? `${nameIn(urn)}: ` : ""}${message.trim()}`);
  const said = lines.join("\n") || stderr.trim() || "what it printed is no JSON of a refresh";
  return { code, errors, said, steps: code === 0 && errors.length === 0 ? digest?.steps : undefined };
}

/**
 * The resources of the state, their secrets readable: they stay in this process.
 * @throws when the state or its passphrase is not at hand
 */
export async function storedResources(stack: string): Promise<StoredResource[]> {
  const { code, stdout, stderr } = await pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
  const read = deployment.safeParse(json(stdout));
  if (code === 0 && read.success) return read.data.deployment.resources;
  // What was printed holds secrets: only the error output may be shown.
  throw new Error(`the state of stack ${stack} cannot be read (code ${code}): ${redact(stderr.trim())}`);
}

/** The text of an exported value that may be a secret; "" where it is no text. */
export function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const sealed = z.object({ plaintext: z.string() }).safeParse(value);
  return sealed.success ? plain(JSON.parse(sealed.data.plaintext)) : "";
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller tells what was found instead.
  }
}
