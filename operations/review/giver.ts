/** Who gives an approval, and at which commit of this repository: as git has both. */

import type { Consent } from "../../lib/consent/approval.ts";
import { runToEnd } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";

const HOUR_MS = 60 * 60 * 1000;

/**
 * The head of an approval that is given now.
 * @param hours how long it holds
 * @throws where git does not know who works here
 */
export async function consentNow(hours: number, folder = root, now = Date.now()): Promise<Consent> {
  return {
    approvedBy: await identity(folder),
    approvedAt: new Date(now).toISOString(),
    validUntil: new Date(now + hours * HOUR_MS).toISOString(),
    ...(await commitOf(folder)),
  };
}

/** `Ana Lima <ana@example.com>`: set, not guessed from the machine's name as git would. */
async function identity(folder: string): Promise<string> {
  const { code, stdout } = await git(folder, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT");
  const [found] = /^.+ <[^<>]+>/.exec(code === 0 ? stdout : "") ?? [];
  if (found !== undefined) return found;
  throw new Error(
    [
      "An approval names who gives it, and git does not know who you are; nothing was recorded.",
      "  found:   no user.name or user.email in git's settings",
      "  allowed: your name and your e-mail address",
      '  fix:     git config --global user.name "Your Name"; git config --global user.email you@example.com',
    ].join("\n"),
  );
}

/** The commit, and whether files differ from it; nothing where the folder is no clone. */
async function commitOf(folder: string): Promise<Pick<Consent, "commit" | "dirty">> {
  const head = await git(folder, "rev-parse", "HEAD");
  if (head.code !== 0) return {};
  const { stdout } = await git(folder, "status", "--porcelain");
  return { commit: head.stdout.trim(), dirty: stdout.trim() !== "" };
}

const git = (cwd: string, ...words: string[]) => runToEnd("git", words, { cwd });
