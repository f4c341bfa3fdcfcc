import { invalid, must } from "../errors.ts";
import { type Hook, recordsOf } from "../project-records.ts";
import { MAINTAINER, nextId, now } from "../state.ts";
import type { Api, Call } from "./call.ts";

/** Events that GitLab tells a hook of, with those that it tells without being asked. */
const EVENTS = {
  push_events: true,
  tag_push_events: false,
  merge_requests_events: false,
  repository_update_events: false,
  issues_events: false,
  confidential_issues_events: false,
  note_events: false,
  confidential_note_events: false,
  pipeline_events: false,
  wiki_page_events: false,
  deployment_events: false,
  feature_flag_events: false,
  job_events: false,
  releases_events: false,
  milestone_events: false,
  emoji_events: false,
  resource_access_token_events: false,
  vulnerability_events: false,
};

/** Webhooks of projects, which a sandbox keeps and never calls: https://docs.gitlab.com/api/project_webhooks/ */
export function hookListRoutes(api: Api): void {
  const base = "/projects/:id/hooks";
  api.get(base, (call) => {
    const project = call.project(MAINTAINER);
    return call
      .page(recordsOf(call.state).hooks.filter(({ projectId }) => projectId === project.id))
      .map(entity);
  });
  api.post(base, async (call) => {
    const project = call.project(MAINTAINER);
    const { params } = call;
    const url = params.requireString("url");
    if (!/^https?:\/\/[^\s/]/.test(url))
      throw invalid({ url: ["is blocked: Only allowed schemes are http, https"] }, 422);
    return api.instance.store.update((state) => {
      const hook: Hook = {
        id: nextId(state, "hook"),
        projectId: project.id,
        createdAt: now(),
        url,
        name: params.string("name") ?? null,
        description: params.string("description") ?? null,
        events: Object.fromEntries(
          Object.entries(EVENTS).map(([name, initial]) => [name, params.boolean(name) ?? initial]),
        ),
        verifiesTls: params.boolean("enable_ssl_verification") ?? true,
        branchFilter: params.string("push_events_branch_filter") ?? null,
      };
      recordsOf(state).hooks.push(hook);
      return entity(hook);
    });
  });
  api.delete(`${base}/:hook_id`, async (call) => {
    const { id } = find(call);
    await api.instance.store.update((state) => {
      const records = recordsOf(state);
      records.hooks = records.hooks.filter((hook) => hook.id !== id);
    });
    return call.noContent();
  });
}

function find(call: Call): Hook {
  const project = call.project(MAINTAINER);
  const id = call.number("hook_id");
  return must(recordsOf(call.state).hooks.find((hook) => hook.id === id && hook.projectId === project.id));
}

/** Its secret token is never told. */
function entity(hook: Hook): Record<string, unknown> {
  return {
    id: hook.id,
    url: hook.url,
    name: hook.name,
    description: hook.description,
    created_at: hook.createdAt,
    ...hook.events,
    enable_ssl_verification: hook.verifiesTls,
    alert_status: "executable",
    disabled_until: null,
    url_variables: [],
    push_events_branch_filter: hook.branchFilter,
    branch_filter_strategy: "wildcard",
    custom_webhook_template: null,
    custom_headers: [],
    project_id: hook.projectId,
  };
}
