import { ancestors } from "./access.ts";
import { type CommitInfo, git, readCommits } from "./git/git.ts";
import {
  nextId,
  now,
  type Project,
  type PushRule,
  type PushRuleValues,
  type State,
  type User,
} from "./state.ts";

/** Rules that forbid nothing: https://docs.gitlab.com/api/project_push_rules/ */
export const NO_RULES: PushRuleValues = {
  commit_message_regex: "",
  commit_message_negative_regex: "",
  branch_name_regex: "",
  deny_delete_tag: false,
  member_check: false,
  prevent_secrets: false,
  author_email_regex: "",
  file_name_regex: "",
  max_file_size: 0,
  commit_committer_check: false,
  commit_committer_name_check: false,
  reject_unsigned_commits: false,
  reject_non_dco_commits: false,
};

type Owner = PushRule["owner"];

/** The rules of a project or a group itself. */
export function pushRuleOf(state: State, owner: Owner): PushRule | undefined {
  return state.pushRules.find((rule) => rule.owner.kind === owner.kind && rule.owner.id === owner.id);
}

/** The rules of a group: its own, or those of the nearest group above. */
export function groupPushRule(state: State, groupId: number): PushRule | undefined {
  const rules = ancestors(state, groupId).map(({ id }) => pushRuleOf(state, { kind: "group", id }));
  return rules.find((rule) => rule !== undefined);
}

/** Gives rules to a project or a group, or changes those it has. */
export function setPushRule(state: State, owner: Owner, values: Partial<PushRuleValues>): PushRule {
  const known = pushRuleOf(state, owner);
  if (known !== undefined) {
    known.values = { ...known.values, ...values };
    return known;
  }
  const rule = { id: nextId(state, "pushRule"), owner, createdAt: now(), values: { ...NO_RULES, ...values } };
  state.pushRules.push(rule);
  return rule;
}

/** A new project starts with a copy of its group's rules. */
export function inheritPushRule(state: State, { id, namespace }: Project): void {
  const rule = namespace.kind === "group" ? groupPushRule(state, namespace.id) : undefined;
  if (rule !== undefined) setPushRule(state, { kind: "project", id }, rule.values);
}

/** A pattern of GitLab's (RE2) as one of JavaScript's; undefined for one that only RE2 reads. */
export function patternOf(text: string, flags = ""): RegExp | undefined {
  const insensitive = text.startsWith("(?i)");
  try {
    return new RegExp(insensitive ? text.slice("(?i)".length) : text, insensitive ? `i${flags}` : flags);
  } catch {
    return undefined;
  }
}

const matches = (pattern: string, text: string, flags?: string) =>
  patternOf(pattern, flags)?.test(text) === true;

export interface PushedRef {
  ref: string;
  oldSha: string;
  newSha: string;
}

/** Where a push looks its commits up: `env` leads to those that are not accepted yet. */
export interface PushedTo {
  state: State;
  project: Project;
  user: User;
  dir: string;
  env?: Record<string, string>;
}

const ZERO = /^0+$/;

/**
 * The message with which the project's push rules refuse a change, or undefined.
 * https://docs.gitlab.com/user/project/repository/push_rules/
 */
export async function pushRuleRefusal(to: PushedTo, change: PushedRef): Promise<string | undefined> {
  const rule = pushRuleOf(to.state, { kind: "project", id: to.project.id })?.values;
  if (rule === undefined) return undefined;
  const isDeletion = ZERO.test(change.newSha);
  if (change.ref.startsWith("refs/tags/")) {
    return isDeletion && rule.deny_delete_tag ? "You cannot delete a tag" : undefined;
  }
  if (isDeletion || !change.ref.startsWith("refs/heads/")) return undefined;
  const branch = change.ref.slice("refs/heads/".length);
  const { branch_name_regex: names } = rule;
  if (names !== "" && branch !== to.project.defaultBranch && !matches(names, branch)) {
    return `Branch name '${branch}' does not follow the pattern '${names}'`;
  }
  for (const commit of await newCommits(to, change)) {
    const text = await commitRefusal(to, rule, commit);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function newCommits({ dir, env = {} }: PushedTo, { newSha }: PushedRef): Promise<CommitInfo[]> {
  const list = await git(["rev-list", newSha, "--not", "--all"], { cwd: dir, env });
  if (list.trim() === "") return [];
  return readCommits(dir, ["--no-walk", ...list.trim().split("\n")], env);
}

type Look = (rule: PushRuleValues, commit: CommitInfo, to: PushedTo) => string | undefined;

/** In GitLab's order, in GitLab's words. */
const LOOKS: Look[] = [
  ({ commit_message_regex: pattern }, { message }) =>
    pattern !== "" && !matches(pattern, message, "m")
      ? `Commit message does not follow the pattern '${pattern}'`
      : undefined,
  ({ commit_message_negative_regex: pattern }, { message }) =>
    pattern !== "" && matches(pattern, message, "m")
      ? `Commit message contains the forbidden pattern '${pattern}'`
      : undefined,
  ({ author_email_regex: pattern }, { committerEmail }) =>
    pattern !== "" && !matches(pattern, committerEmail)
      ? `Committer's email '${committerEmail}' does not follow the pattern '${pattern}'`
      : undefined,
  ({ author_email_regex: pattern }, { authorEmail }) =>
    pattern !== "" && !matches(pattern, authorEmail)
      ? `Author's email '${authorEmail}' does not follow the pattern '${pattern}'`
      : undefined,
  ({ commit_committer_check: checks }, { committerEmail }, { user }) =>
    checks && committerEmail !== user.email
      ? `You cannot push commits for '${committerEmail}'. You can only push commits if the committer email is one of your own verified emails.`
      : undefined,
  ({ commit_committer_name_check: checks }, { authorName, authorEmail, committerEmail }, { user }) =>
    checks && authorEmail === committerEmail && authorName !== user.name
      ? "Your git author name is inconsistent with GitLab account name"
      : undefined,
  ({ reject_non_dco_commits: checks }, { message }) =>
    checks && !/^Signed-off-by: .+ <.+@.+>$/m.test(message)
      ? "Commit message must contain a DCO signoff"
      : undefined,
];

async function commitRefusal(
  to: PushedTo,
  rule: PushRuleValues,
  commit: CommitInfo,
): Promise<string | undefined> {
  for (const look of LOOKS) {
    const text = look(rule, commit, to);
    if (text !== undefined) return text;
  }
  if (rule.reject_unsigned_commits && !(await isSigned(to, commit.id))) return "Commit must be signed";
  return rule.member_check ? strangerIn(to.state, commit) : undefined;
}

async function isSigned({ dir, env = {} }: PushedTo, id: string): Promise<boolean> {
  return /^gpgsig(-sha256)? /m.test(await git(["cat-file", "commit", id], { cwd: dir, env }));
}

function strangerIn(state: State, { authorEmail, committerEmail }: CommitInfo): string | undefined {
  const isKnown = (email: string) => state.users.some((user) => user.email === email);
  if (!isKnown(authorEmail)) return `Author '${authorEmail}' is not a member of team`;
  return isKnown(committerEmail) ? undefined : `Committer '${committerEmail}' is not a member of team`;
}
