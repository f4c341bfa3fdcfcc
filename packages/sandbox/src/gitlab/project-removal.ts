import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findProject, projectPath } from "./access.ts";
import { ApiError, must } from "./errors.ts";
import { type Instance, repositoryDir, traceFile } from "./instance.ts";
import { dropRecords } from "./project-records.ts";
import { hasImages, removeImages, renameImages } from "./registry.ts";
import { type NamespaceRef, now, type Project, type State } from "./state.ts";

/** Removes a project with everything that belongs to it: records, repository, job logs, caches, running jobs. */
export async function removeProject(instance: Instance, projectId: number): Promise<void> {
  const { data } = instance.store;
  const project = data.projects.find(({ id }) => id === projectId);
  if (project === undefined) return;
  const path = projectPath(data, project);
  const jobs = data.jobs.filter((job) => job.projectId === projectId);
  const pipelines = data.pipelines.filter((pipeline) => pipeline.projectId === projectId);
  await instance.store.update((state) => {
    const keep = <T extends { projectId: number | null }>(list: T[]) =>
      list.filter((record) => record.projectId !== projectId);
    const bots = state.tokens.filter((token) => token.projectId === projectId).map((token) => token.userId);
    const isBot = (id: number) => bots.includes(id) && state.users.some((user) => user.id === id && user.bot);
    state.members = state.members.filter(
      ({ source, userId }) => !(source.kind === "project" && source.id === projectId) && !isBot(userId),
    );
    state.users = state.users.filter((user) => !isBot(user.id));
    state.tokens = keep(state.tokens);
    state.variables = state.variables.filter(
      ({ owner }) => !(owner?.kind === "project" && owner.id === projectId),
    );
    state.pushRules = state.pushRules.filter(
      ({ owner }) => !(owner.kind === "project" && owner.id === projectId),
    );
    state.protectedTags = keep(state.protectedTags);
    state.protectedBranches = keep(state.protectedBranches);
    state.deployKeys = keep(state.deployKeys);
    state.environments = keep(state.environments);
    state.deployments = keep(state.deployments);
    state.resourceGroups = keep(state.resourceGroups ?? []);
    state.pipelines = keep(state.pipelines);
    state.jobs = keep(state.jobs);
    state.redirects = keep(state.redirects);
    dropRecords(state, projectId);
    for (const runner of state.runners) {
      if (runner.type === "project_type") runner.ownerIds = runner.ownerIds.filter((id) => id !== projectId);
    }
    state.projects = state.projects.filter((project) => project.id !== projectId);
  });
  for (const job of jobs) await instance.runner.cancel(job.id);
  await Promise.all([
    ...jobs.map((job) => rm(traceFile(instance, job.id), { force: true })),
    ...pipelines.map(({ id }) =>
      rm(join(instance.dir, "artifacts", String(id)), { recursive: true, force: true }),
    ),
    removeImages(instance, path),
    rm(repositoryDir(instance, projectId), { recursive: true, force: true }),
    rm(join(instance.dir, "cache", String(projectId)), { recursive: true, force: true }),
  ]);
}

/** Gives a project another path; the old one leads to it until another project takes it. */
export function renameProject(state: State, project: Project, path: string): void {
  const old = projectPath(state, project);
  project.path = path;
  dropRedirect(state, projectPath(state, project));
  dropRedirect(state, old);
  state.redirects.push({ path: old, projectId: project.id });
}

/** A project that takes a path ends what led from there to another. */
export function dropRedirect(state: State, path: string): void {
  const wanted = path.toLowerCase();
  state.redirects = state.redirects.filter((redirect) => redirect.path.toLowerCase() !== wanted);
}

const refused = (message: string) => new ApiError(400, { message });

/**
 * Marks a project for deletion. It stays readable under another name, so that its own is free at once.
 * https://docs.gitlab.com/user/project/working_with_projects/#delete-a-project
 */
export async function markForDeletion(instance: Instance, project: Project): Promise<void> {
  const { deletion } = instance.ctx.conditions.gitlab;
  const suffix = `-deletion_scheduled-${project.id}`;
  await rename(instance, project, (draft) => {
    draft.markedForDeletionOn = now().slice(0, 10);
    return deletion === "renamed" ? { name: `${draft.name}${suffix}`, path: `${draft.path}${suffix}` } : {};
  });
}

/**
 * Moves a project to another namespace, where it keeps its path.
 * https://docs.gitlab.com/user/project/working_with_projects/#transfer-a-project
 */
export async function transferProject(
  instance: Instance,
  { id }: Project,
  namespace: NamespaceRef,
): Promise<Project> {
  const of = (state: State) => must(state.projects.find((project) => project.id === id));
  const before = projectPath(instance.store.data, of(instance.store.data));
  const hasTags = !instance.ctx.conditions.gitlab.registryRenames && (await hasImages(instance, before));
  if (hasTags) {
    throw refused("Project cannot be transferred, because tags are present in its container registry");
  }
  const project = await instance.store.update((state) => {
    const draft = of(state);
    const target = projectPath(state, { ...draft, namespace });
    if (findProject(state, target) !== undefined) {
      throw refused("Project with same name or path in target namespace already exists");
    }
    dropRedirect(state, target);
    dropRedirect(state, before);
    state.redirects.push({ path: before, projectId: id });
    draft.namespace = namespace;
    draft.updatedAt = now();
    return draft;
  });
  await renameImages(instance, before, projectPath(instance.store.data, project));
  return project;
}

const SUFFIX = /-(deleted|deletion_scheduled)-\d+$/;

/** Takes the mark off. Where its path was taken meanwhile, the project gets another one. */
export async function restoreProject(instance: Instance, project: Project): Promise<Project> {
  if (project.markedForDeletionOn === undefined) throw refused("Project has not been marked for deletion");
  const state = instance.store.data;
  const original = projectPath(state, project).replace(SUFFIX, "");
  const other = findProject(state, original);
  const more =
    other === undefined || other.id === project.id ? "" : `-${randomBytes(3).toString("hex").slice(1)}`;
  return rename(instance, project, (draft) => {
    delete draft.markedForDeletionOn;
    draft.archived = false;
    return { name: draft.name.replace(SUFFIX, "") + more, path: draft.path.replace(SUFFIX, "") + more };
  });
}

/** Changes a project whose images go with its path. */
async function rename(
  instance: Instance,
  { id }: Project,
  change: (draft: Project) => { name?: string; path?: string },
): Promise<Project> {
  const of = (state: State) =>
    must(
      state.projects.find((candidate) => candidate.id === id),
      "Project",
    );
  const before = projectPath(instance.store.data, of(instance.store.data));
  const canRename = instance.ctx.conditions.gitlab.registryRenames || !(await hasImages(instance, before));
  const project = await instance.store.update((state) => {
    const draft = of(state);
    const { name, path } = change(draft);
    if (path !== undefined && path !== draft.path) {
      if (!canRename) {
        throw refused("Cannot rename or delete project because it contains container registry tags!");
      }
      renameProject(state, draft, path);
    }
    draft.name = name ?? draft.name;
    draft.updatedAt = now();
    return draft;
  });
  await renameImages(instance, before, projectPath(instance.store.data, project));
  return project;
}
