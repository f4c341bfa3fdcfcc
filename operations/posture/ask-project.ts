/** Asks GitLab for what the rules want to know of one project. GET requests only. */
import { namesCredential } from "../../lib/credentials/patterns.ts";
import { GitLabError, gitlab, gitlabGet, gitlabList } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import type {
  AccessToken,
  Approvals,
  BranchRule,
  DeployKey,
  Hook,
  Member,
  Project,
  ProjectFacts,
  Runner,
  TagRule,
  Told,
  Variable,
} from "./facts.ts";
import { mapTold, toldBy, valueIn } from "./told.ts";

/** Merge requests and commits that are looked at, the latest first. */
const LATEST_REQUESTS = 20;
const LATEST_COMMITS = 5;

/** @throws when GitLab does not answer at all */
export async function askProject(account: Account, path: string): Promise<ProjectFacts> {
  const base = `/projects/${encodeURIComponent(path)}`;
  const one = <T>(what: string) => toldBy(gitlab<T>(account, `${base}${what}`));
  const all = <T>(what: string) => toldBy(gitlabList<T>(account, `${base}${what}`));
  const count = async (what: string) => mapTold(await all<unknown>(what), (list) => list.length);
  const settings = await one<Project>("");
  const facts = {
    branchRules: all<BranchRule>("/protected_branches"),
    tagRules: all<TagRule>("/protected_tags"),
    branches: branchesOf(account, base),
    members: all<Member>("/members"),
    allMembers: all<Member>("/members/all"),
    mergeRequests: mergeRequestsOf(account, base),
    forks: count("/forks"),
    integrations: count("/integrations"),
    hooks: all<Hook>("/hooks"),
    runners: runnersOf(account, base),
    variables: variablesOf(account, base),
    accessTokens: all<AccessToken>("/access_tokens"),
    deployKeys: all<DeployKey>("/deploy_keys"),
    pipelineStages: pipelineStagesOf(account, base),
    pipelineFile: pipelineFileOf(account, base, settings),
    files: filesOf(account, base),
    commits: commitsOf(account, base),
    approvals: one<Approvals>("/approvals"),
    approvalRules: all<{ approvals_required: number }>("/approval_rules").then((told) =>
      mapTold(told, (rules) => rules.map(({ approvals_required: required }) => required)),
    ),
    rejectsUnsignedCommits: one<{ reject_unsigned_commits?: boolean } | null>("/push_rule").then((told) =>
      mapTold(told, (rule) => rule?.reject_unsigned_commits === true),
    ),
    protectedEnvironments: count("/protected_environments"),
  };
  const entries = Object.entries(facts).map(async ([name, told]) => [name, await told] as const);
  return { path, settings, ...Object.fromEntries(await Promise.all(entries)) } as ProjectFacts;
}

async function branchesOf(account: Account, base: string): Promise<ProjectFacts["branches"]> {
  interface Branch {
    name: string;
    commit: { committed_date: string };
  }
  const told = await toldBy(gitlabList<Branch>(account, `${base}/repository/branches`));
  return mapTold(told, (list) =>
    list.map(({ name, commit }) => ({ name, committedAt: commit.committed_date })),
  );
}

function mergeRequestsOf(account: Account, base: string): Promise<ProjectFacts["mergeRequests"]> {
  const related = async ({ iid }: { iid: number }) => ({
    issues: (await gitlabList(account, `${base}/merge_requests/${iid}/related_issues`)).length,
  });
  const ask = async () =>
    Promise.all(
      (await gitlab<{ iid: number }[]>(account, `${base}/merge_requests?per_page=${LATEST_REQUESTS}`)).map(
        related,
      ),
    );
  return toldBy(ask());
}

/** Only the runner itself tells whether it is locked. */
function runnersOf(account: Account, base: string): Promise<ProjectFacts["runners"]> {
  const ask = async () =>
    Promise.all(
      (await gitlabList<Runner>(account, `${base}/runners`)).map((runner) =>
        runner.runner_type === "project_type" ? gitlab<Runner>(account, `/runners/${runner.id}`) : runner,
      ),
    );
  return toldBy(ask());
}

/** No value is kept that could be a credential. */
async function variablesOf(account: Account, base: string): Promise<ProjectFacts["variables"]> {
  const told = await toldBy(gitlabList<Variable>(account, `${base}/variables`));
  return mapTold(told, (list) =>
    list.map(({ key, value, protected: isProtected, masked, hidden = false, raw }) => ({
      key,
      value: masked || hidden || namesCredential(key) ? null : value,
      protected: isProtected,
      masked,
      hidden,
      raw,
    })),
  );
}

function pipelineStagesOf(account: Account, base: string): Promise<ProjectFacts["pipelineStages"]> {
  const ask = async () => {
    const [latest] = await gitlab<{ id: number }[]>(account, `${base}/pipelines?per_page=1`);
    if (!latest) return undefined;
    const jobs = await gitlabList<{ stage: string }>(account, `${base}/pipelines/${latest.id}/jobs`);
    return jobs.map(({ stage }) => stage);
  };
  return toldBy(ask());
}

async function pipelineFileOf(
  account: Account,
  base: string,
  settings: Told<Project>,
): Promise<ProjectFacts["pipelineFile"]> {
  const project = valueIn(settings);
  if (!project) return { missing: "the project is not told" };
  const path = project.ci_config_path || ".gitlab-ci.yml";
  if (/:\/\/|@/.test(path)) return { missing: `the pipeline file is elsewhere: ${path}` };
  const ref = encodeURIComponent(project.default_branch ?? "HEAD");
  const found = `${base}/repository/files/${encodeURIComponent(path)}/raw?ref=${ref}`;
  const { status, text } = await gitlabGet(account, found);
  if (status === 404) return { value: undefined };
  return status === 200 ? { value: { path, text } } : { missing: `GitLab answered ${status}`, status };
}

/** Files of the folders in which GitLab looks for some of its own. A folder that is not there has none. */
function filesOf(account: Account, base: string): Promise<ProjectFacts["files"]> {
  interface TreeEntry {
    path: string;
    type: string;
  }
  const folder = async (path: string) => {
    try {
      return await gitlabList<TreeEntry>(account, `${base}/repository/tree?path=${encodeURIComponent(path)}`);
    } catch (error) {
      if (error instanceof GitLabError && error.status === 404) return [];
      throw error;
    }
  };
  const ask = async () => {
    const entries = (await Promise.all(["", ".gitlab", "docs"].map(folder))).flat();
    return entries.filter(({ type }) => type === "blob").map(({ path }) => path);
  };
  return toldBy(ask());
}

/** A commit without a signature has none to be read: 404. https://docs.gitlab.com/api/commits/#get-signature-of-a-commit */
function commitsOf(account: Account, base: string): Promise<ProjectFacts["commits"]> {
  const signed = async ({ id }: { id: string }) => {
    const path = `${base}/repository/commits/${id}/signature`;
    const answer = await gitlabGet(account, path);
    if (answer.status === 404) return { isSigned: false };
    if (answer.status !== 200) throw new GitLabError(account, answer.status, path);
    const { verification_status: status } = JSON.parse(answer.text) as { verification_status?: string };
    return { isSigned: status === "verified" };
  };
  const ask = async () =>
    Promise.all(
      (await gitlab<{ id: string }[]>(account, `${base}/repository/commits?per_page=${LATEST_COMMITS}`)).map(
        signed,
      ),
    );
  return toldBy(ask());
}
