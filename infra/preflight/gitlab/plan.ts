import { setCommand } from "../../config/config.ts";
import { type Check, notChecked, ok, problem, type Verdict, warning } from "../check.ts";
import { bodyOf } from "../service.ts";
import type { GitLabAnswers } from "./ask.ts";
import { isOwner } from "./namespace.ts";
import { billing, groupGeneral, identityVerification, isGitLabCom } from "./pages.ts";

/**
 * A top-level namespace, as far as its plan is concerned. GitLab tells it to those who administer the namespace; an
 * instance without plans gives none, or `default`. https://docs.gitlab.com/api/namespaces/
 */
interface Plan {
  readonly plan?: string;
  readonly trial?: boolean;
}

export const planChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  { name: "plan and trial", setting: "mlops:writeAccess", look: checkPlan },
  { name: "project access tokens in the group", setting: "mlops:writeAccess", look: checkTokensAllowed },
  { name: "identity verification", setting: "gitlab:token", look: checkIdentity },
];

/**
 * Whether the plan has what `writeAccess` asks for. On gitlab.com project access tokens need Premium or Ultimate; a
 * trial has one. https://docs.gitlab.com/user/project/settings/project_access_tokens/
 */
function checkPlan(asked: GitLabAnswers): Verdict {
  const { models, writeAccess } = asked.config;
  const found = planIn(asked);
  if (writeAccess !== "projectAccessToken") return ok(`${planWords(found)}; ${writeAccess} needs none`);
  if (found?.trial === true && models.length > 1) {
    return planProblem(
      asked,
      `projectAccessToken for ${models.length} models, and a trial of gitlab.com has one project access token`,
    );
  }
  if (found?.plan === "free" && found.trial !== true) {
    return planProblem(asked, "projectAccessToken, and the namespace is on gitlab.com's Free plan");
  }
  if (found?.plan !== undefined) return ok(planWords(found));
  if (isOwner(asked)) return ok("this GitLab has no plans");
  return notChecked(
    `GitLab tells the plan of ${rootPath(asked)} to its Owners alone; on gitlab.com project access tokens need Premium`,
  );
}

function planProblem({ config, ...asked }: GitLabAnswers, found: string): Verdict {
  const subscription = isGitLabCom(config.gitlab.url)
    ? `a subscription: ${billing(config.gitlab.url, rootPath({ config, ...asked }))}`
    : "a subscription";
  return problem({
    found,
    allowed: "deployKey, an SSH key for each model: this plan has no project access token for each",
    fix: `${setCommand("mlops:writeAccess", "deployKey")}, or ${subscription}`,
  });
}

/** The plan of the top-level namespace; who may not see that one may see it in the namespace's own record. */
function planIn({ root, namespace }: GitLabAnswers): Plan | undefined {
  return bodyOf<Plan>(root) ?? bodyOf<Plan>(namespace);
}

function planWords(plan: Plan | undefined): string {
  if (plan?.plan === undefined) return "no plan";
  return plan.trial === true ? `${plan.plan}, a trial` : plan.plan;
}

function rootPath({ config }: Pick<GitLabAnswers, "config">): string {
  return config.gitlabNamespace.split("/")[0] ?? "";
}

/** `resource_access_token_creation_allowed` of the top-level group is in no answer of the REST API. */
function checkTokensAllowed(asked: GitLabAnswers): Verdict {
  const { config, group } = asked;
  if (config.writeAccess !== "projectAccessToken") return ok(`${config.writeAccess} needs none`);
  if (!group) return ok("no group that could forbid them");
  const page = groupGeneral(config.gitlab.url, rootPath(asked));
  return notChecked(
    `GitLab's API does not tell whether the group lets them be made; "Users can create project access tokens" at ${page}`,
  );
}

/**
 * gitlab.com runs no pipeline of a user who is not verified, unless the user is in a paid group. REST does not tell.
 * https://docs.gitlab.com/security/identity_verification/
 */
function checkIdentity(asked: GitLabAnswers): Verdict {
  const { config, owned, user } = asked;
  if (!isGitLabCom(config.gitlab.url)) return ok("asked for by gitlab.com alone");
  const found = planIn(asked);
  if (found?.plan !== undefined && found.plan !== "free" && found.trial !== true) {
    return ok(`not asked for with plan ${found.plan}`);
  }
  if (owned.projects.length > 0)
    return notChecked("GitLab's API does not tell; a pipeline that runs shows it");
  return warning({
    found: `not known: GitLab's API does not tell whether ${user.username} is verified`,
    allowed: "a verified user, or one of a paid group: gitlab.com runs no pipeline of others",
    fix: `look there, and verify: ${identityVerification(config.gitlab.url)}`,
  });
}
