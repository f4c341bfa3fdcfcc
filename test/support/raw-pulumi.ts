import type { Environment } from "@tag-to-endpoint/journey";
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { launchOf } from "../../operations/cli/launch.ts";

/** Runs Pulumi's own CLI on the environment's stack, as one from elsewhere does: without the launcher and the policy. */
export async function rawPulumi(
  { root, env: own, stack }: Environment,
  args: readonly string[],
): Promise<Ended> {
  const { program, cwd, env } = await launchOf(args, { ...process.env, ...own, PULUMI_STACK: stack }, root);
  return runToEnd(program, [...args, "--non-interactive"], { cwd, env, extendEnv: false });
}
