import { findProject } from "./access.ts";
import type { Instance } from "./instance.ts";
import { type AuditEvent, recordsOf } from "./project-records.ts";
import { nextId, now } from "./state.ts";

/** Calls that leave an audit event: what was changed, and the parameter that names which one. */
const AUDITED: Record<string, { what: string; target: string }> = {
  "POST /projects/:id/protected_tags": { what: "protected_tag", target: "name" },
  "DELETE /projects/:id/protected_tags/:name": { what: "protected_tag", target: "name" },
  "POST /projects/:id/protected_branches": { what: "protected_branch", target: "name" },
  "PATCH /projects/:id/protected_branches/:name": { what: "protected_branch", target: "name" },
  "DELETE /projects/:id/protected_branches/:name": { what: "protected_branch", target: "name" },
  "POST /projects/:id/variables": { what: "ci_variable", target: "key" },
  "PUT /projects/:id/variables/:key": { what: "ci_variable", target: "key" },
  "DELETE /projects/:id/variables/:key": { what: "ci_variable", target: "key" },
};

const ACTIONS: Record<string, AuditEvent["action"]> = { POST: "add", DELETE: "remove" };

/** A call that succeeded, as far as an audit event tells it. */
export interface Audited {
  readonly operation: string;
  readonly authorId: number;
  /** Id or path of the project, and the parts of the path and of the body by name. */
  readonly project: string;
  part(name: string): string;
}

/** Keeps who did what to which project. */
export async function audit({ store }: Instance, call: Audited): Promise<void> {
  const audited = AUDITED[call.operation];
  const project = audited && findProject(store.data, call.project);
  if (audited === undefined || project === undefined) return;
  const [method = ""] = call.operation.split(" ");
  await store.update((state) => {
    recordsOf(state).auditEvents.push({
      id: nextId(state, "auditEvent"),
      projectId: project.id,
      createdAt: now(),
      authorId: call.authorId,
      action: ACTIONS[method] ?? "change",
      what: audited.what,
      target: call.part(audited.target),
    });
  });
}
