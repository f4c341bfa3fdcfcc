import { findGroup, requireGroup } from "../access.ts";
import { ApiError, must, parameterError } from "../errors.ts";
import { recordsOf, type Share } from "../project-records.ts";
import { transferProject } from "../project-removal.ts";
import { MAINTAINER, type NamespaceRef, nextId, now, OWNER, type State } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { namespaceById } from "./namespaces.ts";
import { projectEntity } from "./project-entity.ts";
import { mayCreateProjects } from "./project-rules.ts";

const LEVELS = [10, 15, 20, 30, 40, 50];

/**
 * Groups that a project is shared with, and its move to another namespace:
 * https://docs.gitlab.com/api/projects/#share-a-project-with-a-group, #transfer-a-project
 */
export function projectShareRoutes(api: Api): void {
  api.post("/projects/:id/share", share);
  api.delete("/projects/:id/share/:group_id", async (call) => {
    const project = call.project(MAINTAINER);
    const groupId = call.number("group_id");
    await api.instance.store.update((state) => {
      const records = recordsOf(state);
      const found = records.shares.find((one) => one.projectId === project.id && one.groupId === groupId);
      must(found);
      records.shares = records.shares.filter((one) => one !== found);
    });
    return call.noContent();
  });
  api.put("/projects/:id/transfer", transfer);
}

async function share(call: Call): Promise<unknown> {
  const project = call.project(MAINTAINER);
  const { params } = call;
  const group = requireGroup(call.state, call.caller, String(params.requireInteger("group_id")));
  const level = params.requireInteger("group_access");
  if (!LEVELS.includes(level)) throw parameterError("group_access does not have a valid value");
  const link = await call.instance.store.update((state) => {
    const { shares } = recordsOf(state);
    if (shares.some((one) => one.projectId === project.id && one.groupId === group.id)) {
      throw new ApiError(409, { message: "The project is already shared with this group" });
    }
    const added: Share = {
      id: nextId(state, "share"),
      projectId: project.id,
      groupId: group.id,
      level,
      expiresAt: params.date("expires_at") ?? null,
      createdAt: now(),
    };
    shares.push(added);
    return added;
  });
  return {
    id: link.id,
    project_id: project.id,
    group_id: group.id,
    group_access: level,
    expires_at: link.expiresAt,
  };
}

async function transfer(call: Call): Promise<unknown> {
  const project = call.project(OWNER);
  const target = namespaceOf(call.state, call.params.requireString("namespace"));
  if (target === undefined) throw new ApiError(404, { message: "404 Namespace Not Found" });
  if (!mayCreateProjects(call.state, call.caller.user, target)) {
    throw new ApiError(400, { message: "400 Bad request - Please select a new namespace for your project." });
  }
  return projectEntity(call, await transferProject(call.instance, project, target));
}

/** A namespace by its id of the API or by its path. */
function namespaceOf(state: State, wanted: string): NamespaceRef | undefined {
  if (/^\d+$/.test(wanted)) return namespaceById(state, Number(wanted));
  const group = findGroup(state, wanted);
  if (group !== undefined) return { kind: "group", id: group.id };
  const user = state.users.find(({ username }) => username === wanted);
  return user && { kind: "user", id: user.id };
}
