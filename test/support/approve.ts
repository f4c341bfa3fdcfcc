import type { Environment } from "@tag-to-endpoint/journey";
import { stackCommand } from "./stack-command.ts";

/** Who approves in tests: a machine may have no identity of git's. */
export const APPROVER = {
  GIT_AUTHOR_NAME: "Ana Lima",
  GIT_AUTHOR_EMAIL: "ana@example.com",
} as const;

/** Reviews the environment's stack and approves what the review shows, without the set-up before it. */
export async function approve(environment: Environment, ...options: string[]): Promise<string> {
  const review = (...words: string[]) =>
    stackCommand(environment, "node", ["operations/review/main.ts", ...words, ...options], { env: APPROVER });
  const { stdout, stderr } = await review("--format", "json");
  if (stdout === "") throw new Error(stderr);
  const { fingerprint } = JSON.parse(stdout) as { fingerprint: string };
  const { code, stderr: said } = await review(`--approve=${fingerprint.slice(0, 12)}`);
  if (code !== 0) throw new Error(said);
  return said;
}
