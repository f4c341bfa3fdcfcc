import type { Account } from "./config.ts";
import { type HttpResponse, jsonOf, request } from "./http.ts";

/** GET of GitLab's REST API v4. https://docs.gitlab.com/api/rest/ */
export function gitlabGet({ url, token }: Account, path: string): Promise<HttpResponse> {
  return request(`${url}${path}`, { headers: { "PRIVATE-TOKEN": token } });
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
