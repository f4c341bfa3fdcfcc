import { run } from "../../lib/process/run.ts";

/** A repository and the token to use it with. */
export interface Repository {
  readonly url: string;
  readonly token: string;
}

/**
 * Runs git with the token in the environment alone: a credential helper prints it to git when asked, so it is
 * in no argument, remote or file. Hooks, signing and helpers of the user's own configuration stay out.
 * https://git-scm.com/docs/gitcredentials, https://git-scm.com/docs/git-config#ENVIRONMENT
 */
export async function git(
  args: readonly string[],
  { token, cwd }: { token: string; cwd?: string },
): Promise<string> {
  const config = [
    ["credential.helper", ""],
    ["credential.helper", '!f() { echo username=oauth2; echo "password=$SEED_TOKEN"; }; f'],
    ["commit.gpgSign", "false"],
    ["core.hooksPath", "/dev/null"],
    ["advice.detachedHead", "false"],
  ] as const;
  const env: Record<string, string> = {
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: String(config.length),
    SEED_TOKEN: token,
  };
  config.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return (await run("git", args, { env, ...(cwd && { cwd }) })).trim();
}

/** The commit a branch of the remote repository is at, or undefined when the branch does not exist. */
export async function remoteBranch({ url, token }: Repository, branch: string): Promise<string | undefined> {
  const line = await git(["ls-remote", "--heads", url, `refs/heads/${branch}`], { token });
  return line.split(/\s/)[0] || undefined;
}

/** Who a commit is by. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Commits all of a path in a clone as that author: a person's own list of ignored files may name a part of it. */
export async function commitAll({
  token,
  cwd,
  path,
  author,
  message,
}: {
  token: string;
  cwd: string;
  path: string;
  author: Author;
  message: string;
}): Promise<void> {
  await git(["add", "--all", "--force", path], { token, cwd });
  const identity = ["-c", `user.name=${author.name}`, "-c", `user.email=${author.email}`];
  await git([...identity, "commit", "--quiet", "--message", message], { token, cwd });
}
