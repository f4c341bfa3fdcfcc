import type { Account } from "../../infra/config/config.ts";
import { type HttpResponse, jsonOf, request } from "../http/request.ts";

/** GET of GitLab's REST API v4. https://docs.gitlab.com/api/rest/ */
export function gitlabGet({ url, token }: Account, path: string): Promise<HttpResponse> {
  return request(`${url}${path}`, { headers: { "PRIVATE-TOKEN": token } });
}

/** All pages of a list. @throws with the status when GitLab refuses */
export async function gitlabList<T>(account: Account, path: string): Promise<T[]> {
  const found: T[] = [];
  for (let page = "1"; page; ) {
    const separator = path.includes("?") ? "&" : "?";
    const answer = await gitlabGet(account, `${path}${separator}per_page=100&page=${page}`);
    if (answer.status !== 200) throw new Error(`GitLab answered ${answer.status} when asked for ${path}`);
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
  const response = await gitlabGet(account, `/projects/${encodeURIComponent(projectId)}`);
  if (response.status !== 200) {
    throw new Error(`GitLab answered ${response.status} when asked for project ${projectId}`);
  }
  const { container_registry_image_prefix: prefix } = jsonOf(response) as {
    container_registry_image_prefix?: string;
  };
  if (!prefix) {
    throw new Error(
      `The container registry of ${account.url} is switched off; the runtime image is kept there. ` +
        "Ask an administrator to enable it: https://docs.gitlab.com/administration/packages/container_registry/",
    );
  }
  return prefix;
}
