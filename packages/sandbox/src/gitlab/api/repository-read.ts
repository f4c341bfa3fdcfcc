import { canReadCode, effectiveLevel } from "../access.ts";
import { projectUrl } from "../addresses.ts";
import { forbidden, must, notFound } from "../errors.ts";
import { type CommitInfo, git, readCommit, resolveCommit } from "../git/git.ts";
import { repositoryDir } from "../instance.ts";
import { branchRules, canMergeBranch, canPushBranch, tagRules } from "../protection.ts";
import { DEVELOPER, type Project } from "../state.ts";
import type { Call } from "./call.ts";
import { shortEntity } from "./pipeline-entity.ts";

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

/** A moment that git tells, as the API writes it: to the millisecond, with an offset. */
export function gitTime(time: string): string {
  return time.replace(/Z$/, "+00:00").replace(/(T\d\d:\d\d:\d\d)(?=[+-])/, "$1.000");
}

/** A commit as the API shows it: https://docs.gitlab.com/api/commits/ */
export function commitEntity(
  { instance, state }: Pick<Call, "instance" | "state">,
  project: Project,
  commit: CommitInfo,
): Record<string, unknown> {
  const { id, message } = commit;
  return {
    id,
    short_id: id.slice(0, 8),
    created_at: gitTime(commit.committedAt),
    parent_ids: commit.parents,
    title: message.split("\n")[0] ?? "",
    message,
    author_name: commit.authorName,
    author_email: commit.authorEmail,
    authored_date: gitTime(commit.authoredAt),
    committer_name: commit.committerName,
    committer_email: commit.committerEmail,
    committed_date: gitTime(commit.committedAt),
    trailers: {},
    extended_trailers: {},
    web_url: `${projectUrl(instance, state, project)}/-/commit/${id}`,
  };
}

/** A commit that was asked for by itself: also what it changed, and how its latest pipeline went. */
export async function commitDetail(
  call: Call,
  project: Project,
  commit: CommitInfo,
): Promise<Record<string, unknown>> {
  const { instance, state } = call;
  const pipeline = state.pipelines.findLast(
    ({ projectId, sha }) => projectId === project.id && sha === commit.id,
  );
  return {
    ...commitEntity(call, project, commit),
    stats: await commitStats(repositoryDir(instance, project.id), commit.id),
    status: pipeline?.status ?? null,
    project_id: project.id,
    last_pipeline: pipeline === undefined ? null : shortEntity(instance, state, pipeline),
  };
}

/** Lines added and removed by a commit, against its first parent; files that are not text count for none. */
async function commitStats(dir: string, sha: string): Promise<Record<string, number>> {
  const args = ["show", "--numstat", "--format=", "--first-parent", "--end-of-options", sha];
  const lines = (await git(args, { cwd: dir })).split("\n").filter((line) => line !== "");
  const sum = (column: number) =>
    lines.reduce((total, line) => total + (Number.parseInt(line.split("\t")[column] ?? "", 10) || 0), 0);
  const [additions, deletions] = [sum(0), sum(1)];
  return { additions, deletions, total: additions + deletions };
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
    created_at: type === "tag" ? gitTime(created) : null,
  };
}
