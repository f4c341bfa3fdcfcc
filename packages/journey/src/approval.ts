import { execa } from "execa";
import type { Environment } from "./environment.ts";

/** Who approves: a machine may have no identity of git's. */
export const APPROVER = {
  GIT_AUTHOR_NAME: "Ana Lima",
  GIT_AUTHOR_EMAIL: "ana@example.com",
} as const;

/**
 * Reviews the environment's stack and approves what the review shows, without the set-up before it.
 * @param options those of the update that it is for, such as `--target`
 * @returns what the review says of it
 * @throws with what the review says where it approves nothing
 */
export async function approve(environment: Environment, ...options: string[]): Promise<string> {
  const { root, env, stack } = environment;
  const review = (...words: string[]) =>
    execa(process.execPath, ["operations/review/main.ts", ...words, ...options], {
      cwd: root,
      env: { ...env, ...APPROVER, PULUMI_STACK: stack },
      reject: false,
      stdin: "ignore",
    });
  const { stdout, stderr } = await review("--format", "json");
  if (stdout === "") throw new Error(stderr);
  const { fingerprint } = JSON.parse(stdout) as { fingerprint: string };
  const approved = await review(`--approve=${fingerprint.slice(0, 12)}`);
  if (approved.exitCode !== 0) throw new Error(approved.stderr);
  return approved.stderr;
}
