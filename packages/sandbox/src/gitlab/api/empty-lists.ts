import { requireGroup } from "../access.ts";
import { OWNER } from "../state.ts";
import type { Api, Call } from "./call.ts";

type Door = (call: Call) => unknown;
const ofProject =
  (level: number): Door =>
  (call) =>
    call.project(level);
const ofGroup =
  (level: number): Door =>
  (call) =>
    requireGroup(call.state, call.principal, call.path("id"), level);

/**
 * What can be asked for though nobody can make it here: scanners look through these lists, and "none" is the true
 * answer. https://docs.gitlab.com/api/merge_requests/, /group_webhooks/, /system_hooks/,
 * /project_forks/, /group_protected_branches/
 */
const LISTS: Record<string, Door> = {
  "/projects/:id/merge_requests": ofProject(0),
  "/projects/:id/forks": ofProject(0),
  "/groups/:id/merge_requests": ofGroup(0),
  "/groups/:id/hooks": ofGroup(OWNER),
  "/groups/:id/protected_branches": ofGroup(OWNER),
  "/merge_requests": (call) => call.caller,
  "/hooks": (call) => call.requireAdmin(),
};

export function emptyListRoutes(api: Api): void {
  for (const [path, door] of Object.entries(LISTS)) {
    api.get(path, (call) => {
      door(call);
      return call.page([]);
    });
  }
}
