/** What a refresh says of the stack's state. */
import { redact } from "../../lib/credentials/patterns.ts";
import { errorsIn, readDigest, type Step } from "../../lib/pulumi/preview.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { saysAppIsGone } from "../cli/gone-apps.ts";
import { pulumi } from "../cli/run-pulumi.ts";

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
