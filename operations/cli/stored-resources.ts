import { redact } from "../../lib/credentials/patterns.ts";
import { type StoredResource, storedIn } from "../../lib/pulumi/stored.ts";
import { pulumi } from "./run-pulumi.ts";

/**
 * The resources of a stack's state, their secrets readable: they stay in this process.
 * @throws when the state or its passphrase is not at hand
 */
export async function storedResources(stack: string): Promise<StoredResource[]> {
  const { code, stdout, stderr } = await pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
  const resources = storedIn(stdout);
  if (code === 0 && resources) return resources;
  // What was printed holds secrets: only the error output may be shown.
  throw new Error(`the state of stack ${stack} cannot be read (code ${code}): ${redact(stderr.trim())}`);
}
