import { gitlabGet } from "../../lib/gitlab/client.ts";
import { type HttpResponse, jsonOf } from "../../lib/http/request.ts";
import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import type { Facts } from "./facts.ts";
import { checkPlan, checkVisibility, type Namespace, rootOf } from "./gitlab-plan.ts";
import { reach } from "./reach.ts";
import type { Owned } from "./state.ts";

const address = {
  setting: "gitlab:baseUrl",
  example: "https://gitlab.com/api/v4",
  variable: "GITLAB_BASE_URL",
};

/** Asks GitLab who the token belongs to, and whether the stack's projects can be made where they are wanted. */
export async function checkGitLab(
  config: StackConfig,
  owned: Owned,
  problems: SettingProblem[],
): Promise<Facts | undefined> {
  const { gitlab, gitlabNamespace: namespace } = config;
  const get = (path: string) => reach(address, problems, () => gitlabGet(gitlab, path));

  const answer = await get("/user");
  if (!answer) return undefined;
  const user = userIn(answer, gitlab.url);
  if ("setting" in user) {
    problems.push(user);
    return undefined;
  }
  const root = rootOf(namespace);
  const [metadata, token, space, rootSpace, ...projects] = await Promise.all([
    get("/metadata"),
    get("/personal_access_tokens/self"),
    get(`/namespaces/${encodeURIComponent(namespace)}`),
    root === namespace ? undefined : get(`/namespaces/${encodeURIComponent(root)}`),
    ...projectPaths(config).map(async (project) => ({
      ...project,
      answer: await get(`/projects/${encodeURIComponent(project.path)}`),
    })),
  ]);
  const scopes = scopesIn(token);
  if (scopes && !scopes.includes("api")) {
    problems.push(tokenProblem(`a token with scope ${scopes.join(", ") || "none"}`));
  }
  const namespaceId = space?.status === 200 ? (jsonOf(space) as { id: number }).id : undefined;
  if (space && namespaceId === undefined) {
    problems.push(hiddenNamespace(namespace, user.username, space.status));
  }
  // Who may not see the top-level group sees no plan.
  const plan = root === namespace ? space : rootSpace;
  if (plan?.status === 200) checkPlan(jsonOf(plan) as Namespace, config, problems);
  checkVisibility(config, problems);
  const taken = projects.filter(
    ({ path, answer: found }) => found?.status === 200 && !owned.projects.includes(path.toLowerCase()),
  );
  problems.push(...taken.map(takenProject));
  return namespaceId === undefined ? undefined : { namespaceId, enterprise: isEnterprise(metadata), user };
}

/** https://docs.gitlab.com/api/users/#retrieve-the-current-user */
interface ApiUser {
  username: string;
  name: string;
  email: string;
  commit_email: string;
}

/** The token's user, or why there is none. */
function userIn(answer: HttpResponse, url: string): Facts["user"] | SettingProblem {
  if (answer.status === 401) {
    return tokenProblem(`a token that ${url} does not know, or that has expired`);
  }
  if (answer.status === 403) return tokenProblem("a token that may not read its own user");
  const user = jsonOf(answer) as Partial<ApiUser> | undefined;
  if (answer.status !== 200 || !user?.username) {
    return {
      setting: address.setting,
      found: `${url}, which does not answer as GitLab's API (${answer.status})`,
      allowed: "the address of GitLab's API, ending in /api/v4",
      fix: `${setCommand(address.setting, address.example)} (or set ${address.variable})`,
    };
  }
  const { username, name = username, commit_email, email } = user;
  return { username, name, email: commit_email || email || `${username}@users.noreply.invalid` };
}

/** Other kinds of token (OAuth, job) have no such record; their scope shows at the first use. */
function scopesIn(token: HttpResponse | undefined): readonly string[] | undefined {
  return token?.status === 200 ? (jsonOf(token) as { scopes: string[] }).scopes : undefined;
}

function isEnterprise(metadata: HttpResponse | undefined): boolean {
  return metadata?.status === 200 && (jsonOf(metadata) as { enterprise?: boolean }).enterprise === true;
}

function tokenProblem(found: string): SettingProblem {
  return {
    setting: "gitlab:token",
    found,
    allowed: "a GitLab access token with scope api",
    fix: "pulumi config set --secret gitlab:token",
  };
}

function hiddenNamespace(namespace: string, username: string, status: number): SettingProblem {
  return {
    setting: "mlops:gitlabNamespace",
    found: `${namespace}, which ${username} cannot see (${status})`,
    allowed: `a user or group that the token may create projects in, like ${username}`,
    fix: setCommand("mlops:gitlabNamespace", username),
  };
}

function takenProject({ setting, name, path }: NamedProject): SettingProblem {
  return {
    setting,
    found: `${JSON.stringify(name)}, but project ${path} exists and does not belong to this stack`,
    allowed: "the name of no other project in the namespace",
    fix: `${setCommand(setting, `${name}-2`)}, or take the project over with pulumi import`,
  };
}

interface NamedProject {
  /** Setting that names it. */
  readonly setting: string;
  readonly name: string;
  /** Path with namespace. */
  readonly path: string;
}

/** Every project of the stack. */
function projectPaths(config: StackConfig): NamedProject[] {
  const named = [
    { setting: "mlops:serverProjectName", name: config.serverProjectName },
    ...config.models.map(({ name }, index) => ({ setting: `mlops:models[${index}].name`, name })),
  ];
  return named.map((entry) => ({ ...entry, path: `${config.gitlabNamespace}/${entry.name}` }));
}
