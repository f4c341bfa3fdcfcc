import { projectPath } from "./access.ts";
import type { Instance } from "./instance.ts";
import type { Project, State } from "./state.ts";

/** `http://host/group/project`. */
export function projectUrl(instance: Instance, state: State, project: Project): string {
  return `${instance.url}/${projectPath(state, project)}`;
}

/** `ssh://git@host:port/group/project.git`, as GitLab writes it where the port is not 22. */
export function sshUrl(instance: Instance, state: State, project: Project): string {
  return `${instance.sshUrl}/${projectPath(state, project)}.git`;
}

/** What image names of the project begin with. */
export function imagePrefix(instance: Instance, state: State, project: Project): string {
  return `${instance.registryHost}/${projectPath(state, project).toLowerCase()}`;
}
