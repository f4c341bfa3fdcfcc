import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Registry, type RegistryAccess, type RegistryError, startRegistry } from "../core/registry.ts";
import { canReadCode, effectiveLevel, projectPath } from "./access.ts";
import type { Api } from "./api/call.ts";
import { imagePrefix } from "./api/project-entity.ts";
import { findToken, type Principal } from "./auth.ts";
import type { Instance } from "./instance.ts";
import { DEVELOPER, type Project, REPORTER, type State } from "./state.ts";

const NAME = "gitlab-registry";

const DENIED: RegistryError = {
  status: 403,
  code: "DENIED",
  message: "requested access to the resource is denied",
};

/** The container registry: https://docs.gitlab.com/user/packages/container_registry/ */
export function startContainerRegistry(instance: Instance): Promise<Registry> {
  return startRegistry(instance.ctx, {
    name: NAME,
    port: instance.ctx.ports.gitlabRegistry,
    realm: "GitLab container registry",
    authorize: (_user, password, access) => authorize(instance, password, access),
  });
}

function authorize(instance: Instance, password: string, access: RegistryAccess): boolean | RegistryError {
  const found = findToken(instance, password);
  if ("problem" in found) return false;
  const { principal } = found;
  if (access.repository === null) return access.actions.length === 0 ? true : DENIED;
  const state = instance.store.data;
  const project = projectOfRepository(state, access.repository);
  if (project === undefined) return DENIED;
  return access.actions.every((action) => mayDo(state, principal, project, action)) ? true : DENIED;
}

/** An image is named after its project's path, with any further parts behind it. */
export function projectOfRepository(state: State, repository: string): Project | undefined {
  const candidates = state.projects.filter((project) => {
    const path = projectPath(state, project).toLowerCase();
    return repository === path || repository.startsWith(`${path}/`);
  });
  return candidates.sort((a, b) => projectPath(state, b).length - projectPath(state, a).length)[0];
}

function mayDo(state: State, principal: Principal, project: Project, action: string): boolean {
  const { token, job } = principal;
  if (project.settings.container_registry_access_level === "disabled") return false;
  const reading = action === "pull";
  if (job !== null) {
    if (job.projectId !== project.id) return false;
  } else {
    // As GitLab has it: `api` is enough, and pushing needs both registry scopes.
    const enough = reading
      ? token.scopes.some((scope) => ["api", "read_api", "read_registry"].includes(scope))
      : token.scopes.some((scope) => ["api", "write_registry"].includes(scope));
    if (!enough) return false;
  }
  const level = effectiveLevel(state, principal, project);
  if (!reading) return level >= DEVELOPER;
  if (project.settings.container_registry_access_level === "private") return level >= REPORTER;
  return canReadCode(state, principal, project);
}

/** Repositories of the registry: https://docs.gitlab.com/api/container_registry/ */
export function containerRegistryRoutes(api: Api, registry: () => Registry): void {
  const { instance } = api;
  api.get("/projects/:id/registry/repositories", async (call) => {
    const project = call.project(REPORTER);
    const path = projectPath(call.state, project).toLowerCase();
    const names = (await catalogue(registry())).filter(
      (name) => projectOfRepository(call.state, name)?.id === project.id,
    );
    const prefix = imagePrefix(instance, call.state, project);
    const withTags = call.params.boolean("tags") ?? false;
    const list = call.page(names.sort());
    return Promise.all(
      list.map(async (name) => {
        const tags = await tagsOf(registry(), name);
        const location = prefix + name.slice(path.length);
        return {
          id: idOf(name),
          name: name.slice(path.length + 1),
          path: name,
          project_id: project.id,
          location,
          created_at: project.createdAt,
          cleanup_policy_started_at: null,
          status: null,
          tags_count: tags.length,
          ...(withTags
            ? {
                tags: tags.map((tag) => ({
                  name: tag,
                  path: `${name}:${tag}`,
                  location: `${location}:${tag}`,
                })),
              }
            : {}),
        };
      }),
    );
  });
}

const CATALOGUE_PAGE = 100;

async function catalogue(registry: Registry): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const last = names.at(-1);
    const after = last === undefined ? "" : `&last=${encodeURIComponent(last)}`;
    const answer = await registry.fetch("GET", `/v2/_catalog?n=${CATALOGUE_PAGE}${after}`);
    if (answer.status !== 200) throw new Error(`the registry's catalogue answered ${answer.status}`);
    const page = (JSON.parse(answer.body.toString()) as { repositories: string[] | null }).repositories ?? [];
    names.push(...page);
    if (page.length < CATALOGUE_PAGE) return names;
  }
}

async function tagsOf(registry: Registry, name: string): Promise<string[]> {
  const answer = await registry.fetch("GET", `/v2/${name}/tags/list`);
  if (answer.status === 404) return [];
  return (JSON.parse(answer.body.toString()) as { tags: string[] | null }).tags ?? [];
}

/** Removes the images of a project. What no other image holds is left for the registry's own clean-up. */
export async function removeImages(instance: Instance, path: string): Promise<void> {
  const { stateDir } = instance.ctx;
  const repositories = join(stateDir, NAME, "storage", "docker", "registry", "v2", "repositories");
  await rm(join(repositories, ...path.toLowerCase().split("/")), { recursive: true, force: true });
}

/** A stable number for a repository's name. */
function idOf(name: string): number {
  let id = 0;
  for (const char of name) id = (id * 31 + (char.codePointAt(0) ?? 0)) % 2_147_483_647;
  return id;
}
