import { projectPath } from "../access.ts";
import { ApiError } from "../errors.ts";
import { markForDeletion, removeProject } from "../project-removal.ts";
import { OWNER } from "../state.ts";
import type { Call } from "./call.ts";

const refused = (message: string) => new ApiError(400, { message });

/**
 * Deletes a project: first it is only marked, and removed by itself after some weeks or by asking once more.
 * https://docs.gitlab.com/api/projects/#delete-a-project
 */
export async function deleteProject(call: Call): Promise<unknown> {
  const { instance, params, state } = call;
  const project = call.project(OWNER);
  const marked = project.markedForDeletionOn !== undefined;
  const { deletion } = instance.ctx.conditions.gitlab;
  if (String(params.values.permanently_remove) === "true" && deletion !== "immediate") {
    if (!marked) throw refused("Project must be marked for deletion first.");
    if (params.string("full_path") !== projectPath(state, project)) {
      throw refused("`full_path` is incorrect. You must enter the complete path for the project.");
    }
    await removeProject(instance, project.id);
  } else if (deletion === "immediate") {
    await removeProject(instance, project.id);
  } else {
    if (marked) throw refused("Project has been already marked for deletion");
    await markForDeletion(instance, project);
  }
  call.status(202);
  return { message: "202 Accepted" };
}
