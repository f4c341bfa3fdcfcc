import { canReadCode, effectiveLevel } from "../access.ts";
import { projectUrl } from "../addresses.ts";
import { forbidden, must, notFound } from "../errors.ts";
import { type CommitInfo, git, readCommit, resolveCommit } from "../git/git.ts";
import { repositoryDir } from "../instance.ts";
import { branchRules, canMergeBranch, canPushBranch, tagRules } from "../protection.ts";
import { DEVELOPER, type Project } from "../state.ts";
import type { Call } from "./call.ts";
import { basicPipeline } from "./pipeline-entity.ts";

/** The project and its repository, when the caller may read the code. */
export function readableCode(call: Call): { project: Project; dir: string } {
  const project = call.project();
  if (!canReadCode(call.state, call.principal, project)) throw forbidden();
  return { project, dir: repositoryDir(call.instance, project.id) };
}

/** The same for those who may also change it. */
export function writableCode(call: Call): { project: Project; dir: string } {
  const project = call.project(DEVELOPER);
  return { project, dir: repositoryDir(call.instance, project.id) };
}

/** The commit of a name, or 404. */
export async function commitOf(dir: string, ref: string, what: string): Promise<string> {
  return must(await resolveCommit(dir, ref), what);
}

/** A commit as the API shows it: https://docs.gitlab.com/api/commits/ */
export function commitEntity(call: Call, project: Project, commit: CommitInfo): Record<string, unknown> {
  const { id, message } = commit;
  return {
    id,
    short_id: id.slice(0, 8),
    created_at: commit.committedAt,
    parent_ids: commit.parents,
    title: message.split("\n")[0] ?? "",
    message,
    author_name: commit.authorName,
    author_email: commit.authorEmail,
    authored_date: commit.authoredAt,
    committer_name: commit.committerName,
    committer_email: commit.committerEmail,
    committed_date: commit.committedAt,
    trailers: {},
    extended_trailers: {},
    web_url: `${projectUrl(call.instance, call.state, project)}/-/commit/${id}`,
  };
}

/** A commit by itself, with what was changed and the last pipeline of it. */
export async function commitDetail(
  call: Call,
  project: Project,
  commit: CommitInfo,
): Promise<Record<string, unknown>> {
  const dir = repositoryDir(call.instance, project.id);
  const args = ["show", "--numstat", "--format=", "--first-parent", commit.id];
  // A binary file counts as nothing: its numbers are `-`.
  const counts = (await git(args, { cwd: dir })).split("\n").map((line) => line.split("\t").map(Number));
  const total = (column: number) => counts.reduce((sum, numbers) => sum + (numbers[column] || 0), 0);
  const [additions, deletions] = [total(0), total(1)];
  const last = call.state.pipelines.findLast(
    ({ projectId, sha }) => projectId === project.id && sha === commit.id,
  );
  return {
    ...commitEntity(call, project, commit),
    stats: { additions, deletions, total: additions + deletions },
    status: last?.status ?? null,
    project_id: project.id,
    last_pipeline: last === undefined ? null : basicPipeline(call.instance, call.state, last),
  };
}

/** Names of branches or tags, in order. */
export async function refNames(dir: string, kind: "heads" | "tags"): Promise<string[]> {
  const text = await git(["for-each-ref", "--format=%(refname)", `refs/${kind}`], { cwd: dir });
  const prefix = `refs/${kind}/`.length;
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(prefix));
}

/** A branch: https://docs.gitlab.com/api/branches/ */
export async function branchEntity(
  call: Call,
  project: Project,
  name: string,
): Promise<Record<string, unknown>> {
  const dir = repositoryDir(call.instance, project.id);
  const commit = await readCommit(dir, `refs/heads/${name}`);
  const { state, principal } = call;
  const rules = branchRules(state, project, name);
  const user = principal?.user;
  const member = effectiveLevel(state, principal, project) >= DEVELOPER;
  return {
    name,
    commit: commitEntity(call, project, commit),
    merged: false,
    protected: rules.length > 0,
    developers_can_push: rules.some((rule) => rule.push.some(({ accessLevel }) => accessLevel === DEVELOPER)),
    developers_can_merge: rules.some((rule) =>
      rule.merge.some(({ accessLevel }) => accessLevel === DEVELOPER),
    ),
    can_push:
      user !== undefined &&
      member &&
      (canPushBranch(state, project, user, name) || canMergeBranch(state, project, user, name)) &&
      canPushBranch(state, project, user, name),
    default: name === project.defaultBranch,
    web_url: `${projectUrl(call.instance, state, project)}/-/tree/${name}`,
  };
}

/** A tag: https://docs.gitlab.com/api/tags/ */
export async function tagEntity(
  call: Call,
  project: Project,
  name: string,
): Promise<Record<string, unknown>> {
  const dir = repositoryDir(call.instance, project.id);
  const format = "%(objectname)%00%(objecttype)%00%(creatordate:iso-strict)%00%(contents)";
  const text = await git(["for-each-ref", "--count=1", `--format=${format}`, `refs/tags/${name}`], {
    cwd: dir,
  });
  const [target = "", type = "", created = "", contents = ""] = text.replace(/\n$/, "").split("\0");
  if (target === "") throw notFound("Tag");
  const commit = await readCommit(dir, `refs/tags/${name}`);
  return {
    name,
    message: type === "tag" ? contents.trimEnd() : "",
    target,
    commit: commitEntity(call, project, commit),
    release: null,
    protected: tagRules(call.state, project, name).length > 0,
    created_at: type === "tag" ? created : null,
  };
}
