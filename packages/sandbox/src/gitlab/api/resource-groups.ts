import { must } from "../errors.ts";
import { findResourceGroup } from "../pipelines/resource-groups.ts";
import { DEVELOPER, now, PROCESS_MODES, type ResourceGroup } from "../state.ts";
import type { Api, Call } from "./call.ts";

/** Resource groups: https://docs.gitlab.com/api/resource_groups/ */
export function resourceGroupRoutes(api: Api): void {
  const { instance } = api;
  const path = "/projects/:id/resource_groups/:key";
  api.get(path, (call) => entity(find(call)));
  api.put(path, async (call) => {
    const { projectId, key } = find(call);
    const mode = call.params.oneOf("process_mode", PROCESS_MODES);
    const changed = await instance.store.update((state) => {
      const stored = must(findResourceGroup(state, projectId, key));
      stored.processMode = mode ?? stored.processMode;
      stored.updatedAt = now();
      return stored;
    });
    instance.runner.wake();
    return entity(changed);
  });
}

function find(call: Call): ResourceGroup {
  const project = call.project(DEVELOPER);
  return must(findResourceGroup(call.state, project.id, call.path("key")), "ResourceGroup");
}

function entity({ id, key, processMode, createdAt, updatedAt }: ResourceGroup): Record<string, unknown> {
  return { id, key, process_mode: processMode, created_at: createdAt, updated_at: updatedAt };
}
