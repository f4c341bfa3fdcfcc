import { memberLevel } from "../access.ts";
import { branchRules, canCreateTag, canMergeBranch, canPushBranch, tagRules } from "../protection.ts";
import {
  DEVELOPER,
  MAINTAINER,
  OWNER,
  type Project,
  type ProtectedBranch,
  type State,
  type User,
} from "../state.ts";

/** One ref that a push wants to change. */
export interface RefChange {
  ref: string;
  oldSha: string;
  newSha: string;
  /** Whether commits would be lost; meaningless for a creation or deletion. */
  forced: boolean;
}

export interface PushContext {
  state: State;
  project: Project;
  user: User;
  /** Whether a deploy key with write access is used, of which `user` is the maker. */
  byDeployKey?: boolean;
  /** Whether the repository had no branch before the push. */
  emptyRepository: boolean;
  /** The web interface and the API may do what a push may not. */
  web: boolean;
}

const ZERO = /^0+$/;

/** Whether the change makes a ref that was not there. */
export const isCreation = (change: RefChange) => ZERO.test(change.oldSha);

/** Whether the change removes a ref. */
export const isDeletion = (change: RefChange) => ZERO.test(change.newSha);

/** The message with which GitLab refuses a change, or undefined when it accepts it. */
export function refusal(context: PushContext, change: RefChange): string | undefined {
  // A deploy key pushes where the rules of the ref let its maker push; a role of that user it needs none.
  // https://docs.gitlab.com/user/project/deploy_keys/#permissions
  if (!context.byDeployKey && roleOf(context) < DEVELOPER)
    return "You are not allowed to push code to this project.";
  if (change.ref.startsWith("refs/heads/")) return branchRefusal(context, change);
  if (change.ref.startsWith("refs/tags/")) return tagRefusal(context, change);
  return undefined;
}

/** A user's role for pushing. */
export function roleOf({ state, project, user }: Pick<PushContext, "state" | "project" | "user">): number {
  return user.admin ? OWNER : memberLevel(state, user.id, project);
}

const NO_PUSH = "You are not allowed to push code to protected branches on this project.";

function branchRefusal(context: PushContext, change: RefChange): string | undefined {
  const { state, project } = context;
  const branch = change.ref.slice("refs/heads/".length);
  if (isDeletion(change) && branch === project.defaultBranch) {
    return "The default branch of a project cannot be deleted.";
  }
  if (isCreation(change) && /^[0-9a-f]{40}$/.test(branch)) {
    return "You cannot create a branch with a 40-character hexadecimal branch name.";
  }
  // The first branch becomes the default one, which only Maintainers may push to.
  if (context.emptyRepository) return roleOf(context) >= MAINTAINER ? undefined : NO_PUSH;
  const rules = branchRules(state, project, branch);
  return rules.length === 0 ? undefined : protectedBranchRefusal(context, change, branch, rules);
}

function protectedBranchRefusal(
  context: PushContext,
  change: RefChange,
  branch: string,
  rules: ProtectedBranch[],
): string | undefined {
  const { state, project, user, web } = context;
  if (isDeletion(change)) {
    if (roleOf(context) < MAINTAINER) {
      return "You are not allowed to delete protected branches from this project. Only a project maintainer or owner can delete a protected branch.";
    }
    return web ? undefined : "You can only delete protected branches using the web interface.";
  }
  if (!isCreation(change) && change.forced && !rules.some((rule) => rule.allowForcePush)) {
    return "You are not allowed to force push code to a protected branch on this project.";
  }
  if (canPushBranch(state, project, user, branch)) return undefined;
  if (!isCreation(change)) return NO_PUSH;
  if (!canMergeBranch(state, project, user, branch)) {
    return "You are not allowed to create protected branches on this project.";
  }
  return web ? undefined : "You can only create protected branches using the web interface and API.";
}

function tagRefusal(context: PushContext, change: RefChange): string | undefined {
  const { state, project } = context;
  const tag = change.ref.slice("refs/tags/".length);
  if (!isCreation(change) && roleOf(context) < MAINTAINER) {
    return "You are not allowed to change existing tags on this project.";
  }
  if (tagRules(state, project, tag).length > 0) {
    const text = protectedTagRefusal(context, change, tag);
    if (text !== undefined) return text;
  }
  if (isCreation(change) && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(tag)) {
    return "You cannot create a tag with a SHA-1 or SHA-256 tag name.";
  }
  if (isCreation(change) && tag === project.defaultBranch) {
    return "You cannot use default branch name to create a tag";
  }
  return undefined;
}

function protectedTagRefusal(context: PushContext, change: RefChange, tag: string): string | undefined {
  const { state, project, user, web } = context;
  if (isDeletion(change)) {
    return web ? undefined : "You can only delete protected tags using the web interface.";
  }
  if (!isCreation(change)) return "Protected tags cannot be updated.";
  return canCreateTag(state, project, user, tag)
    ? undefined
    : "You are not allowed to create this tag as it is protected.";
}
