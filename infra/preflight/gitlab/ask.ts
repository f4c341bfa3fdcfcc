import { gitlabGet } from "../../../lib/gitlab/client.ts";
import { isUnwell } from "../../../lib/http/patience.ts";
import { type HttpResponse, jsonOf } from "../../../lib/http/request.ts";
import { type StackConfig, setCommand } from "../../config/config.ts";
import { problem, type Verdict } from "../check.ts";
import type { GitLabUser } from "../facts.ts";
import { type Asked, ask, bodyOf, clockSkew, unwellAnswer } from "../service.ts";
import type { Owned } from "../state.ts";
import { personalTokens } from "./pages.ts";

const address = {
  service: "GitLab",
  setting: "gitlab:baseUrl",
  example: "https://gitlab.com/api/v4",
  variable: "GITLAB_BASE_URL",
} as const;

/** What GitLab told. An answer is undefined where there was nothing to ask. */
export interface GitLabAnswers {
  readonly config: StackConfig;
  readonly owned: Owned;
  readonly now: number;
  readonly skew: number | undefined;
  readonly user: TokenUser;
  readonly metadata: HttpResponse;
  readonly token: HttpResponse;
  readonly namespace: HttpResponse;
  /** The namespace at the top of the path, whose plan counts. */
  readonly root: HttpResponse;
  /** Where the namespace is a group: the group, and its member whose token it is. */
  readonly group: HttpResponse | undefined;
  readonly member: HttpResponse | undefined;
  /** Push rules of the group and of those above it, the nearest first. */
  readonly pushRules: ReadonlyArray<{ readonly group: string; readonly answer: HttpResponse }>;
  readonly projects: ReadonlyArray<NamedProject & { readonly answer: HttpResponse }>;
  /** Runners of the server's project that are online, where the first release waits for one. */
  readonly runners: HttpResponse | undefined;
  /** Some projects that the user is a member of. */
  readonly anyProjects: HttpResponse;
  /** Settings of the instance, which only administrators may read. */
  readonly instance: HttpResponse | undefined;
}

/** The user of the token. https://docs.gitlab.com/api/users/#retrieve-the-current-user */
export interface TokenUser extends GitLabUser {
  readonly id: number;
  /** Whether the user is the bot of a project or group access token. */
  readonly bot: boolean;
  readonly admin: boolean;
  readonly canCreateProject: boolean;
}

/** Asks GitLab who the token belongs to, and all that the checks look at. */
export function askGitLab(config: StackConfig, owned: Owned, now = Date.now): Promise<Asked<GitLabAnswers>> {
  const { gitlab, gitlabNamespace: path } = config;
  const get = (what: string) => gitlabGet(gitlab, what);
  return ask(address, async () => {
    const answer = await get("/user");
    const skew = clockSkew(answer, now());
    const user = userIn(answer, gitlab.url);
    if ("outcome" in user) return { unusable: user };
    const isOwn = path.toLowerCase() === user.username.toLowerCase();
    const inGroup = <T>(question: () => T): T | undefined => (isOwn ? undefined : question());
    const group = `/groups/${encodeURIComponent(path)}`;
    const namespace = get(`/namespaces/${encodeURIComponent(path)}`);
    const root = rootOf(path);
    const answers = await inParallel({
      metadata: get("/metadata"),
      token: get("/personal_access_tokens/self"),
      namespace,
      root: root === path ? namespace : get(`/namespaces/${encodeURIComponent(root)}`),
      group: inGroup(() => get(`${group}?with_projects=false`)),
      member: inGroup(() => get(`${group}/members/all/${user.id}`)),
      pushRules: withAnswers(isOwn ? [] : groupsOf(path).map((one) => ({ group: one })), (one) =>
        get(`/groups/${encodeURIComponent(one.group)}/push_rule`),
      ),
      projects: withAnswers(projectPaths(config), (one) => get(`/projects/${encodeURIComponent(one.path)}`)),
      runners: waitsForOwnRunner(config, owned) ? get(onlineRunners(config)) : undefined,
      anyProjects: get("/projects?membership=true&per_page=1"),
      instance: user.admin ? get("/application/settings") : undefined,
    });
    return { answers: { config, owned, now: now(), skew, user, ...answers } };
  });
}

/**
 * Whether the first release waits for a runner that nobody can have registered before: one of the project's own, with
 * a token that the stack makes.
 */
export function waitsForOwnRunner({ firstRelease, runner }: StackConfig, { released }: Owned): boolean {
  return firstRelease === "pipeline" && runner === "project" && !released;
}

/** https://docs.gitlab.com/api/runners/#list-all-runners-in-a-project */
function onlineRunners({ gitlabNamespace, serverProjectName }: StackConfig): string {
  const project = encodeURIComponent(`${gitlabNamespace}/${serverProjectName}`);
  return `/projects/${project}/runners?status=online`;
}

type Settled<T> = { [Key in keyof T]: Awaited<T[Key]> };

async function inParallel<T extends Record<string, unknown>>(questions: T): Promise<Settled<T>> {
  const entries = Object.entries(questions).map(async ([name, answer]) => [name, await answer] as const);
  return Object.fromEntries(await Promise.all(entries)) as Settled<T>;
}

function withAnswers<T extends object>(
  items: readonly T[],
  question: (item: T) => Promise<HttpResponse>,
): Promise<Array<T & { answer: HttpResponse }>> {
  return Promise.all(items.map(async (item) => ({ ...item, answer: await question(item) })));
}

/** `a/b/c`, `a/b`, `a`: a group and those it is in. */
function groupsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}

/** The namespace whose plan counts: the first one of the path. */
function rootOf(path: string): string {
  return path.split("/")[0] ?? path;
}

interface ApiUser {
  readonly id: number;
  readonly username: string;
  readonly name?: string;
  readonly email?: string;
  readonly commit_email?: string;
  readonly bot?: boolean;
  readonly is_admin?: boolean;
  readonly can_create_project?: boolean;
}

/** The token's user, or why there is none. */
function userIn(answer: HttpResponse, url: string): TokenUser | Verdict {
  if (answer.status === 401)
    return tokenProblem(`a token that ${url} does not know, or that has expired`, url);
  if (answer.status === 403) return tokenProblem("a token that may not read its own user", url);
  if (isUnwell(answer)) return unwellAnswer("GitLab", `${url}/user`, answer);
  const user = bodyOf<Partial<ApiUser>>(answer);
  if (user?.username === undefined || user.id === undefined) return notTheApi(answer, url);
  const { id, username, name = username, commit_email, email } = user;
  return {
    id,
    username,
    name,
    email: commit_email || email || `${username}@users.noreply.invalid`,
    bot: user.bot === true,
    admin: user.is_admin === true,
    canCreateProject: user.can_create_project !== false,
  };
}

function notTheApi(answer: HttpResponse, url: string): Verdict {
  const told = jsonOf(answer) === undefined ? "something that is not JSON" : "something else";
  return problem({
    setting: address.setting,
    found: `${url}, which does not answer as GitLab's API (${answer.status}, ${told})`,
    allowed: "the address of GitLab's API, ending in /api/v4",
    fix: `${setCommand(address.setting, address.example)} (or set ${address.variable})`,
  });
}

export function tokenProblem(found: string, url: string): Verdict {
  return problem({
    found,
    allowed: "a GitLab access token with scope api",
    fix: `make one: ${personalTokens(url)}, then pulumi config set --secret gitlab:token`,
  });
}

export interface NamedProject {
  /** Setting that names it. */
  readonly setting: string;
  readonly name: string;
  /** Path with namespace. */
  readonly path: string;
}

/** Every project of the stack. */
export function projectPaths(
  config: Pick<StackConfig, "gitlabNamespace" | "serverProjectName" | "models">,
): NamedProject[] {
  const named = [
    { setting: "mlops:serverProjectName", name: config.serverProjectName },
    ...config.models.map(({ name }, index) => ({ setting: `mlops:models[${index}].name`, name })),
  ];
  return named.map((entry) => ({ ...entry, path: `${config.gitlabNamespace}/${entry.name}` }));
}
