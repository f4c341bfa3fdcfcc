import { projectPath } from "../access.ts";
import type { Instance } from "../instance.ts";
import type { DeployKey, Project, User } from "../state.ts";

/** The variables by which git's hooks know whose push they check (`hook-client.ts`). */
export function hookEnvironment(
  instance: Instance,
  project: Project,
  pusher: { user: User; deployKey?: DeployKey } | undefined,
): Record<string, string> {
  return {
    GITLAB_HOOK_URL: instance.url,
    GITLAB_HOOK_SECRET: instance.hookSecret,
    GITLAB_HOOK_PROJECT: String(project.id),
    GITLAB_HOOK_PROJECT_PATH: projectPath(instance.store.data, project),
    ...(pusher && { GITLAB_HOOK_USER: String(pusher.user.id) }),
    ...(pusher?.deployKey && { GITLAB_HOOK_DEPLOY_KEY: String(pusher.deployKey.id) }),
  };
}
