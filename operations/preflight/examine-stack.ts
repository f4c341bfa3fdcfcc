import type { Finding } from "../../infra/preflight/check.ts";
import { examine } from "../../infra/preflight/preflight.ts";
import { ownedAmong, type StateResource } from "../../infra/preflight/state.ts";
import { thisMachine } from "../../infra/preflight/surroundings.ts";
import { root } from "../../lib/repository.ts";
import { readVariables } from "../cli/launch.ts";
import type { Stack } from "../cli/stack.ts";

/** Looks at all that an update of the stack would, as the stack is now, without running its program. */
export async function examineStack(stack: Stack): Promise<readonly Finding[]> {
  // docker and Pulumi's plugins are looked for as `npx pulumi up` does it; variables that are set win.
  for (const [name, value] of Object.entries(readVariables(root, stack.name))) process.env[name] ??= value;
  const config = await stack.config();
  const owned = async () => {
    const { deployment } = JSON.parse(await stack.read("stack", "export")) as {
      deployment: { resources?: readonly StateResource[] } | null;
    };
    return ownedAmong(deployment?.resources ?? []);
  };
  const { findings } = await examine(config, { ...thisMachine, owned });
  return findings;
}
