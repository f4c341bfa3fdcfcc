import { badRequest, forbidden, must } from "../errors.ts";
import { git, isEmpty, resolveCommit, resolveRef, tryGit } from "../git/git.ts";
import { afterPush } from "../git/post-receive.ts";
import { refusal } from "../git/push-checks.ts";
import { matches } from "../protection.ts";
import type { Project } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { branchEntity, readableCode, refNames, tagEntity, writableCode } from "./repository-read.ts";

const ZERO = "0".repeat(40);
const READ = { jobToken: true, scopes: ["read_repository"] };

/** Branches and tags: https://docs.gitlab.com/api/branches/, https://docs.gitlab.com/api/tags/ */
export function refRoutes(api: Api): void {
  const branches = "/projects/:id/repository/branches";
  api.get(
    branches,
    async (call) => {
      const { project, dir } = readableCode(call);
      const names = searched(await refNames(dir, "heads"), call.params.string("search"));
      return Promise.all(call.page(names).map((name) => branchEntity(call, project, name)));
    },
    READ,
  );
  api.get(
    `${branches}/:branch`,
    async (call) => {
      const { project, dir } = readableCode(call);
      const name = call.path("branch");
      must(await resolveRef(dir, `refs/heads/${name}`), "Branch");
      return branchEntity(call, project, name);
    },
    READ,
  );
  api.post(branches, async (call) => {
    const { project, dir } = writableCode(call);
    const name = call.params.requireString("branch");
    const from = call.params.requireString("ref");
    await checkName(dir, "heads", name);
    if ((await resolveRef(dir, `refs/heads/${name}`)) !== undefined)
      throw badRequest("Branch already exists");
    const sha = await resolveCommit(dir, from);
    if (sha === undefined) throw badRequest(`Invalid reference name: ${from}`);
    await change(call, project, dir, `refs/heads/${name}`, ZERO, sha);
    return branchEntity(call, project, name);
  });
  api.delete(`${branches}/:branch`, async (call) => {
    const { project, dir } = writableCode(call);
    const ref = `refs/heads/${call.path("branch")}`;
    const old = must(await resolveRef(dir, ref), "Branch");
    await change(call, project, dir, ref, old, ZERO);
    return call.noContent();
  });

  const tags = "/projects/:id/repository/tags";
  api.get(
    tags,
    async (call) => {
      const { project, dir } = readableCode(call);
      const names = searched(await refNames(dir, "tags"), call.params.string("search"));
      if (call.params.string("sort") !== "asc") names.reverse();
      return Promise.all(call.page(names).map((name) => tagEntity(call, project, name)));
    },
    READ,
  );
  api.get(
    `${tags}/:tag_name`,
    async (call) => {
      const { project } = readableCode(call);
      return tagEntity(call, project, call.path("tag_name"));
    },
    READ,
  );
  api.post(tags, createTag);
  api.delete(`${tags}/:tag_name`, async (call) => {
    const { project, dir } = writableCode(call);
    const ref = `refs/tags/${call.path("tag_name")}`;
    const old = must(await resolveRef(dir, ref), "Tag");
    await change(call, project, dir, ref, old, ZERO);
    return call.noContent();
  });
}

async function createTag(call: Call): Promise<unknown> {
  const { project, dir } = writableCode(call);
  const name = call.params.requireString("tag_name");
  const from = call.params.requireString("ref");
  const message = call.params.string("message") ?? "";
  await checkName(dir, "tags", name);
  if ((await resolveRef(dir, `refs/tags/${name}`)) !== undefined)
    throw badRequest(`Tag ${name} already exists`);
  const commit = await resolveCommit(dir, from);
  if (commit === undefined) throw badRequest(`Target ${from} is invalid`);
  const { user } = call.caller;
  const target = message === "" ? commit : await tagObject(dir, name, commit, message, user);
  await change(call, project, dir, `refs/tags/${name}`, ZERO, target);
  return tagEntity(call, project, name);
}

/** An annotated tag. */
async function tagObject(
  dir: string,
  name: string,
  commit: string,
  message: string,
  user: { name: string; email: string },
): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const input = `object ${commit}\ntype commit\ntag ${name}\ntagger ${user.name} <${user.email}> ${seconds} +0000\n\n${message}\n`;
  return (await git(["mktag"], { cwd: dir, input })).trim();
}

async function checkName(dir: string, kind: "heads" | "tags", name: string): Promise<void> {
  const result = await tryGit(["check-ref-format", `refs/${kind}/${name}`], { cwd: dir });
  if (result.code !== 0 || name.startsWith("-")) {
    throw badRequest(kind === "heads" ? "Branch name is invalid" : "Tag name invalid");
  }
}

/** Changes one ref by the same rules as a push, with what GitLab lets its API do besides. */
async function change(
  call: Call,
  project: Project,
  dir: string,
  ref: string,
  oldSha: string,
  newSha: string,
): Promise<void> {
  const { caller, instance, state } = call;
  const entry = { ref, oldSha, newSha, forced: false };
  const emptyRepository = await isEmpty(dir);
  const message = refusal({ state, project, user: caller.user, emptyRepository, web: true }, entry);
  if (message !== undefined) throw forbidden(message);
  const args = newSha === ZERO ? ["update-ref", "-d", ref, oldSha] : ["update-ref", ref, newSha, oldSha];
  const result = await tryGit(args, { cwd: dir });
  if (result.code !== 0) throw badRequest(result.stderr.trim());
  await afterPush(instance, project.id, caller.user, [entry], { options: [], source: "push" });
}

/** `search` of lists: `^start`, `end$` or any part. */
function searched(names: string[], search: string | undefined): string[] {
  if (search === undefined || search === "") return names;
  const start = search.startsWith("^");
  const end = search.endsWith("$");
  const core = search.slice(start ? 1 : 0, end ? -1 : undefined);
  const pattern = `${start ? "" : "*"}${core}${end ? "" : "*"}`;
  return names.filter((name) => matches(pattern.toLowerCase(), name.toLowerCase()));
}
