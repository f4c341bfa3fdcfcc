/** What a refresh says of the stack's state. */
import { redact } from "../../lib/credentials/patterns.ts";
import { errorsIn, readDigest, type Step } from "../../lib/pulumi/preview.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { pulumi } from "../cli/run-pulumi.ts";

/**
 * What the services say of every resource, compared with the state, which stays as it is.
 * @throws with the engine's own errors when a resource could not be read
 */
export async function refreshSteps(stack: string): Promise<Step[]> {
  const { code, stdout, stderr } = await pulumi(["refresh", "--preview-only", "--json", "--stack", stack]);
  const digest = readDigest(stdout);
  const errors = (digest ? errorsIn(digest) : []).map(
    ({ urn, message }) => `${urn ? `${nameIn(urn)}: ` : ""}${message.trim()}`,
  );
  if (digest?.steps && code === 0 && errors.length === 0) return digest.steps;
  const said =
    errors.length > 0 ? errors.join("\n") : stderr.trim() || "what it printed is no JSON of a refresh";
  throw new Error(`pulumi refresh of stack ${stack} ended with code ${code}:\n${redact(said)}`);
}
