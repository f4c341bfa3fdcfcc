import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Registry, startRegistry } from "../core/registry.ts";
import type { RegistryAccess, RegistryError } from "../core/registry-proxy.ts";
import { canReadCode, effectiveLevel, projectPath } from "./access.ts";
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

/** Whether the registry keeps images of a project. */
export async function hasImages(instance: Instance, path: string): Promise<boolean> {
  return stat(imageFolder(instance, path)).then(
    () => true,
    () => false,
  );
}

/** Moves the images of a project that has another path now. */
export async function renameImages(instance: Instance, from: string, to: string): Promise<void> {
  if (from === to || !(await hasImages(instance, from))) return;
  const target = imageFolder(instance, to);
  await mkdir(dirname(target), { recursive: true });
  await rename(imageFolder(instance, from), target);
}

/** Removes the images of a project. What no other image holds is left for the registry's own clean-up. */
export async function removeImages(instance: Instance, path: string): Promise<void> {
  await rm(imageFolder(instance, path), { recursive: true, force: true });
}

function imageFolder(instance: Instance, path: string): string {
  const { stateDir } = instance.ctx;
  const repositories = join(stateDir, NAME, "storage", "docker", "registry", "v2", "repositories");
  return join(repositories, ...path.toLowerCase().split("/"));
}
