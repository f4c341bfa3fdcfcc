import { authorizationDescription } from "../../infra/components/heroku/authorization.ts";
import type { StackConfig } from "../../infra/config/config.ts";
import { ProblemsError } from "../../infra/config/problems.ts";
import { type Finding, problem } from "../../infra/preflight/check.ts";
import { examine } from "../../infra/preflight/preflight.ts";
import { ownedAmong } from "../../infra/preflight/state.ts";
import { thisMachine } from "../../infra/preflight/surroundings.ts";
import { makesAuthorization } from "../../lib/heroku/authorization.ts";
import { withoutMark } from "../../lib/pulumi/mark.ts";
import { plain, type StoredResource } from "../../lib/pulumi/stored.ts";
import { types } from "../../lib/pulumi/types.ts";
import type { Properties } from "../../lib/pulumi/values.ts";
import { root } from "../../lib/repository.ts";
import { readVariables } from "../cli/launch.ts";
import type { Stack } from "../cli/stack.ts";
import { storedResources } from "../cli/stored-resources.ts";

/** Looks at all that an update of the stack would, as the stack is now, without running its program. */
export async function examineStack(stack: Stack): Promise<readonly Finding[]> {
  // docker and Pulumi's plugins are looked for as `npx pulumi up` does it; variables that are set win.
  for (const [name, value] of Object.entries(readVariables(root, stack.name))) process.env[name] ??= value;
  const config = await settingsOf(stack);
  if ("findings" in config) return config.findings;
  const resources = await storedResources(stack.name);
  const { findings } = await examine(config, {
    ...thisMachine,
    owned: async () => ownedAmong(resources),
    pipelineKey: async () => pipelineKeyIn(resources, config),
  });
  return findings;
}

/** The key that the stack made for the deploy job; undefined where there is none yet. */
export function pipelineKeyIn(
  resources: readonly StoredResource[],
  { gitlabNamespace, serverProjectName, herokuTokenGenerations }: StackConfig,
): string | undefined {
  const user = `${gitlabNamespace}/${serverProjectName}`;
  const wanted = authorizationDescription(user, herokuTokenGenerations.at(-1) ?? 1);
  const made = resources.find(
    ({ type, inputs }) =>
      type === types.command &&
      makesAuthorization(plain(inputs.create)) &&
      withoutMark(plain((inputs.environment as Properties | undefined)?.DESCRIPTION)) === wanted,
  );
  const printed = plain(made?.outputs.stdout);
  return printed === "" ? undefined : (JSON.parse(printed) as { token?: string }).token;
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
