import type { Principal } from "./auth.ts";
import { forbidden, notFound } from "./errors.ts";
import { recordsOf } from "./project-records.ts";
import {
  type Group,
  GUEST,
  type NamespaceRef,
  now,
  OWNER,
  type Project,
  REPORTER,
  type State,
  type User,
} from "./state.ts";

/** The full path of a namespace: a user's name or a group's full path. */
export function namespacePath(state: State, ref: NamespaceRef): string {
  if (ref.kind === "group") return state.groups.find((group) => group.id === ref.id)?.fullPath ?? "";
  return state.users.find((user) => user.id === ref.id)?.username ?? "";
}

/** `namespace/project`. */
export function projectPath(state: State, project: Project): string {
  return `${namespacePath(state, project.namespace)}/${project.path}`;
}

/** A project by number or full path (paths are case-insensitive). */
export function findProject(state: State, idOrPath: string): Project | undefined {
  if (/^\d+$/.test(idOrPath)) {
    const id = Number(idOrPath);
    return state.projects.find((project) => project.id === id);
  }
  const wanted = idOrPath.toLowerCase();
  return state.projects.find((project) => projectPath(state, project).toLowerCase() === wanted);
}

/** The project that had this path before it got another. */
export function findMoved(state: State, path: string): Project | undefined {
  const wanted = path.toLowerCase();
  const redirect = state.redirects.find((candidate) => candidate.path.toLowerCase() === wanted);
  return redirect && state.projects.find(({ id }) => id === redirect.projectId);
}

/** A group by number or full path. */
export function findGroup(state: State, idOrPath: string): Group | undefined {
  const wanted = idOrPath.toLowerCase();
  return state.groups.find((group) =>
    /^\d+$/.test(idOrPath) ? group.id === Number(idOrPath) : group.fullPath.toLowerCase() === wanted,
  );
}

/** A group and those above it, nearest first. */
export function ancestors(state: State, groupId: number | null): Group[] {
  const chain: Group[] = [];
  for (let id = groupId; id !== null; ) {
    const group = state.groups.find((candidate) => candidate.id === id);
    if (group === undefined) break;
    chain.push(group);
    id = group.parentId;
  }
  return chain;
}

/** A group by the names of those above it and its own, as people see it. */
export const fullName = (state: State, groupId: number): string =>
  ancestors(state, groupId)
    .toReversed()
    .map(({ name }) => name)
    .join(" / ");

/** A user's highest role by membership in the project and the groups above it; 0 for none. */
export function memberLevel(state: State, userId: number, project: Project): number {
  const { namespace } = project;
  if (namespace.kind === "user" && namespace.id === userId) return OWNER;
  const groups = namespace.kind === "group" ? ancestors(state, namespace.id) : [];
  const today = now().slice(0, 10);
  let level = 0;
  for (const member of state.members) {
    if (member.userId !== userId || (member.expiresAt !== null && member.expiresAt <= today)) continue;
    const { kind, id } = member.source;
    const applies = kind === "project" ? id === project.id : groups.some((group) => group.id === id);
    if (applies) level = Math.max(level, member.accessLevel);
  }
  return Math.max(level, sharedLevel(state, userId, project.id));
}

/** The role by groups that the project is shared with: the lower one of the share and of the user in the group. */
function sharedLevel(state: State, userId: number, projectId: number): number {
  const shares = recordsOf(state).shares.filter((share) => share.projectId === projectId);
  const levels = shares.map(({ groupId, level }) => {
    const group = state.groups.find(({ id }) => id === groupId);
    return group === undefined ? 0 : Math.min(level, groupLevel(state, userId, group));
  });
  return Math.max(0, ...levels);
}

/** A user's role in a group by membership in it or above it. */
export function groupLevel(state: State, userId: number, group: Group): number {
  const chain = ancestors(state, group.id);
  return state.members
    .filter(({ userId: id, source }) => id === userId && source.kind === "group")
    .filter(({ source }) => chain.some((ancestor) => ancestor.id === source.id))
    .reduce((level, member) => Math.max(level, member.accessLevel), 0);
}

/** The role that a caller has in a project; administrators can do what owners can. */
export function effectiveLevel(state: State, principal: Principal | null, project: Project): number {
  if (principal === null) return 0;
  if (principal.token.projectId !== null && principal.token.projectId !== project.id) return 0;
  if (principal.user.admin) return OWNER;
  return memberLevel(state, principal.user.id, project);
}

/** Whether a user may see the project, by whatever way. */
export function canRead(state: State, user: User, project: Project): boolean {
  if (project.visibility === "public" || user.admin) return true;
  if (project.visibility === "internal" && !user.bot) return true;
  return memberLevel(state, user.id, project) >= GUEST;
}

/** Whether the caller may know that the project exists. */
export function canSee(state: State, principal: Principal | null, project: Project): boolean {
  if (project.visibility === "public") return true;
  if (principal === null) return false;
  if (project.visibility === "internal" && !principal.user.bot) return true;
  return effectiveLevel(state, principal, project) >= GUEST;
}

/** Whether the caller may read the code: Reporters, and everybody who sees a project that is not private. */
export function canReadCode(state: State, principal: Principal | null, project: Project): boolean {
  if (!canSee(state, principal, project)) return false;
  return project.visibility !== "private" || effectiveLevel(state, principal, project) >= REPORTER;
}

/** The project that a path names: 404 when the caller may not know of it, 403 below the role needed. */
export function requireProject(
  state: State,
  principal: Principal | null,
  idOrPath: string,
  level = 0,
): Project {
  const project = findProject(state, idOrPath);
  if (project === undefined || !canSee(state, principal, project)) throw notFound("Project");
  if (level > 0 && effectiveLevel(state, principal, project) < level) throw forbidden();
  return project;
}

/** The role that a caller has in a group; administrators can do what owners can. */
export function groupRole(state: State, principal: Principal | null, group: Group): number {
  if (principal === null) return 0;
  return principal.user.admin ? OWNER : groupLevel(state, principal.user.id, group);
}

/** Whether the caller may know that the group exists. */
export function mayReadGroup(state: State, principal: Principal | null, group: Group): boolean {
  if (group.visibility === "public") return true;
  if (principal === null) return false;
  return group.visibility === "internal" || groupRole(state, principal, group) > 0;
}

/** The group that a path names, with the same rules. */
export function requireGroup(state: State, principal: Principal | null, idOrPath: string, level = 0): Group {
  const group = findGroup(state, idOrPath);
  if (group === undefined || !mayReadGroup(state, principal, group)) throw notFound("Group");
  if (groupRole(state, principal, group) < level) throw forbidden();
  return group;
}
