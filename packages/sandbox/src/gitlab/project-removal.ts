import { rm } from "node:fs/promises";
import { join } from "node:path";
import { projectPath } from "./access.ts";
import { type Instance, repositoryDir, traceFile } from "./instance.ts";
import { removeImages } from "./registry.ts";

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
    state.protectedTags = keep(state.protectedTags);
    state.protectedBranches = keep(state.protectedBranches);
    state.deployKeys = keep(state.deployKeys);
    state.environments = keep(state.environments);
    state.deployments = keep(state.deployments);
    state.resourceGroups = keep(state.resourceGroups ?? []);
    state.pipelines = keep(state.pipelines);
    state.jobs = keep(state.jobs);
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
