import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { hooksDir, type Instance, repositoryDir } from "../instance.ts";

export interface GitResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface GitOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string | Buffer;
}

/** git's environment: the machine's own settings must not change what the server does. */
export function gitEnv(extra: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    HOME: "/nonexistent",
    LANG: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    ...extra,
  };
}

/** Runs git and gives back what came, whatever its exit code. */
export function tryGit(args: string[], options: GitOptions = {}): Promise<GitResult & { bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, {
      cwd: options.cwd,
      env: gitEnv(options.env),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => out.push(part));
    child.stderr.on("data", (part: Buffer) => err.push(part));
    child.once("error", reject);
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      // git may end before it has read all of its input; its exit code tells what happened.
      if (error.code !== "EPIPE") reject(error);
    });
    child.once("close", (code) => {
      const bytes = Buffer.concat(out);
      resolve({
        code: code ?? 1,
        bytes,
        stdout: bytes.toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8"),
      });
    });
    child.stdin.end(options.input ?? "");
  });
}

/** Runs git and gives back its output; throws when it fails. */
export async function git(args: string[], options: GitOptions = {}): Promise<string> {
  const result = await tryGit(args, options);
  if (result.code !== 0) throw new Error(`git ${args[0]}: ${result.stderr.trim() || `exit ${result.code}`}`);
  return result.stdout;
}

/** Makes a project's empty bare repository. */
export async function initRepository(
  instance: Instance,
  projectId: number,
  defaultBranch: string,
): Promise<void> {
  const dir = repositoryDir(instance, projectId);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await git(["init", "--quiet", "--bare", "--template=", `--initial-branch=${defaultBranch}`, dir]);
  const settings: Record<string, string> = {
    "core.hooksPath": hooksDir(instance),
    "http.receivepack": "true",
    "receive.advertisePushOptions": "true",
    "receive.fsckObjects": "false",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "gc.auto": "0",
  };
  for (const [name, value] of Object.entries(settings)) await git(["config", name, value], { cwd: dir });
}

/** The commit that a branch, tag or id stands for, or undefined. */
export async function resolveCommit(dir: string, ref: string): Promise<string | undefined> {
  if (ref.startsWith("-")) return undefined;
  for (const name of [`refs/heads/${ref}`, `refs/tags/${ref}`, ref]) {
    const result = await tryGit(
      ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`],
      {
        cwd: dir,
      },
    );
    if (result.code === 0) return result.stdout.trim();
  }
  return undefined;
}

/** What a full ref name points to, or undefined. */
export async function resolveRef(dir: string, fullRef: string): Promise<string | undefined> {
  const result = await tryGit(["rev-parse", "--verify", "--quiet", "--end-of-options", fullRef], {
    cwd: dir,
  });
  return result.code === 0 ? result.stdout.trim() : undefined;
}

/** The content of a file at a commit, or undefined. */
export async function readBlob(dir: string, sha: string, path: string): Promise<Buffer | undefined> {
  const result = await tryGit(["cat-file", "blob", `${sha}:${path}`], { cwd: dir });
  return result.code === 0 ? result.bytes : undefined;
}

/** Whether the repository has no branch yet. */
export async function isEmpty(dir: string): Promise<boolean> {
  return (await git(["for-each-ref", "--count=1", "refs/heads"], { cwd: dir })).trim() === "";
}

export interface CommitInfo {
  id: string;
  parents: string[];
  authorName: string;
  authorEmail: string;
  authoredAt: string;
  committerName: string;
  committerEmail: string;
  committedAt: string;
  message: string;
}

const COMMIT_FORMAT = ["%H", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"].join("%x00");

/** Commits by `git log`. */
export async function readCommits(
  dir: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<CommitInfo[]> {
  const text = await git(["log", `--format=${COMMIT_FORMAT}%x01`, ...args], { cwd: dir, env });
  return text
    .split("\x01")
    .map((record) => record.replace(/^\n/, ""))
    .filter((record) => record !== "")
    .map((record) => {
      const [id = "", parents = "", an = "", ae = "", at = "", cn = "", ce = "", ct = "", message = ""] =
        record.split("\0");
      return {
        id,
        parents: parents === "" ? [] : parents.split(" "),
        authorName: an,
        authorEmail: ae,
        authoredAt: at,
        committerName: cn,
        committerEmail: ce,
        committedAt: ct,
        message,
      };
    });
}

/** One commit. */
export async function readCommit(dir: string, sha: string): Promise<CommitInfo> {
  const [commit] = await readCommits(dir, ["-1", "--end-of-options", sha]);
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  return commit;
}
