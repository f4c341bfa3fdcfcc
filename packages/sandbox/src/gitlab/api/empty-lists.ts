import { requireGroup } from "../access.ts";
import { notFound } from "../errors.ts";
import { hasPaidFeatures } from "../plans.ts";
import { DEVELOPER, OWNER } from "../state.ts";
import type { Api, Call } from "./call.ts";

type Door = (call: Call) => unknown;
const ofProject =
  (level: number): Door =>
  (call) =>
    call.project(level);
/** What GitLab sells; without it there is no such list. */
const ofPaidProject: Door = (call) => {
  if (!hasPaidFeatures(call.state, call.project(DEVELOPER).namespace)) throw notFound();
};
const ofGroup =
  (level: number): Door =>
  (call) =>
    requireGroup(call.state, call.principal, call.path("id"), level);

/**
 * What can be asked for though nobody can make it here: scanners look through these lists, and "none" is the true
 * answer. https://docs.gitlab.com/api/merge_requests/, /group_webhooks/, /system_hooks/,
 * /project_forks/, /group_protected_branches/, /merge_request_approvals/, /protected_environments/
 */
const LISTS: Record<string, Door> = {
  "/projects/:id/merge_requests": ofProject(0),
  "/projects/:id/forks": ofProject(0),
  "/projects/:id/approval_rules": ofPaidProject,
  "/projects/:id/protected_environments": ofPaidProject,
  "/groups/:id/merge_requests": ofGroup(0),
  "/groups/:id/hooks": ofGroup(OWNER),
  "/groups/:id/protected_branches": ofGroup(OWNER),
  "/merge_requests": (call) => call.caller,
  "/hooks": (call) => call.requireAdmin(),
};

/**
 * How approvals go in a project where nobody changed it; there are no rules that would ask for one.
 * https://docs.gitlab.com/api/merge_request_approvals/#get-approval-configuration-for-a-project
 */
const NO_APPROVALS = {
  approvals_before_merge: 0,
  reset_approvals_on_push: true,
  selective_code_owner_removals: false,
  disable_overriding_approvers_per_merge_request: false,
  merge_requests_author_approval: false,
  merge_requests_disable_committers_approval: false,
  require_password_to_approve: false,
  require_reauthentication_to_approve: false,
};

export function emptyListRoutes(api: Api): void {
  api.get("/projects/:id/approvals", (call) => {
    ofPaidProject(call);
    return NO_APPROVALS;
  });
  for (const [path, door] of Object.entries(LISTS)) {
    api.get(path, (call) => {
      door(call);
      return call.page([]);
    });
  }
}
