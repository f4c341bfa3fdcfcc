import { ancestors, groupLevel, requireGroup } from "../access.ts";
import { invalid, must, notFound } from "../errors.ts";
import type { Instance } from "../instance.ts";
import { removeProject } from "../project-removal.ts";
import { type Group, GUEST, MAINTAINER, nextId, now, OWNER, type State } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { groupNamespace, userNamespace } from "./namespaces.ts";
import { findUser, namespaceOwnerId } from "./users.ts";

const VISIBILITIES = ["private", "internal", "public"] as const;

/** Groups and namespaces: https://docs.gitlab.com/api/groups/, https://docs.gitlab.com/api/namespaces/ */
export function groupRoutes(api: Api): void {
  const { instance } = api;
  api.get("/groups", (call) => {
    const search = call.params.string("search")?.toLowerCase();
    const topLevel = call.params.boolean("top_level_only") ?? false;
    const groups = call.state.groups.filter(
      (group) =>
        isVisible(call, group) &&
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
      (group) => group.parentId === parent.id && isVisible(call, group),
    );
    return call.page(groups).map((group) => groupEntity(instance, group));
  });
  api.post("/groups", async (call) => {
    const { caller, params } = call;
    const parentId = params.integer("parent_id") ?? null;
    if (parentId !== null) requireGroup(call.state, caller, String(parentId), OWNER);
    const group = await instance.store.update((state) => createGroup(state, call, parentId));
    return groupEntity(instance, group);
  });
  api.put("/groups/:id", async (call) => {
    const { id } = requireGroup(call.state, call.caller, call.path("id"), OWNER);
    const { params } = call;
    const group = await instance.store.update((state) => {
      const stored = must(state.groups.find((candidate) => candidate.id === id));
      stored.name = params.string("name") ?? stored.name;
      stored.description = params.string("description") ?? stored.description;
      stored.visibility = params.oneOf("visibility", VISIBILITIES) ?? stored.visibility;
      readSettings(stored, call);
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
    });
    call.status(202);
    return { message: "202 Accepted" };
  });
  api.get("/namespaces", (call) => {
    const { caller, state } = call;
    const search = call.params.string("search")?.toLowerCase() ?? "";
    const own = [userNamespace(instance, state, caller.user.id)];
    const groups = state.groups.filter((group) => isVisible(call, group));
    const all = [...own, ...groups.map((group) => groupNamespace(instance, state, group))];
    return call.page(all.filter((entry) => String(entry.full_path).toLowerCase().includes(search)));
  });
  api.get("/namespaces/:id", (call) => {
    const { state } = call;
    const path = call.path("id");
    const user = /^\d+$/.test(path)
      ? findUser(state, namespaceOwnerId(Number(path)) ?? -1)
      : state.users.find(({ username }) => username.toLowerCase() === path.toLowerCase());
    if (user !== undefined) {
      if (user.id !== call.caller.user.id && !call.caller.user.admin) throw notFound("Namespace");
      return userNamespace(instance, state, user.id);
    }
    return groupNamespace(instance, state, requireGroup(state, call.caller, path));
  });
}

function isVisible(call: Call, group: Group): boolean {
  if (group.visibility === "public") return true;
  const { principal } = call;
  if (principal === null) return false;
  return (
    group.visibility === "internal" ||
    principal.user.admin ||
    groupLevel(call.state, principal.user.id, group) >= GUEST
  );
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
    visibility: params.oneOf("visibility", VISIBILITIES) ?? "private",
    settings: {},
    createdAt: now(),
  };
  readSettings(group, call);
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

const GROUP_DEFAULTS: Record<string, unknown> = {
  share_with_group_lock: false,
  require_two_factor_authentication: false,
  two_factor_grace_period: 48,
  project_creation_level: "developer",
  auto_devops_enabled: null,
  subgroup_creation_level: "maintainer",
  emails_disabled: false,
  emails_enabled: true,
  mentions_disabled: null,
  lfs_enabled: true,
  default_branch: null,
  default_branch_protection: 2,
  request_access_enabled: true,
  membership_lock: false,
  prevent_forking_outside_group: null,
  shared_runners_setting: "enabled",
  max_artifacts_size: null,
  wiki_access_level: "enabled",
};

function readSettings(group: Group, call: Call): void {
  for (const name of Object.keys(GROUP_DEFAULTS)) {
    if (call.params.has(name)) group.settings[name] = call.params.values[name];
  }
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
    full_name: group.fullPath.split("/").join(" / "),
    full_path: group.fullPath,
    created_at: group.createdAt,
    parent_id: group.parentId,
    shared_with_groups: [],
    runners_token: null,
  };
}
