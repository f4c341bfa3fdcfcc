import { must } from "../errors.ts";
import type { Instance } from "../instance.ts";
import type { Group, State, Visibility } from "../state.ts";
import { findUser, namespaceOwnerId, userNamespaceId } from "./users.ts";

/** The namespace of a user. */
export function userNamespace(instance: Instance, state: State, userId: number): Record<string, unknown> {
  const user = must(findUser(state, userId), "Namespace");
  return {
    id: userNamespaceId(user.id),
    name: user.name,
    path: user.username,
    kind: "user",
    full_path: user.username,
    parent_id: null,
    avatar_url: null,
    web_url: `${instance.url}/${user.username}`,
  };
}

/** The namespace that a group is. */
export function groupNamespace(instance: Instance, state: State, group: Group): Record<string, unknown> {
  return {
    id: group.id,
    name: group.name,
    path: group.path,
    kind: "group",
    full_path: group.fullPath,
    parent_id: group.parentId,
    avatar_url: null,
    web_url: `${instance.url}/groups/${group.fullPath}`,
    members_count_with_descendants: state.members.filter(
      ({ source }) => source.kind === "group" && source.id === group.id,
    ).length,
  };
}

/** The group or user namespace with an id of the API, or undefined. */
export function namespaceById(
  state: State,
  id: number,
): { kind: "user" | "group"; id: number; visibility: Visibility } | undefined {
  const userId = namespaceOwnerId(id);
  if (userId !== undefined && findUser(state, userId) !== undefined) {
    return { kind: "user", id: userId, visibility: "public" };
  }
  const group = state.groups.find((candidate) => candidate.id === id);
  return group === undefined ? undefined : { kind: "group", id: group.id, visibility: group.visibility };
}
