import { gitlabGet } from "../../lib/gitlab/client.ts";
import { jsonOf } from "../../lib/http/request.ts";
import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import type { Facts, Owned } from "./preflight.ts";
import { reach } from "./reach.ts";

const address = {
  setting: "gitlab:baseUrl",
  example: "https://gitlab.com/api/v4",
  variable: "GITLAB_BASE_URL",
};
const gitlabToken = "pulumi config set --secret gitlab:token";

export async function checkGitLab(
  config: StackConfig,
  owned: Owned,
  problems: SettingProblem[],
): Promise<Facts | undefined> {
  const { gitlab, gitlabNamespace: namespace } = config;
  const get = (path: string) => reach(address, problems, () => gitlabGet(gitlab, path));

  const answer = await get("/user");
  if (!answer) return undefined;
  if (answer.status === 401) {
    problems.push({
      setting: "gitlab:token",
      found: `a token that ${gitlab.url} does not know, or that has expired`,
      allowed: "a GitLab access token with scope api",
      fix: gitlabToken,
    });
    return undefined;
  }
  if (answer.status === 403) {
    problems.push(missingScope("a token that may not read its own user"));
    return undefined;
  }
  const user = jsonOf(answer) as Partial<ApiUser> | undefined;
  if (answer.status !== 200 || !user?.username) {
    problems.push({
      setting: address.setting,
      found: `${gitlab.url}, which does not answer as GitLab's API (${answer.status})`,
      allowed: "the address of GitLab's API, ending in /api/v4",
      fix: `${setCommand(address.setting, address.example)} (or set ${address.variable})`,
    });
    return undefined;
  }

  const [metadata, token, space, ...projects] = await Promise.all([
    get("/metadata"),
    get("/personal_access_tokens/self"),
    get(`/namespaces/${encodeURIComponent(namespace)}`),
    ...projectPaths(config).map(async ({ setting, name, path }) => ({
      setting,
      name,
      path,
      answer: await get(`/projects/${encodeURIComponent(path)}`),
    })),
  ]);
  // Other kinds of token (OAuth, job) have no such record; their scope shows at the first use.
  const scopes = token?.status === 200 ? (jsonOf(token) as { scopes: string[] }).scopes : undefined;
  if (scopes && !scopes.includes("api")) {
    problems.push(missingScope(`a token with scope ${scopes.join(", ") || "none"}`));
  }
  const namespaceId = space?.status === 200 ? (jsonOf(space) as { id: number }).id : undefined;
  if (space && namespaceId === undefined) {
    problems.push({
      setting: "mlops:gitlabNamespace",
      found: `${namespace}, which ${user.username} cannot see (${space.status})`,
      allowed: `a user or group that the token may create projects in, like ${user.username}`,
      fix: setCommand("mlops:gitlabNamespace", user.username),
    });
  }
  for (const { setting, name, path, answer } of projects) {
    if (answer?.status !== 200 || owned.projects.includes(path.toLowerCase())) continue;
    problems.push({
      setting,
      found: `${JSON.stringify(name)}, but project ${path} exists and is not of this stack`,
      allowed: "the name of no other project in the namespace",
      fix: `${setCommand(setting, `${name}-2`)}, or take the project over with pulumi import`,
    });
  }
  if (namespaceId === undefined) return undefined;
  const { username, name = username, commit_email, email } = user;
  return {
    namespaceId,
    enterprise:
      metadata?.status === 200 && (jsonOf(metadata) as { enterprise?: boolean }).enterprise === true,
    user: { username, name, email: commit_email || email || `${username}@users.noreply.invalid` },
  };
}

/** https://docs.gitlab.com/api/users/#retrieve-the-current-user */
interface ApiUser {
  username: string;
  name: string;
  email: string;
  commit_email: string;
}

function missingScope(found: string): SettingProblem {
  return {
    setting: "gitlab:token",
    found,
    allowed: "a GitLab access token with scope api",
    fix: gitlabToken,
  };
}

/** Every project of the stack with the setting that names it. */
function projectPaths(config: StackConfig): Array<{ setting: string; name: string; path: string }> {
  const named = [
    { setting: "mlops:serverProjectName", name: config.serverProjectName },
    ...config.models.map(({ name }, index) => ({ setting: `mlops:models[${index}].name`, name })),
  ];
  return named.map((entry) => ({ ...entry, path: `${config.gitlabNamespace}/${entry.name}` }));
}
