import { ApiError, invalid } from "./errors.ts";
import { applicationSettings } from "./instance-settings.ts";
import type { Group, NamespaceRef, State, User, Visibility } from "./state.ts";

export const VISIBILITIES = ["private", "internal", "public"] as const;

const isAbove = (one: Visibility, other: Visibility) =>
  VISIBILITIES.indexOf(one) > VISIBILITIES.indexOf(other);

/** Refuses a level that the administrators keep for themselves. https://docs.gitlab.com/user/public_access/ */
export function checkRestricted(state: State, user: User, level: Visibility): void {
  if (user.admin || !applicationSettings(state).restricted_visibility_levels.includes(level)) return;
  throw invalid({ visibility_level: [`${level} has been restricted by your GitLab administrator`] });
}

/** A new project is at most as visible as its group: GitLab says nothing and lowers it. */
export function visibilityWithin(state: State, namespace: NamespaceRef, wanted: Visibility): Visibility {
  const group = groupOf(state, namespace);
  return group !== undefined && isAbove(wanted, group.visibility) ? group.visibility : wanted;
}

/** A project that is there is not made more visible than its group. */
export function checkWithin(state: State, namespace: NamespaceRef, wanted: Visibility): void {
  const group = groupOf(state, namespace);
  if (group === undefined || !isAbove(wanted, group.visibility)) return;
  throw invalid({ visibility_level: [`${wanted} is not allowed in a ${group.visibility} group.`] });
}

function groupOf(state: State, namespace: NamespaceRef): Group | undefined {
  return namespace.kind === "group" ? state.groups.find(({ id }) => id === namespace.id) : undefined;
}

/** A group is at most as visible as its parent, and at least as visible as what is in it. */
export function checkGroupVisibility(state: State, group: Group): void {
  const { visibility } = group;
  const parent = state.groups.find(({ id }) => id === group.parentId);
  const say = (text: string) => invalid({ visibility_level: [`${visibility} ${text}`] });
  if (parent !== undefined && isAbove(visibility, parent.visibility)) {
    throw say(`is not allowed since the parent group has a ${parent.visibility} visibility.`);
  }
  const projects = state.projects.filter(
    ({ namespace }) => namespace.kind === "group" && namespace.id === group.id,
  );
  if (projects.some((project) => isAbove(project.visibility, visibility))) {
    throw say("is not allowed since this group contains projects with higher visibility.");
  }
  if (state.groups.some((child) => child.parentId === group.id && isAbove(child.visibility, visibility))) {
    throw say("is not allowed since there are sub-groups with higher visibility.");
  }
}

/** The way that GitLab tells what is wrong with a new group: the errors as Ruby shows them. */
export function inGroupWords(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.status !== 400) return error;
  const { message } = error.body;
  if (typeof message !== "object" || message === null) return error;
  const parts = Object.entries(message).map(([key, texts]) => `:${key}=>${JSON.stringify(texts)}`);
  return new ApiError(400, { message: `Failed to save group {${parts.join(", ")}}` });
}
