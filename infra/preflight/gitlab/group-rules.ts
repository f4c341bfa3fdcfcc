import { setCommand } from "../../config/config.ts";
import { type Check, notChecked, ok, problem, type Verdict } from "../check.ts";
import { bodyOf } from "../service.ts";
import type { GitLabAnswers } from "./ask.ts";
import type { Group } from "./namespace.ts";
import { groupCiCd, groupGeneral, isGitLabCom } from "./pages.ts";

export const groupRuleChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  { name: "visibility of the group", setting: "mlops:visibility", look: checkVisibility },
  { name: "restricted visibility levels", setting: "mlops:visibility", look: checkRestricted },
  { name: "shared runners in the group", setting: "mlops:runner", look: checkRunners },
];

/** From the least visible to the most. https://docs.gitlab.com/user/public_access/ */
const levels = ["private", "internal", "public"];

/** A project is never more visible than its group. */
function checkVisibility({ config, group }: GitLabAnswers): Verdict {
  const { visibility, gitlabNamespace: path } = config;
  if (!group) return ok(`${visibility}, in a user's namespace`);
  const above = bodyOf<Group>(group)?.visibility;
  if (above === undefined)
    return notChecked(`GitLab answers ${group.status} when asked for the group's settings`);
  if (levels.indexOf(visibility) <= levels.indexOf(above)) return ok(`${visibility}, in a ${above} group`);
  return problem({
    found: `${visibility}, and group ${path} is ${above}`,
    allowed: `${levels.slice(0, levels.indexOf(above) + 1).join(" or ")}: a project is never more visible than its group`,
    fix: `${setCommand("mlops:visibility", above)}, or an Owner changes the group: ${groupGeneral(config.gitlab.url, path)}`,
  });
}

/**
 * Levels that an administrator took away; they do not bind administrators themselves.
 * https://docs.gitlab.com/administration/settings/visibility_and_access_controls/#restrict-visibility-levels
 */
function checkRestricted({ config, instance, user }: GitLabAnswers): Verdict {
  const { visibility, gitlab } = config;
  if (isGitLabCom(gitlab.url)) {
    if (visibility !== "internal") return ok(visibility);
    return problem({
      found: "internal, which gitlab.com does not have",
      allowed: "private or public",
      fix: setCommand("mlops:visibility", "private"),
    });
  }
  const restricted = bodyOf<{ restricted_visibility_levels?: readonly string[] | null }>(instance);
  if (!restricted)
    return notChecked("only administrators may read which levels an administrator has restricted");
  const list = restricted.restricted_visibility_levels ?? [];
  if (!list.includes(visibility)) return ok(list.length > 0 ? `only ${list.join(", ")}` : "none");
  return ok(`${list.join(", ")}, which do not bind an administrator like ${user.username}`);
}

/** https://docs.gitlab.com/api/groups/#options-for-shared_runners_setting */
function checkRunners({ config, group }: GitLabAnswers): Verdict {
  const { runner, gitlabNamespace: path } = config;
  if (runner !== "shared") return ok(`runner ${runner} needs none`);
  if (!group) return ok("no group that could forbid them");
  const setting = bodyOf<Group>(group)?.shared_runners_setting;
  if (setting === undefined)
    return notChecked(`GitLab answers ${group.status} when asked for the group's settings`);
  if (setting !== "disabled_and_unoverridable") return ok(setting);
  return problem({
    found: `shared, and group ${path} has switched shared runners off for all its projects`,
    allowed: "project, or a group whose projects may use shared runners",
    fix: `${setCommand("mlops:runner", "project")}, or an Owner changes "Instance runners": ${groupCiCd(config.gitlab.url, path)}`,
  });
}
