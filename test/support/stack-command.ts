import type { Environment } from "@tag-to-endpoint/journey";
import { type Ended, runToEnd } from "../../lib/process/run.ts";

/** Runs a program as a person does in a terminal, on the environment's stack; resolves however it ends. */
export async function stackCommand(
  { root, env: own, stack }: Environment,
  program: string,
  args: readonly string[],
  { env = {}, input = "" }: { env?: Record<string, string>; input?: string } = {},
): Promise<Ended> {
  const variables = { ...own, PULUMI_STACK: stack, ...env };
  return runToEnd(program, args, { cwd: root, env: variables, input });
}
