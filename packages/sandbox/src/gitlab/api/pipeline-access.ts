import { effectiveLevel } from "../access.ts";
import { ApiError, forbidden } from "../errors.ts";
import type { Pipeline } from "../pipelines/records.ts";
import { canCreateTag, canMergeBranch, canPushBranch } from "../protection.ts";
import { GUEST, type Project, REPORTER, type State } from "../state.ts";
import type { Call } from "./call.ts";

/** The project, when the caller may see its pipelines. */
export function readable(call: Call): Project {
  const project = call.project();
  const level = effectiveLevel(call.state, call.principal, project);
  const open = project.settings.public_jobs !== false;
  if (project.visibility === "private" || !open) {
    if (level < (open ? GUEST : REPORTER)) throw forbidden();
  }
  return project;
}

/** Running a pipeline of a protected ref takes the right to push or merge to it, or to create the tag. */
export function checkRef(
  state: State,
  project: Project,
  call: Call,
  at: Pick<Pipeline, "ref" | "tag">,
): void {
  const { user } = call.caller;
  const allowed = at.tag
    ? canCreateTag(state, project, user, at.ref)
    : canPushBranch(state, project, user, at.ref) || canMergeBranch(state, project, user, at.ref);
  if (allowed) return;
  throw new ApiError(400, {
    message: {
      base: [
        `You do not have sufficient permission to run a pipeline on '${at.ref}'. Please select a different branch or contact your administrator for assistance. <a href=https://docs.gitlab.com/ci/pipelines/#pipeline-security-on-protected-branches>Learn more</a>`,
      ],
    },
  });
}
