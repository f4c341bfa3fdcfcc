import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ApiError, badRequest, forbidden, must } from "../errors.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import { type PushedRef, pushRuleRefusal } from "../push-rules.ts";
import type { User } from "../state.ts";
import { git, isEmpty, resolveRef, tryGit } from "./git.ts";
import { afterPush } from "./post-receive.ts";
import { refusal } from "./push-checks.ts";

export interface FileAction {
  action: "create" | "update" | "delete" | "move" | "chmod";
  path: string;
  previousPath?: string;
  content?: Buffer;
  executable?: boolean;
}

export interface CommitOrder {
  branch: string;
  /** The branch or commit that a new branch starts from. */
  startPoint?: string;
  message: string;
  author: { name: string; email: string };
  actions: FileAction[];
  /** Who does it: the same rules as for a push hold. */
  user: User;
}

const ZERO = "0".repeat(40);

/** Makes a commit in a bare repository, as the web editor and the commits API do, and gives back its id. */
export async function commitFiles(
  instance: Instance,
  projectId: number,
  order: CommitOrder,
): Promise<string> {
  const dir = repositoryDir(instance, projectId);
  const ref = `refs/heads/${order.branch}`;
  const valid = await tryGit(["check-ref-format", "--branch", order.branch], { cwd: dir });
  if (valid.code !== 0) throw badRequest(`Branch name '${order.branch}' is invalid`);
  const old = await resolveRef(dir, ref);
  const empty = await isEmpty(dir);
  const parent = old ?? (order.startPoint === undefined ? undefined : await startOf(dir, order.startPoint));
  if (parent === undefined && !empty) {
    throw badRequest("You can only create or edit files when you are on a branch");
  }
  checkAllowed(instance, projectId, order, ref, old ?? ZERO, empty);

  const index = join(dir, `index.${randomBytes(6).toString("hex")}`);
  const env = {
    GIT_INDEX_FILE: index,
    GIT_AUTHOR_NAME: order.author.name,
    GIT_AUTHOR_EMAIL: order.author.email,
    GIT_COMMITTER_NAME: order.user.name,
    GIT_COMMITTER_EMAIL: order.user.email,
  };
  try {
    if (parent !== undefined) await git(["read-tree", parent], { cwd: dir, env });
    for (const action of order.actions) await apply(dir, env, action);
    const tree = (await git(["write-tree"], { cwd: dir, env })).trim();
    const parents = parent === undefined ? [] : ["-p", parent];
    const commit = (
      await git(["commit-tree", tree, ...parents], { cwd: dir, env, input: order.message })
    ).trim();
    await checkPushRules(instance, projectId, order.user, { ref, oldSha: old ?? ZERO, newSha: commit });
    await git(["update-ref", ref, commit, old ?? ZERO], { cwd: dir });
    await afterPush(
      instance,
      projectId,
      order.user,
      [{ ref, oldSha: old ?? ZERO, newSha: commit, forced: false }],
      {
        options: [],
        source: "push",
      },
    );
    return commit;
  } finally {
    await rm(index, { force: true });
  }
}

async function startOf(dir: string, name: string): Promise<string> {
  const sha =
    (await resolveRef(dir, `refs/heads/${name}^{commit}`)) ?? (await resolveRef(dir, `${name}^{commit}`));
  if (sha === undefined) throw badRequest(`Can't find the start point '${name}'`);
  return sha;
}

function checkAllowed(
  instance: Instance,
  projectId: number,
  order: CommitOrder,
  ref: string,
  oldSha: string,
  emptyRepository: boolean,
): void {
  const state = instance.store.data;
  const project = must(
    state.projects.find(({ id }) => id === projectId),
    "Project",
  );
  const message = refusal(
    { state, project, user: order.user, emptyRepository, web: true },
    { ref, oldSha, newSha: "1".repeat(40), forced: false },
  );
  if (message !== undefined) throw forbidden("You are not allowed to push into this branch");
}

/** Push rules hold for commits by the API too; GitLab answers their words with 400. */
async function checkPushRules(
  instance: Instance,
  projectId: number,
  user: User,
  change: PushedRef,
): Promise<void> {
  const state = instance.store.data;
  const project = must(
    state.projects.find(({ id }) => id === projectId),
    "Project",
  );
  const dir = repositoryDir(instance, projectId);
  const message = await pushRuleRefusal({ state, project, user, dir }, change);
  if (message !== undefined) throw new ApiError(400, { message });
}

async function exists(dir: string, env: Record<string, string>, path: string): Promise<boolean> {
  const listed = await git(["ls-files", "-z", "--cached", "--", `:(literal)${path}`], { cwd: dir, env });
  return listed.split("\0").includes(path);
}

/** Applies one action to the index. */
async function apply(dir: string, env: Record<string, string>, action: FileAction): Promise<void> {
  const { path } = action;
  checkFilePath(path);
  checkAction(action.action, await exists(dir, env, path));
  if (action.action === "delete") return removeEntry(dir, env, path);
  const moves = action.action === "move";
  const from = moves ? (action.previousPath ?? "") : path;
  const old = (await exists(dir, env, from)) ? await entryOf(dir, env, from) : undefined;
  const blob = action.content === undefined ? old?.blob : await writeBlob(dir, action.content);
  if (blob === undefined) throw badRequest(moves ? NO_FILE : "content is missing");
  if (moves) await removeEntry(dir, env, from);
  const mode = action.executable === undefined ? (old?.mode ?? FILE) : action.executable ? PROGRAM : FILE;
  await git(["update-index", "--add", "--cacheinfo", `${mode},${blob},${path}`], { cwd: dir, env });
}

function checkAction(action: FileAction["action"], isThere: boolean): void {
  if (action === "create" && isThere) throw badRequest("A file with this name already exists");
  if (["update", "delete", "chmod"].includes(action) && !isThere) throw badRequest(NO_FILE);
}

const NO_FILE = "A file with this name doesn't exist";
/** Modes of git's index. */
const FILE = "100644";
const PROGRAM = "100755";

function checkFilePath(path: string): void {
  const inside = !path.startsWith("/") && !path.split("/").some((part) => ["..", ".git"].includes(part));
  if (path === "" || !inside) throw badRequest(`Path '${path}' is invalid`);
}

async function writeBlob(dir: string, content: Buffer): Promise<string> {
  return (await git(["hash-object", "-w", "--stdin"], { cwd: dir, input: content })).trim();
}

/** `update-index --force-remove` wants a work tree; its list form does not. */
async function removeEntry(dir: string, env: Record<string, string>, path: string): Promise<void> {
  await git(["update-index", "-z", "--index-info"], { cwd: dir, env, input: `0 ${ZERO}\t${path}\0` });
}

async function entryOf(
  dir: string,
  env: Record<string, string>,
  path: string,
): Promise<{ mode: string; blob: string }> {
  const line = await git(["ls-files", "-s", "--", `:(literal)${path}`], { cwd: dir, env });
  const [mode = FILE, blob = ""] = line.split(/\s+/);
  return { mode, blob };
}
