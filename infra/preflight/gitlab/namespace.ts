import { levelNumbered } from "../../../lib/gitlab/access-levels.ts";
import { setCommand } from "../../config/config.ts";
import { type Check, notChecked, ok, problem, type Verdict, warning } from "../check.ts";
import { bodyOf } from "../service.ts";
import { type GitLabAnswers, projectPaths } from "./ask.ts";
import { groupGeneral, groupMembers, webOf } from "./pages.ts";

/** https://docs.gitlab.com/api/groups/#retrieve-a-group */
export interface Group {
  readonly visibility?: string;
  readonly project_creation_level?: string;
  readonly shared_runners_setting?: string;
  readonly marked_for_deletion_on?: string | null;
}

export const namespaceChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  { name: "namespace", setting: "mlops:gitlabNamespace", look: checkNamespace },
  { name: "role in the group", setting: "mlops:gitlabNamespace", look: checkRole },
  { name: "who may create projects", setting: "mlops:gitlabNamespace", look: checkCreation },
];

function checkNamespace({ config, user, namespace, group }: GitLabAnswers): Verdict {
  const path = config.gitlabNamespace;
  const found = bodyOf<{ kind?: string }>(namespace);
  if (!found) {
    return problem({
      found: `${path}, which ${user.username} cannot see (${namespace.status})`,
      allowed: `a user or group that the token may create projects in, like ${user.username}`,
      fix: setCommand("mlops:gitlabNamespace", user.username),
    });
  }
  const end = bodyOf<Group>(group)?.marked_for_deletion_on;
  if (!end) return ok(group ? `group ${path}` : `the own namespace of ${user.username}`);
  return problem({
    found: `group ${path}, which was deleted on ${end} and goes away within days`,
    allowed: "a group that stays",
    fix: `restore it: ${groupGeneral(config.gitlab.url, path)}, or ${setCommand("mlops:gitlabNamespace", user.username)}`,
  });
}

const hidden = "the namespace cannot be seen";

/** The role that protected refs and CI/CD variables take. https://docs.gitlab.com/user/permissions/ */
const MAINTAINER = 40;
/** The role that deletes a project. */
const OWNER = 50;

function checkRole(asked: GitLabAnswers): Verdict {
  const { config, user, owned, member } = asked;
  const path = config.gitlabNamespace;
  if (!member) return ok("owner");
  if (!bodyOf(asked.namespace)) return notChecked(hidden);
  if (user.admin) return ok("administrator");
  const level = levelIn(asked);
  if (level === undefined) return notChecked(`GitLab answers ${member.status} when asked for the members`);
  const found = `${user.username}, who ${roleWords(level)} in ${path}`;
  const fix = `an Owner gives the role: ${groupMembers(config.gitlab.url, path)}`;
  if (level < MAINTAINER) {
    const allowed = "maintainer or owner: the stack protects branches and tags and sets CI/CD variables";
    return problem({ found, allowed, fix });
  }
  if (level >= OWNER || owned.projects.length > 0)
    return ok(levelNumbered(level)?.name ?? `access level ${level}`);
  const allowed = "owner, to remove the stack again: GitLab lets only Owners delete the projects of a group";
  return warning({ found, allowed, fix });
}

function roleWords(level: number): string {
  return level === 0 ? "has no role" : `has the role ${levelNumbered(level)?.name ?? level}`;
}

/** Whether GitLab tells the user all that it tells of the namespace. */
export function isOwner(asked: GitLabAnswers): boolean {
  return !asked.group || asked.user.admin || (levelIn(asked) ?? 0) >= OWNER;
}

/** The user's role in the group as a number, 0 for none; undefined where GitLab does not tell. */
function levelIn({ member }: GitLabAnswers): number | undefined {
  if (member?.status === 404) return 0;
  return bodyOf<{ access_level: number }>(member)?.access_level;
}

/**
 * The lowest role that may create projects, by `project_creation_level`, and how GitLab's own page calls it. Nobody
 * stands above all roles. https://docs.gitlab.com/api/groups/#create-a-group and `group_policy.rb` of GitLab
 */
const creators: Readonly<Record<string, { readonly from: number; readonly called: string }>> = {
  developer: { from: 30, called: "Developers" },
  maintainer: { from: MAINTAINER, called: "Maintainers" },
  owner: { from: OWNER, called: "Owners" },
  administrator: { from: 60, called: "Administrators" },
  noone: { from: Number.POSITIVE_INFINITY, called: "No one" },
};
const ADMINISTRATOR = 60;

function checkCreation(asked: GitLabAnswers): Verdict {
  const { config, user, owned, group } = asked;
  const path = config.gitlabNamespace;
  if (projectPaths(config).every((one) => owned.projects.includes(one.path.toLowerCase()))) {
    return ok("the stack has all its projects");
  }
  if (!group) return checkOwnProjects(asked);
  if (!bodyOf(asked.namespace)) return notChecked(hidden);
  const setting = bodyOf<Group>(group)?.project_creation_level;
  const rule = setting === undefined ? undefined : creators[setting];
  if (!rule) {
    return notChecked(
      setting === undefined
        ? `GitLab answers ${group.status} when asked for the group's settings`
        : `this program does not know project_creation_level ${setting}`,
    );
  }
  const level = user.admin ? ADMINISTRATOR : levelIn(asked);
  if (level === undefined) return notChecked("the role in the group is not known");
  if (level >= rule.from) return ok(rule.called);
  return problem({
    found:
      rule.from === Number.POSITIVE_INFINITY
        ? `group ${path}, in which nobody may create projects`
        : `group ${path}, in which only ${rule.called} may create projects, and ${user.username} ${roleWords(level)}`,
    allowed: "a group in which the token's user may create projects",
    fix: `an Owner changes "Roles allowed to create projects": ${groupGeneral(config.gitlab.url, path)}`,
  });
}

/** In one's own namespace an administrator may have set the limit to none. */
function checkOwnProjects({ config, user }: GitLabAnswers): Verdict {
  if (user.canCreateProject) return ok(`${user.username} may create projects`);
  return problem({
    found: `${user.username}, who may not create projects`,
    allowed: "a user or group in which the token may create projects",
    fix: `${setCommand("mlops:gitlabNamespace", "my-group")}, or ask an administrator of ${webOf(config.gitlab.url)}`,
  });
}
