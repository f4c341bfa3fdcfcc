import { ancestors, effectiveLevel, requireGroup, requireProject } from "../access.ts";
import { forbidden, must, parameterError } from "../errors.ts";
import { MAINTAINER, nextId, now, OWNER, type Runner, type State } from "../state.ts";
import { hashToken, newToken } from "../vault.ts";
import type { Api, Call } from "./call.ts";

const TYPES = ["instance_type", "group_type", "project_type"] as const;

/** Runners: https://docs.gitlab.com/api/runners/ and https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user */
export function runnerRoutes(api: Api): void {
  const { instance } = api;
  api.get("/runners", (call) => {
    const { caller, state } = call;
    const own = state.runners.filter((runner) => caller.user.admin || canManage(call, runner));
    return call.page(own).map(runnerShort);
  });
  api.get("/runners/all", (call) => {
    call.requireAdmin();
    return call.page(call.state.runners).map(runnerShort);
  });
  api.get("/runners/:runner_id", (call) => {
    const runner = find(call);
    if (!call.caller.user.admin && !canManage(call, runner)) throw forbidden("No access granted");
    return fullEntity(call.state, runner);
  });
  api.put("/runners/:runner_id", async (call) => {
    const { id } = manageable(call);
    const { params } = call;
    const runner = await instance.store.update((state) => {
      const stored = must(state.runners.find((candidate) => candidate.id === id));
      stored.description = params.string("description") ?? stored.description;
      stored.paused = params.boolean("paused") ?? stored.paused;
      stored.locked = params.boolean("locked") ?? stored.locked;
      stored.tags = params.list("tag_list") ?? stored.tags;
      stored.runUntagged = params.boolean("run_untagged") ?? stored.runUntagged;
      return stored;
    });
    instance.runner.wake();
    return fullEntity(call.state, runner);
  });
  api.delete("/runners/:runner_id", async (call) => {
    const { id } = manageable(call);
    await instance.store.update((state) => {
      state.runners = state.runners.filter((runner) => runner.id !== id);
    });
    return call.noContent();
  });
  api.get("/projects/:id/runners", (call) => {
    const project = call.project(MAINTAINER);
    const runners = call.state.runners.filter((runner) => {
      if (runner.type === "instance_type") return project.settings.shared_runners_enabled !== false;
      if (runner.type === "project_type") return runner.ownerIds.includes(project.id);
      return project.namespace.kind === "group" && runner.ownerIds.includes(project.namespace.id);
    });
    const status = call.params.string("status");
    const shown = runners.map(runnerShort);
    return call.page(shown.filter((runner) => status === undefined || runner.status === status));
  });
  api.get("/groups/:id/runners", (call) => {
    const group = requireGroup(call.state, call.caller, call.path("id"), OWNER);
    const above = ancestors(call.state, group.id).map(({ id }) => id);
    const runners = call.state.runners.filter(
      ({ type, ownerIds }) =>
        type === "instance_type" || (type === "group_type" && ownerIds.some((id) => above.includes(id))),
    );
    return call.page(runners).map(runnerShort);
  });
  api.post("/user/runners", createRunner, { scopes: ["create_runner"] });
}

async function createRunner(call: Call): Promise<unknown> {
  const { caller, instance, params, state } = call;
  const type = params.oneOf("runner_type", TYPES);
  if (type === undefined) throw parameterError("runner_type is missing");
  const ownerIds: number[] = [];
  if (type === "instance_type") call.requireAdmin();
  else if (type === "project_type") {
    ownerIds.push(requireProject(state, caller, String(params.requireInteger("project_id")), MAINTAINER).id);
  } else ownerIds.push(requireGroup(state, caller, String(params.requireInteger("group_id")), OWNER).id);
  const tags = params.list("tag_list") ?? [];
  const runUntagged = params.boolean("run_untagged") ?? true;
  if (tags.length === 0 && !runUntagged) {
    throw parameterError("tags list can not be empty when runner is not allowed to pick untagged jobs");
  }
  const token = newToken("glrt-");
  const runner = await instance.store.update((draft) =>
    addRunner(draft, {
      type,
      ownerIds,
      tags,
      runUntagged,
      description: params.string("description") ?? "",
      paused: params.boolean("paused") ?? false,
      locked: params.boolean("locked") ?? false,
      tokenHash: hashToken(token),
    }),
  );
  instance.runner.wake();
  return { id: runner.id, token, token_expires_at: null };
}

/** Adds a runner's record. All runners of a sandbox are served by its one executor. */
export function addRunner(state: State, fields: Omit<Runner, "id" | "createdAt" | "contactedAt">): Runner {
  const runner: Runner = { ...fields, id: nextId(state, "runner"), createdAt: now(), contactedAt: null };
  state.runners.push(runner);
  return runner;
}

function find(call: Call): Runner {
  const id = call.number("runner_id");
  return must(
    call.state.runners.find((runner) => runner.id === id),
    "Runner",
  );
}

function manageable(call: Call): Runner {
  const runner = find(call);
  if (!call.caller.user.admin && !canManage(call, runner)) throw forbidden("No access granted");
  return runner;
}

function canManage(call: Call, runner: Runner): boolean {
  if (runner.type !== "project_type") return false;
  return call.state.projects.some(
    (project) =>
      runner.ownerIds.includes(project.id) &&
      effectiveLevel(call.state, call.principal, project) >= MAINTAINER,
  );
}

/** A runner within lists and jobs. */
export function runnerShort(runner: Runner): Record<string, unknown> {
  return {
    id: runner.id,
    description: runner.description,
    ip_address: "127.0.0.1",
    active: !runner.paused,
    paused: runner.paused,
    is_shared: runner.type === "instance_type",
    runner_type: runner.type,
    name: "gitlab-ci-local",
    online: true,
    status: runner.paused ? "paused" : "online",
    created_at: runner.createdAt,
  };
}

function fullEntity(state: State, runner: Runner): Record<string, unknown> {
  const projects = state.projects.filter(
    ({ id }) => runner.type === "project_type" && runner.ownerIds.includes(id),
  );
  return {
    ...runnerShort(runner),
    tag_list: runner.tags,
    run_untagged: runner.runUntagged,
    locked: runner.locked,
    maximum_timeout: null,
    access_level: "not_protected",
    version: null,
    revision: null,
    platform: "linux",
    architecture: "amd64",
    contacted_at: runner.contactedAt,
    maintenance_note: null,
    projects: projects.map(({ id, name, path }) => ({ id, name, path })),
    groups: [],
  };
}
