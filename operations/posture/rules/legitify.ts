/**
 * legitify's rules for projects of GitLab, under its own names. What each wants is told here again, from its
 * description: https://github.com/Legit-Labs/legitify/blob/main/policies/gitlab/repository.rego
 */
import { given, pass, type RuleEntry, verdict } from "../rule.ts";
import {
  defaultBranchRule,
  OWNER,
  plural,
  resolvedThreads,
  securedHooks,
  unsignedRefused,
  within,
} from "./judges.ts";
import { approvalsOf, asksFor, reviewRule } from "./reviews.ts";

export const legitify: readonly RuleEntry[] = [
  {
    id: "repository_not_maintained",
    title: "Somebody works on the project",
    about: "project",
    judge: ({ settings }, { now }) =>
      given(settings, ({ archived, last_activity_at: at }) =>
        archived
          ? pass("archived")
          : verdict(within(at, 92, now), `active on ${at.slice(0, 10)}`, `nothing since ${at.slice(0, 10)}`),
      ),
    mend: "take the model out of the stack's models, or archive the project",
  },
  {
    id: "repository_has_too_many_admins",
    title: "No more than three Owners",
    about: "project",
    judge: ({ members }) =>
      given(members, (all) => {
        const owners = all.filter((member) => member.access_level >= OWNER).length;
        return verdict(owners <= 3, plural(owners, "Owner"), plural(owners, "Owner"));
      }),
    mend: "give Owners who need less another role",
  },
  {
    id: "forking_allowed_for_repository",
    title: "A project that is not public takes no forks",
    about: "project",
    judge: ({ settings }) =>
      given(settings, ({ visibility, forking_access_level: level }) =>
        visibility === "public"
          ? pass("the project is public")
          : verdict(level !== "enabled", `forks: ${level}`, "whoever sees it may fork it"),
      ),
    mend: "npx pulumi up: the stack switches forks off",
  },
  {
    id: "missing_default_branch_protection",
    title: "The default branch is protected",
    about: "project",
    judge: (project) => defaultBranchRule(project, ({ name }) => pass(`branch ${name} is protected`)),
    mend: "npx pulumi up",
  },
  {
    id: "missing_default_branch_protection_force_push",
    title: "The default branch keeps its history",
    about: "project",
    judge: (project) =>
      defaultBranchRule(project, ({ allow_force_push: allowed }) =>
        verdict(!allowed, "no force push", "force pushes"),
      ),
    mend: "npx pulumi up: the stack's rule takes no force push",
  },
  {
    id: "repository_require_code_owner_reviews_policy",
    title: "Owners of a file approve its change",
    about: "project",
    tier: "Premium",
    judge: (project) =>
      defaultBranchRule(project, ({ code_owner_approval_required: required }) =>
        verdict(required === true, "approval of code owners", "no approval of code owners"),
      ),
    mend: "Settings, Repository, Protected branches: switch on the approval of code owners",
    left: "pipelines push to the default branch, and nobody could approve that",
  },
  {
    id: "repository_webhook_doesnt_require_ssl",
    title: "Webhooks check the certificate",
    about: "project",
    judge: securedHooks,
    mend: "Settings, Webhooks: HTTPS and SSL verification",
  },
  {
    id: "requires_status_checks",
    title: "A merge needs a pipeline that succeeded",
    about: "project",
    judge: ({ settings }) =>
      given(settings, ({ only_allow_merge_if_pipeline_succeeds: required }) =>
        verdict(required, "pipelines must succeed", "pipelines need not succeed"),
      ),
    mend: "npx pulumi config set mlops:mergeChecks required",
  },
  { id: "no_conversation_resolution", ...resolvedThreads },
  { id: "no_signed_commits", ...unsignedRefused },
  reviewRule("code_review_not_required", "Somebody approves a change", asksFor(1)),
  reviewRule("code_review_by_two_members_not_required", "Two people approve a change", asksFor(2)),
  reviewRule(
    "repository_allows_review_requester_to_approve_their_own_request",
    "Nobody approves a change of his own",
    approvalsOf("merge_requests_author_approval", false),
  ),
  reviewRule(
    "repository_allows_overriding_approvers",
    "Authors do not choose who approves",
    approvalsOf("disable_overriding_approvers_per_merge_request", true),
  ),
  reviewRule(
    "repository_allows_committer_approvals_policy",
    "Who committed does not approve",
    approvalsOf("merge_requests_disable_committers_approval", true),
  ),
  reviewRule(
    "repository_dismiss_stale_reviews",
    "New commits take back approvals",
    approvalsOf("reset_approvals_on_push", true),
  ),
];
