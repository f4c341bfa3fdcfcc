import { ancestors, fullName, mayReadGroup, requireGroup } from "../access.ts";
import { invalid, must } from "../errors.ts";
import type { Instance } from "../instance.ts";
import { applicationSettings } from "../instance-settings.ts";
import { notImplemented } from "../not-implemented.ts";
import { removeProject } from "../project-removal.ts";
import { type Group, MAINTAINER, nextId, now, OWNER, type State, type Visibility } from "../state.ts";
import { checkGroupVisibility, checkRestricted, inGroupWords, VISIBILITIES } from "../visibility.ts";
import type { Api, Call } from "./call.ts";
import { GROUP_DEFAULTS, readGroupSettings, sharedRunners } from "./group-settings.ts";

/** Groups: https://docs.gitlab.com/api/groups/ */
export function groupRoutes(api: Api): void {
  const { instance } = api;
  api.get("/groups", (call) => {
    const search = call.params.string("search")?.toLowerCase();
    const topLevel = call.params.boolean("top_level_only") ?? false;
    const groups = call.state.groups.filter(
      (group) =>
        mayReadGroup(call.state, call.principal, group) &&
        (!topLevel || group.parentId === null) &&
        (search === undefined || `${group.name} ${group.fullPath}`.toLowerCase().includes(search)),
    );
    return call.page(groups).map((group) => groupEntity(instance, group));
  });
  api.get("/groups/:id", (call) =>
    groupEntity(instance, requireGroup(call.state, call.principal, call.path("id"))),
  );
  api.get("/groups/:id/subgroups", (call) => {
    const parent = requireGroup(call.state, call.principal, call.path("id"));
    const groups = call.state.groups.filter(
      (group) => group.parentId === parent.id && mayReadGroup(call.state, call.principal, group),
    );
    return call.page(groups).map((group) => groupEntity(instance, group));
  });
  api.post("/groups", async (call) => {
    const { caller, params } = call;
    const parentId = params.integer("parent_id") ?? null;
    if (parentId !== null) requireGroup(call.state, caller, String(parentId), OWNER);
    const group = await instance.store
      .update((state) => createGroup(state, call, parentId))
      .catch((error: unknown) => {
        throw inGroupWords(error);
      });
    return groupEntity(instance, group);
  });
  api.put("/groups/:id", async (call) => {
    const { id } = requireGroup(call.state, call.caller, call.path("id"), OWNER);
    const { params } = call;
    if (params.has("path")) throw notImplemented("another path for a group");
    const group = await instance.store.update((state) => {
      const stored = must(state.groups.find((candidate) => candidate.id === id));
      stored.name = params.string("name") ?? stored.name;
      stored.description = params.string("description") ?? stored.description;
      const visibility = params.oneOf("visibility", VISIBILITIES) ?? stored.visibility;
      if (visibility !== stored.visibility) {
        checkRestricted(state, call.caller.user, visibility);
        stored.visibility = visibility;
        checkGroupVisibility(state, stored);
      }
      readGroupSettings(state, stored, params);
      return stored;
    });
    return groupEntity(instance, group);
  });
  api.delete("/groups/:id", async (call) => {
    const { id } = requireGroup(call.state, call.caller, call.path("id"), OWNER);
    const inside = call.state.groups.filter((group) =>
      ancestors(call.state, group.id).some((g) => g.id === id),
    );
    const ids = inside.map((group) => group.id);
    const projects = call.state.projects.filter(
      ({ namespace }) => namespace.kind === "group" && ids.includes(namespace.id),
    );
    for (const project of projects) await removeProject(instance, project.id);
    await instance.store.update((state) => {
      state.groups = state.groups.filter((group) => !ids.includes(group.id));
      const gone = (owner: { kind: string; id: number } | null) =>
        owner?.kind === "group" && ids.includes(owner.id);
      state.members = state.members.filter((member) => !gone(member.source));
      state.variables = state.variables.filter((variable) => !gone(variable.owner));
      state.pushRules = state.pushRules.filter((rule) => !gone(rule.owner));
    });
    call.status(202);
    return { message: "202 Accepted" };
  });
}

function defaultVisibility(state: State): Visibility {
  return applicationSettings(state).default_group_visibility as Visibility;
}

function createGroup(state: State, call: Call, parentId: number | null): Group {
  const { params } = call;
  const name = params.requireString("name");
  const path = params.requireString("path");
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/.test(path) || /(\.|\.git|\.atom)$/.test(path)) {
    throw invalid({
      path: [
        "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', end with '.', '.git', or '.atom'.",
      ],
    });
  }
  const parent = parentId === null ? undefined : must(state.groups.find(({ id }) => id === parentId));
  const fullPath = parent === undefined ? path : `${parent.fullPath}/${path}`;
  const lower = fullPath.toLowerCase();
  const taken =
    state.groups.some((group) => group.fullPath.toLowerCase() === lower) ||
    state.users.some((user) => user.username.toLowerCase() === lower);
  if (taken) throw invalid({ path: ["has already been taken"] });
  const group: Group = {
    id: nextId(state, "group"),
    name,
    path,
    fullPath,
    parentId,
    description: params.string("description") ?? "",
    visibility: params.oneOf("visibility", VISIBILITIES) ?? defaultVisibility(state),
    // A new subgroup starts with its parent's runners.
    settings: parent === undefined ? {} : { shared_runners_setting: sharedRunners(parent) },
    createdAt: now(),
  };
  checkRestricted(state, call.caller.user, group.visibility);
  checkGroupVisibility(state, group);
  readGroupSettings(state, group, params);
  state.groups.push(group);
  state.members.push({
    userId: call.caller.user.id,
    source: { kind: "group", id: group.id },
    accessLevel: OWNER,
    expiresAt: null,
    createdAt: now(),
  });
  return group;
}

function groupEntity(instance: Instance, group: Group): Record<string, unknown> {
  return {
    id: group.id,
    web_url: `${instance.url}/groups/${group.fullPath}`,
    name: group.name,
    path: group.path,
    description: group.description,
    visibility: group.visibility,
    ...GROUP_DEFAULTS,
    ...group.settings,
    default_branch_protection_defaults: {
      allowed_to_push: [{ access_level: MAINTAINER }],
      allow_force_push: false,
      allowed_to_merge: [{ access_level: MAINTAINER }],
      developer_can_initial_push: false,
    },
    avatar_url: null,
    full_name: fullName(instance.store.data, group.id),
    full_path: group.fullPath,
    created_at: group.createdAt,
    parent_id: group.parentId,
    shared_with_groups: [],
    runners_token: null,
  };
}
