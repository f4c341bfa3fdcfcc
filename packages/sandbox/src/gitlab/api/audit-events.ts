import { forbidden } from "../errors.ts";
import { hasPaidFeatures } from "../plans.ts";
import { type AuditEvent, recordsOf } from "../project-records.ts";
import { MAINTAINER, type State } from "../state.ts";
import type { Api } from "./call.ts";
import { findUser } from "./users.ts";

/** Who did what, on Premium and Ultimate: https://docs.gitlab.com/api/audit_events/#project-audit-events */
export function auditEventRoutes(api: Api): void {
  api.get("/projects/:id/audit_events", (call) => {
    const project = call.project(MAINTAINER);
    if (!hasPaidFeatures(call.state, project.namespace)) throw forbidden();
    const since = call.params.string("created_after") ?? "";
    const found = recordsOf(call.state).auditEvents.filter(
      (event) => event.projectId === project.id && event.createdAt >= since,
    );
    return call.page(found.toReversed()).map((event) => entity(call.state, event));
  });
}

function entity(state: State, event: AuditEvent): Record<string, unknown> {
  const author = findUser(state, event.authorId);
  return {
    id: event.id,
    author_id: event.authorId,
    entity_id: event.projectId,
    entity_type: "Project",
    event_name: `${event.what}_${event.action === "add" ? "created" : event.action === "remove" ? "removed" : "updated"}`,
    details: {
      [event.action]: event.what,
      author_name: author?.name ?? "",
      target_id: event.id,
      target_type: event.what,
      target_details: event.target,
      ip_address: "127.0.0.1",
      entity_path: "",
    },
    created_at: event.createdAt,
  };
}
