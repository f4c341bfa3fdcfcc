import { memberLevel } from "./access.ts";
import { entryAllows } from "./deploy-keys.ts";
import {
  type AccessRule,
  ADMIN,
  MAINTAINER,
  nextId,
  type Project,
  type ProtectedBranch,
  type ProtectedTag,
  type State,
  type User,
} from "./state.ts";

/** Whether a rule's name, in which `*` stands for any text, covers a ref. */
export function matches(pattern: string, name: string): boolean {
  if (!pattern.includes("*")) return pattern === name;
  const source = pattern
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join(".*?");
  return new RegExp(`^${source}$`, "s").test(name);
}

/** The rules that cover a tag. */
export function tagRules(state: State, project: Project, tag: string): ProtectedTag[] {
  return state.protectedTags.filter((rule) => rule.projectId === project.id && matches(rule.name, tag));
}

/** The rules that cover a branch. */
export function branchRules(state: State, project: Project, branch: string): ProtectedBranch[] {
  return state.protectedBranches.filter(
    (rule) => rule.projectId === project.id && matches(rule.name, branch),
  );
}

/** Whether a pipeline of this ref sees protected variables. */
export function isProtectedRef(state: State, project: Project, ref: string, tag: boolean): boolean {
  return tag ? tagRules(state, project, ref).length > 0 : branchRules(state, project, ref).length > 0;
}

/** Whether one of the entries lets the user through. Level 0 is "No one", and nobody is above it. */
export function allows(state: State, rules: AccessRule[], user: User, project: Project): boolean {
  return rules.some((rule) => {
    if (rule.deployKeyId !== null) return entryAllows(state, rule.deployKeyId, user, project);
    if (rule.userId !== null) return rule.userId === user.id && memberLevel(state, user.id, project) > 0;
    if (rule.groupId !== null) {
      return state.members.some(
        ({ userId, source }) => userId === user.id && source.kind === "group" && source.id === rule.groupId,
      );
    }
    const level = rule.accessLevel ?? 0;
    if (level === 0) return false;
    // Since GitLab 16.0 administrators are let in by their role as everybody is, or by an entry for them.
    // https://docs.gitlab.com/user/project/repository/branches/protection_rules/#push-and-merge-permissions
    if (level === ADMIN) return user.admin;
    return memberLevel(state, user.id, project) >= level;
  });
}

/** Whether the user may create a tag of this name. The most permissive of the rules counts. */
export function canCreateTag(state: State, project: Project, user: User, tag: string): boolean {
  const rules = tagRules(state, project, tag);
  return rules.length === 0 || rules.some((rule) => allows(state, rule.create, user, project));
}

/** Whether the user may push to a branch that has rules. The most permissive of the rules counts. */
export function canPushBranch(state: State, project: Project, user: User, branch: string): boolean {
  const rules = branchRules(state, project, branch);
  return rules.length === 0 || rules.some((rule) => allows(state, rule.push, user, project));
}

/** Whether the user may merge into a branch. */
export function canMergeBranch(state: State, project: Project, user: User, branch: string): boolean {
  const rules = branchRules(state, project, branch);
  return rules.length === 0 || rules.some((rule) => allows(state, rule.merge, user, project));
}

/** An entry for a role. */
export function roleRule(state: State, accessLevel: number): AccessRule {
  return { id: nextId(state, "accessRule"), accessLevel, userId: null, groupId: null, deployKeyId: null };
}

/** The protection that a default branch gets: https://docs.gitlab.com/user/project/repository/branches/default/ */
export function protectDefaultBranch(state: State, project: Project): void {
  const branch = project.defaultBranch;
  if (branch === null || branchRules(state, project, branch).length > 0) return;
  state.protectedBranches.push({
    id: nextId(state, "protectedBranch"),
    projectId: project.id,
    name: branch,
    push: [roleRule(state, MAINTAINER)],
    merge: [roleRule(state, MAINTAINER)],
    unprotect: [],
    allowForcePush: false,
    codeOwnerApproval: false,
  });
}
