import { requireGroup, requireProject } from "../access.ts";
import { ApiError, must, parameterError } from "../errors.ts";
import { type JobTokenScope, recordsOf } from "../project-records.ts";
import { MAINTAINER, type State } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { projectEntity } from "./project-entity.ts";

/** What a list of projects shows of each. */
const BASIC = [
  "id",
  "description",
  "name",
  "name_with_namespace",
  "path",
  "path_with_namespace",
  "created_at",
  "default_branch",
  "tag_list",
  "topics",
  "ssh_url_to_repo",
  "http_url_to_repo",
  "web_url",
  "readme_url",
  "forks_count",
  "avatar_url",
  "star_count",
  "last_activity_at",
  "visibility",
  "namespace",
];

/** Who reaches a project by the tokens of their jobs: https://docs.gitlab.com/api/project_job_token_scopes/ */
export function jobTokenScopeRoutes(api: Api): void {
  const base = "/projects/:id/job_token_scope";
  api.get(base, (call) => {
    const { id } = call.project(MAINTAINER);
    return { inbound_enabled: scopeOf(call.state, id).isLimited, outbound_enabled: false };
  });
  api.patch(base, async (call) => {
    const { id } = call.project(MAINTAINER);
    const enabled = call.params.boolean("enabled");
    if (enabled === undefined) throw parameterError("enabled is missing");
    await change(call, id, (scope) => ({ ...scope, isLimited: enabled }));
    return call.noContent();
  });
  listRoutes(api, `${base}/allowlist`, {
    list: "projects",
    key: "target_project_id",
    find: (call, id) => requireProject(call.state, call.caller, id).id,
    show: async (call, id) => {
      const found = must(call.state.projects.find((project) => project.id === id));
      const whole = await projectEntity(call, found);
      return Object.fromEntries(BASIC.map((name) => [name, whole[name]]));
    },
  });
  listRoutes(api, `${base}/groups_allowlist`, {
    list: "groups",
    key: "target_group_id",
    find: (call, id) => requireGroup(call.state, call.caller, id).id,
    show: async (call, id) => {
      const { name, fullPath } = must(call.state.groups.find((group) => group.id === id));
      return { id, web_url: `${call.instance.url}/groups/${fullPath}`, name };
    },
  });
}

interface Listed {
  list: "projects" | "groups";
  key: string;
  find(call: Call, id: string): number;
  show(call: Call, id: number): Promise<Record<string, unknown>>;
}

function listRoutes(api: Api, path: string, { list, key, find, show }: Listed): void {
  api.get(path, (call) => {
    const { id } = call.project(MAINTAINER);
    return Promise.all(call.page(scopeOf(call.state, id)[list]).map((one) => show(call, one)));
  });
  api.post(path, async (call) => {
    const { id } = call.project(MAINTAINER);
    const target = find(call, String(call.params.requireInteger(key)));
    if (scopeOf(call.state, id)[list].includes(target)) {
      throw new ApiError(400, {
        message: "400 Bad request - This project is already in the job token allowlist.",
      });
    }
    await change(call, id, (scope) => ({ ...scope, [list]: [...scope[list], target] }));
    return show(call, target);
  });
  api.delete(`${path}/:${key}`, async (call) => {
    const { id } = call.project(MAINTAINER);
    const target = call.number(key);
    must(scopeOf(call.state, id)[list].find((one) => one === target));
    await change(call, id, (scope) => ({ ...scope, [list]: scope[list].filter((one) => one !== target) }));
    return call.noContent();
  });
}

/** A project is closed to the jobs of others from the start. */
function scopeOf(state: State, projectId: number): JobTokenScope {
  const found = recordsOf(state).jobTokenScopes.find((scope) => scope.projectId === projectId);
  return found ?? { projectId, isLimited: true, projects: [], groups: [] };
}

async function change(
  call: Call,
  projectId: number,
  how: (scope: JobTokenScope) => JobTokenScope,
): Promise<void> {
  await call.instance.store.update((state) => {
    const records = recordsOf(state);
    const others = records.jobTokenScopes.filter((scope) => scope.projectId !== projectId);
    records.jobTokenScopes = [...others, how(scopeOf(state, projectId))];
  });
}
