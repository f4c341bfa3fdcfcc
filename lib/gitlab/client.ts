/** GitLab's REST API v4. https://docs.gitlab.com/api/rest/ */
import type { Account } from "../http/account.ts";
import { isUnwell, later, patientRequest } from "../http/patience.ts";
import { type HttpResponse, jsonOf } from "../http/request.ts";

/** An answer that is not the one asked for. Its message names the path and the status, and no credential. */
export class GitLabError extends Error {
  readonly status: number;

  constructor({ url }: Pick<Account, "url">, status: number, path: string, said = "") {
    const advice = isUnwell({ status }) ? `. ${later(url)}` : "";
    super(`GitLab answered ${status} when asked for ${path}${said && `: ${said}`}${advice}`);
    this.status = status;
  }
}

/**
 * One POST that must succeed.
 * @throws GitLabError when GitLab refuses, with its reason, which names no credential that was not sent
 */
export async function gitlabPost<T>(account: Account, path: string, body: unknown): Promise<T> {
  const { url, token } = account;
  const answer = await patientRequest(`${url}${path}`, {
    method: "POST",
    headers: { "PRIVATE-TOKEN": token },
    body,
  });
  if (answer.status !== 201) throw new GitLabError(account, answer.status, path, answer.text);
  return jsonOf(answer) as T;
}

/** One DELETE; what is gone already needs none. @throws GitLabError when GitLab refuses */
export async function gitlabDelete(account: Account, path: string): Promise<void> {
  const { url, token } = account;
  const answer = await patientRequest(`${url}${path}`, {
    method: "DELETE",
    headers: { "PRIVATE-TOKEN": token },
  });
  const isDone = (answer.status >= 200 && answer.status < 300) || answer.status === 404;
  if (!isDone) throw new GitLabError(account, answer.status, path, answer.text);
}

/** One GET, whatever the status. */
export function gitlabGet({ url, token }: Account, path: string): Promise<HttpResponse> {
  return patientRequest(`${url}${path}`, { headers: { "PRIVATE-TOKEN": token } });
}

/** One GET that must succeed. @throws GitLabError when GitLab refuses */
export async function gitlab<T>(account: Account, path: string): Promise<T> {
  const answer = await gitlabGet(account, path);
  if (answer.status !== 200) throw new GitLabError(account, answer.status, path);
  return jsonOf(answer) as T;
}

/** All pages of a list. https://docs.gitlab.com/api/rest/#pagination @throws GitLabError when GitLab refuses */
export async function gitlabList<T>(account: Account, path: string): Promise<T[]> {
  const found: T[] = [];
  for (let page = "1"; page; ) {
    const separator = path.includes("?") ? "&" : "?";
    const answer = await gitlabGet(account, `${path}${separator}per_page=100&page=${page}`);
    if (answer.status !== 200) throw new GitLabError(account, answer.status, path);
    found.push(...(jsonOf(answer) as T[]));
    page = String(answer.headers["x-next-page"] ?? "");
  }
  return found;
}

/**
 * Address under which a project's container images are pushed, `registry.gitlab.com/group/project`.
 * Only the project itself tells it, and no provider resource has it.
 * https://docs.gitlab.com/api/projects/#get-a-single-project (`container_registry_image_prefix`)
 */
export async function imagePrefix(account: Account, projectId: string): Promise<string> {
  const { container_registry_image_prefix: prefix } = await gitlab<{
    container_registry_image_prefix?: string;
  }>(account, `/projects/${encodeURIComponent(projectId)}`);
  if (!prefix) {
    throw new Error(
      `The container registry of ${account.url} is switched off; the runtime image is kept there. ` +
        "Ask an administrator to enable it: https://docs.gitlab.com/administration/packages/container_registry/",
    );
  }
  return prefix;
}
