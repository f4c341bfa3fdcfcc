import { must } from "../errors.ts";
import { recordsOf, type Schedule, type Trigger } from "../project-records.ts";
import { DEVELOPER, MAINTAINER, nextId, now } from "../state.ts";
import { newToken } from "../vault.ts";
import type { Api, Call } from "./call.ts";
import { findUser, userEntity } from "./users.ts";

/** What starts pipelines beside pushes: schedules and trigger tokens. A sandbox keeps them and starts nothing. */
export function pipelineStarterRoutes(api: Api): void {
  scheduleRoutes(api);
  triggerRoutes(api);
}

/** https://docs.gitlab.com/api/pipeline_schedules/ */
function scheduleRoutes(api: Api): void {
  const base = "/projects/:id/pipeline_schedules";
  api.get(base, (call) => {
    const project = call.project(DEVELOPER);
    const scope = call.params.oneOf("scope", ["active", "inactive"] as const);
    const found = recordsOf(call.state).schedules.filter(
      ({ projectId, active }) =>
        projectId === project.id && (scope === undefined || active === (scope === "active")),
    );
    return call.page(found).map((schedule) => scheduleEntity(call, schedule));
  });
  api.post(base, async (call) => {
    const project = call.project(DEVELOPER);
    const { params } = call;
    const at = now();
    const wanted = {
      projectId: project.id,
      ownerId: call.caller.user.id,
      description: params.requireString("description"),
      ref: params.requireString("ref"),
      cron: params.requireString("cron"),
      timezone: params.string("cron_timezone") ?? "UTC",
      active: params.boolean("active") ?? true,
      createdAt: at,
      updatedAt: at,
    };
    const schedule = await api.instance.store.update((state) => {
      const added: Schedule = { ...wanted, id: nextId(state, "schedule") };
      recordsOf(state).schedules.push(added);
      return added;
    });
    return { ...scheduleEntity(call, schedule), last_pipeline: null, variables: [] };
  });
  api.delete(`${base}/:pipeline_schedule_id`, async (call) => {
    const project = call.project(MAINTAINER);
    const id = call.number("pipeline_schedule_id");
    await api.instance.store.update((state) => {
      const records = recordsOf(state);
      const found = records.schedules.find((one) => one.id === id && one.projectId === project.id);
      must(found, "Pipeline Schedule");
      records.schedules = records.schedules.filter((one) => one !== found);
    });
    return call.noContent();
  });
}

function scheduleEntity(call: Call, schedule: Schedule): Record<string, unknown> {
  const { id, description, ref, cron, timezone, active, createdAt, updatedAt, ownerId } = schedule;
  return {
    id,
    description,
    ref,
    cron,
    cron_timezone: timezone,
    next_run_at: null,
    active,
    created_at: createdAt,
    updated_at: updatedAt,
    owner: userEntity(call.instance, must(findUser(call.state, ownerId), "User")),
  };
}

/** https://docs.gitlab.com/api/pipeline_triggers/ */
function triggerRoutes(api: Api): void {
  const base = "/projects/:id/triggers";
  api.get(base, (call) => {
    const project = call.project(MAINTAINER);
    const found = recordsOf(call.state).triggers.filter(({ projectId }) => projectId === project.id);
    return call.page(found).map((trigger) => triggerEntity(call, trigger));
  });
  api.post(base, async (call) => {
    const project = call.project(MAINTAINER);
    const description = call.params.requireString("description");
    const sealed = api.instance.vault.seal(newToken("glptt-"));
    const trigger = await api.instance.store.update((state) => {
      const added: Trigger = {
        id: nextId(state, "trigger"),
        projectId: project.id,
        ownerId: call.caller.user.id,
        description,
        sealed,
        createdAt: now(),
        expiresAt: call.params.string("expires_at") ?? null,
      };
      recordsOf(state).triggers.push(added);
      return added;
    });
    return triggerEntity(call, trigger);
  });
  api.delete(`${base}/:trigger_id`, async (call) => {
    const project = call.project(MAINTAINER);
    const id = call.number("trigger_id");
    await api.instance.store.update((state) => {
      const records = recordsOf(state);
      const found = records.triggers.find((one) => one.id === id && one.projectId === project.id);
      must(found, "Trigger");
      records.triggers = records.triggers.filter((one) => one !== found);
    });
    return call.noContent();
  });
}

/** Its owner reads the whole token, others its first four characters. */
function triggerEntity(call: Call, trigger: Trigger): Record<string, unknown> {
  const token = call.instance.vault.open(trigger.sealed);
  return {
    id: trigger.id,
    token: trigger.ownerId === call.caller.user.id ? token : token.replace(/^glptt-/, "").slice(0, 4),
    description: trigger.description,
    created_at: trigger.createdAt,
    updated_at: trigger.createdAt,
    last_used: null,
    expires_at: trigger.expiresAt,
    owner: userEntity(call.instance, must(findUser(call.state, trigger.ownerId), "User")),
  };
}
