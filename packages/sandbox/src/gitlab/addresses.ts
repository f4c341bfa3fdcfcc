import { projectPath } from "./access.ts";
import type { Instance } from "./instance.ts";
import type { Project, State } from "./state.ts";

/** `http://host/group/project`. */
export function projectUrl(instance: Instance, state: State, project: Project): string {
  return `${instance.url}/${projectPath(state, project)}`;
}

/** What image names of the project begin with. */
export function imagePrefix(instance: Instance, state: State, project: Project): string {
  return `${instance.registryHost}/${projectPath(state, project).toLowerCase()}`;
}
