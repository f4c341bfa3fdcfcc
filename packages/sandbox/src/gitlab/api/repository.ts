import { createHash } from "node:crypto";
import { badRequest, must, notFound, parameterError } from "../errors.ts";
import { commitFiles, type FileAction } from "../git/commit.ts";
import { git, readBlob, readCommit, readCommits, resolveRef, tryGit } from "../git/git.ts";
import type { Api, Call } from "./call.ts";
import type { Params } from "./params.ts";
import {
  commitDetail,
  commitEntity,
  commitOf,
  readableCode,
  refNames,
  writableCode,
} from "./repository-read.ts";

const TREE = { jobToken: true, scopes: ["read_repository"] };

/** Files, trees and commits: https://docs.gitlab.com/api/repositories/, /commits/, /repository_files/ */
export function repositoryRoutes(api: Api): void {
  api.get("/projects/:id/repository/tree", listTree, TREE);
  api.get("/projects/:id/repository/commits", listCommits, TREE);
  api.get(
    "/projects/:id/repository/commits/:sha",
    async (call) => {
      const { project, dir } = readableCode(call);
      const sha = await commitOf(dir, call.path("sha"), "Commit");
      return commitDetail(call, project, await readCommit(dir, sha));
    },
    TREE,
  );
  // No signature is looked at here, so that no commit has one: https://docs.gitlab.com/api/commits/#get-signature-of-a-commit
  api.get(
    "/projects/:id/repository/commits/:sha/signature",
    async (call) => {
      const { dir } = readableCode(call);
      await commitOf(dir, call.path("sha"), "Commit");
      throw notFound("Signature");
    },
    TREE,
  );
  api.post("/projects/:id/repository/commits", createCommit);
  const file = "/projects/:id/repository/files/:file_path";
  api.get(file, readFile, { scopes: ["read_repository"] });
  api.get(
    `${file}/raw`,
    async (call) => {
      const { blob } = await findFile(call);
      call.reply.type("text/plain; charset=utf-8").header("x-content-type-options", "nosniff");
      return call.reply.send(blob);
    },
    { scopes: ["read_repository"] },
  );
  api.post(file, (call) => changeFile(call, "create"));
  api.put(file, (call) => changeFile(call, "update"));
  api.delete(file, async (call) => {
    await changeFile(call, "delete");
    return call.noContent();
  });
}

async function listTree(call: Call): Promise<unknown> {
  const { project, dir } = readableCode(call);
  const ref = call.params.string("ref") ?? project.defaultBranch ?? "HEAD";
  const sha = await commitOf(dir, ref, "Tree");
  const path = (call.params.string("path") ?? "").replace(/\/+$/, "");
  const recursive = call.params.boolean("recursive") ?? false;
  const target = path === "" ? sha : `${sha}:${path}`;
  const args = ["ls-tree", "-z", ...(recursive ? ["-r", "-t"] : []), "--end-of-options", target];
  const result = await tryGit(args, { cwd: dir });
  if (result.code !== 0) throw notFound("invalid revision or path");
  const entries = result.stdout
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const [facts = "", name = ""] = line.split("\t");
      const [mode = "", type = "", id = ""] = facts.split(" ");
      const full = path === "" ? name : `${path}/${name}`;
      return { id, name: full.split("/").at(-1), type, path: full, mode };
    });
  // Folders come first.
  const folders = entries.filter((entry) => entry.type === "tree");
  return call.page([...folders, ...entries.filter((entry) => entry.type !== "tree")]);
}

async function listCommits(call: Call): Promise<unknown> {
  const { project, dir } = readableCode(call);
  const { params } = call;
  const ref = params.string("ref_name") ?? project.defaultBranch ?? "HEAD";
  if ((await refNames(dir, "heads")).length === 0) return call.page([]);
  const sha = await commitOf(dir, ref, "Commit");
  const args = ["--max-count=10000"];
  const path = params.string("path");
  for (const [name, flag] of [
    ["since", "--since"],
    ["until", "--until"],
    ["author", "--author"],
  ] as const) {
    const value = params.string(name);
    if (value !== undefined) args.push(`${flag}=${value}`);
  }
  if (params.boolean("first_parent")) args.push("--first-parent");
  args.push("--end-of-options", sha, ...(path === undefined ? [] : ["--", path]));
  return call.page(await readCommits(dir, args)).map((commit) => commitEntity(call, project, commit));
}

const ACTIONS = ["create", "update", "delete", "move", "chmod"] as const;

function contentOf(params: Params): Buffer | undefined {
  const text = params.string("content");
  if (text === undefined) return undefined;
  return Buffer.from(text, params.string("encoding") === "base64" ? "base64" : "utf8");
}

function readAction(entry: Params): FileAction {
  const action = entry.oneOf("action", ACTIONS);
  if (action === undefined) throw parameterError("actions[action] is missing");
  const previousPath = entry.string("previous_path");
  const content = action === "delete" ? undefined : contentOf(entry);
  const executable = entry.boolean("execute_filemode");
  return {
    action,
    path: entry.requireString("file_path"),
    ...(previousPath === undefined ? {} : { previousPath }),
    ...(content === undefined ? {} : { content }),
    ...(executable === undefined ? {} : { executable }),
  };
}

async function commitCall(call: Call, projectId: number, actions: FileAction[]): Promise<string> {
  const { caller, params } = call;
  const startPoint = params.string("start_branch") ?? params.string("start_sha");
  return commitFiles(call.instance, projectId, {
    branch: params.requireString("branch"),
    ...(startPoint === undefined ? {} : { startPoint }),
    message: params.requireString("commit_message"),
    author: {
      name: params.string("author_name") ?? caller.user.name,
      email: params.string("author_email") ?? caller.user.email,
    },
    actions,
    user: caller.user,
  });
}

async function createCommit(call: Call): Promise<unknown> {
  const { project, dir } = writableCode(call);
  const actions = (call.params.maps("actions") ?? []).map(readAction);
  if (actions.length === 0 && !call.params.has("actions")) throw parameterError("actions is missing");
  const sha = await commitCall(call, project.id, actions);
  return commitDetail(call, project, await readCommit(dir, sha));
}

async function findFile(
  call: Call,
): Promise<{ path: string; ref: string; sha: string; blob: Buffer; id: string }> {
  const { project, dir } = readableCode(call);
  const ref = call.params.string("ref") ?? project.defaultBranch ?? "HEAD";
  const sha = await commitOf(dir, ref === "HEAD" ? (project.defaultBranch ?? ref) : ref, "Commit");
  const path = call.path("file_path");
  const id = await resolveRef(dir, `${sha}:${path}`);
  const blob = id === undefined ? undefined : await readBlob(dir, sha, path);
  return { path, ref, sha, blob: must(blob, "File"), id: id ?? "" };
}

async function readFile(call: Call): Promise<unknown> {
  const { path, ref, sha, blob, id } = await findFile(call);
  const { dir } = readableCode(call);
  const [last] = await readCommits(dir, ["-1", "--end-of-options", sha, "--", path]);
  const mode = (await git(["ls-tree", sha, "--", path], { cwd: dir })).slice(0, 6);
  const sha256 = createHash("sha256").update(blob).digest("hex");
  const facts = {
    file_name: path.split("/").at(-1),
    file_path: path,
    size: blob.length,
    encoding: "base64",
    content_sha256: sha256,
    ref,
    blob_id: id,
    commit_id: sha,
    last_commit_id: last?.id ?? sha,
    execute_filemode: mode === "100755",
  };
  for (const [name, value] of Object.entries(facts)) {
    call.reply.header(`x-gitlab-${name.replaceAll("_", "-")}`, encodeURI(String(value)));
  }
  return { ...facts, content: blob.toString("base64") };
}

async function changeFile(call: Call, action: "create" | "update" | "delete"): Promise<unknown> {
  const { project } = writableCode(call);
  const { params } = call;
  const path = call.path("file_path");
  const content = action === "delete" ? undefined : contentOf(params);
  if (action !== "delete" && content === undefined) throw badRequest("content is missing");
  await commitCall(call, project.id, [{ action, path, ...(content === undefined ? {} : { content }) }]);
  return { file_path: path, branch: params.string("branch") };
}
