import type { StackConfig } from "../../infra/config/config.ts";
import { ProblemsError } from "../../infra/config/problems.ts";
import { type Finding, problem } from "../../infra/preflight/check.ts";
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
  const config = await settingsOf(stack);
  if ("findings" in config) return config.findings;
  const owned = async () => {
    const { deployment } = JSON.parse(await stack.read("stack", "export")) as {
      deployment: { resources?: readonly StateResource[] } | null;
    };
    return ownedAmong(deployment?.resources ?? []);
  };
  const { findings } = await examine(config, { ...thisMachine, owned });
  return findings;
}

/** The settings, or what is wrong with them: then nothing can be asked. */
async function settingsOf(stack: Stack): Promise<StackConfig | { readonly findings: readonly Finding[] }> {
  try {
    return await stack.config();
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const findings = error.problems.map(({ setting, ...told }) => ({
      subject: "Settings" as const,
      check: "setting",
      setting,
      ...problem(told),
    }));
    return { findings };
  }
}
