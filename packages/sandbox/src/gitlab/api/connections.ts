import { ApiError, must, notFound } from "../errors.ts";
import { type Integration, type Mirror, recordsOf } from "../project-records.ts";
import { MAINTAINER, nextId, now } from "../state.ts";
import type { Api } from "./call.ts";

/** Where a project's content goes: push mirrors and integrations. A sandbox keeps them and sends nothing. */
export function connectionRoutes(api: Api): void {
  mirrorRoutes(api);
  integrationRoutes(api);
}

/** https://docs.gitlab.com/api/remote_mirrors/ */
function mirrorRoutes(api: Api): void {
  const base = "/projects/:id/remote_mirrors";
  api.get(base, (call) => {
    const project = call.project(MAINTAINER);
    const found = recordsOf(call.state).mirrors.filter(({ projectId }) => projectId === project.id);
    return call.page(found).map(mirrorEntity);
  });
  api.post(base, async (call) => {
    const project = call.project(MAINTAINER);
    const { params } = call;
    const url = params.requireString("url");
    if (!/^(https?|ssh|git):\/\/[^\s/]/.test(url)) {
      throw new ApiError(400, { message: { url: ["Only allowed schemes are http, https, ssh, git"] } });
    }
    return api.instance.store.update((state) => {
      const mirror: Mirror = {
        id: nextId(state, "mirror"),
        projectId: project.id,
        createdAt: now(),
        url: url.replace(/\/\/[^@/]*@/, "//*****:*****@"),
        enabled: params.boolean("enabled") ?? false,
        onlyProtected: params.boolean("only_protected_branches") ?? false,
        keepsDivergent: params.boolean("keep_divergent_refs") ?? false,
      };
      recordsOf(state).mirrors.push(mirror);
      return mirrorEntity(mirror);
    });
  });
  api.delete(`${base}/:mirror_id`, async (call) => {
    const project = call.project(MAINTAINER);
    const id = call.number("mirror_id");
    await api.instance.store.update((state) => {
      const records = recordsOf(state);
      const found = records.mirrors.find((one) => one.id === id && one.projectId === project.id);
      must(found);
      records.mirrors = records.mirrors.filter((one) => one !== found);
    });
    return call.noContent();
  });
}

function mirrorEntity(mirror: Mirror): Record<string, unknown> {
  return {
    id: mirror.id,
    enabled: mirror.enabled,
    url: mirror.url,
    update_status: "none",
    last_update_at: null,
    last_update_started_at: null,
    last_successful_update_at: null,
    last_error: null,
    only_protected_branches: mirror.onlyProtected,
    keep_divergent_refs: mirror.keepsDivergent,
    auth_method: "password",
    host_keys: [],
  };
}

/** Some of GitLab's, by their path: https://docs.gitlab.com/api/project_integrations/ */
const INTEGRATIONS: Record<string, string> = {
  datadog: "Datadog",
  discord: "Discord Notifications",
  "emails-on-push": "Emails on push",
  "external-wiki": "External wiki",
  jenkins: "Jenkins",
  mattermost: "Mattermost notifications",
  "microsoft-teams": "Microsoft Teams notifications",
  "pipelines-email": "Pipeline status emails",
  slack: "Slack notifications",
};

const EVENTS = [
  "commit_events",
  "push_events",
  "issues_events",
  "incident_events",
  "alert_events",
  "confidential_issues_events",
  "merge_requests_events",
  "tag_push_events",
  "deployment_events",
  "note_events",
  "confidential_note_events",
  "pipeline_events",
  "wiki_page_events",
  "job_events",
  "comment_on_event_enabled",
  "inherited",
];

function integrationRoutes(api: Api): void {
  const base = "/projects/:id/integrations";
  api.get(base, (call) => {
    const project = call.project(MAINTAINER);
    const found = recordsOf(call.state).integrations.filter(({ projectId }) => projectId === project.id);
    return call.page(found).map(integrationEntity);
  });
  api.put(`${base}/:slug`, async (call) => {
    const project = call.project(MAINTAINER);
    const slug = call.path("slug");
    if (INTEGRATIONS[slug] === undefined) throw notFound("Integration");
    const integration = await api.instance.store.update((state) => {
      const { integrations } = recordsOf(state);
      const known = integrations.find((one) => one.projectId === project.id && one.slug === slug);
      const at = now();
      if (known !== undefined) return Object.assign(known, { updatedAt: at });
      const added = {
        id: nextId(state, "integration"),
        projectId: project.id,
        slug,
        createdAt: at,
        updatedAt: at,
      };
      integrations.push(added);
      return added;
    });
    return { ...integrationEntity(integration), properties: {} };
  });
  api.delete(`${base}/:slug`, async (call) => {
    const project = call.project(MAINTAINER);
    const slug = call.path("slug");
    await api.instance.store.update((state) => {
      const records = recordsOf(state);
      const found = records.integrations.find((one) => one.projectId === project.id && one.slug === slug);
      must(found, "Integration");
      records.integrations = records.integrations.filter((one) => one !== found);
    });
    return call.noContent();
  });
}

function integrationEntity({ id, slug, createdAt, updatedAt }: Integration): Record<string, unknown> {
  return {
    id,
    title: INTEGRATIONS[slug],
    slug,
    created_at: createdAt,
    updated_at: updatedAt,
    active: true,
    vulnerability_events: false,
    ...Object.fromEntries(EVENTS.map((name) => [name, name === "push_events"])),
  };
}
