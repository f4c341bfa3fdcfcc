import type { Environment } from "../demo/environment.ts";
import { tryRun } from "./run.ts";

/** Runs a program as a person does in a terminal, on the environment's stack; resolves however it ends. */
export async function stackCommand(
  { root, env: own, stack }: Environment,
  program: string,
  args: readonly string[],
  { env = {}, input = "" }: { env?: Record<string, string>; input?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const variables = { ...process.env, ...own, PULUMI_STACK: stack, ...env };
  const { code, out, err } = await tryRun(program, args, { cwd: root, env: variables, input });
  return { code, stdout: out, stderr: err };
}
