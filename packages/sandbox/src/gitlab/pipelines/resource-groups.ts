import { nextId, now, type ProcessMode, type ResourceGroup, type State } from "../state.ts";
import type { Job, JobStatus } from "./records.ts";

/** Resource groups: https://docs.gitlab.com/ci/resource_groups/ */

/** Notes a group when the first job of it is made. Its mode is then the project's default, and later changes alone. */
export function ensureResourceGroup(state: State, projectId: number, key: string): void {
  if (findResourceGroup(state, projectId, key) !== undefined) return;
  const project = state.projects.find(({ id }) => id === projectId);
  const at = now();
  state.resourceGroups ??= [];
  state.resourceGroups.push({
    id: nextId(state, "resource_group"),
    projectId,
    key,
    processMode: (project?.settings.resource_group_default_process_mode ?? "unordered") as ProcessMode,
    createdAt: at,
    updatedAt: at,
  });
}

export function findResourceGroup(state: State, projectId: number, key: string): ResourceGroup | undefined {
  return state.resourceGroups?.find((group) => group.projectId === projectId && group.key === key);
}

/** Statuses of a job that waits for the resource, and of one that may come to. */
const READY: JobStatus[] = ["pending"];
const UPCOMING: JobStatus[] = ["pending", "created"];

/** Whether it is a job's turn: the group's one resource is free, and no other job goes before it. */
export function isTurnOf(state: State, job: Job): boolean {
  const { resourceGroup: key, projectId } = job;
  if (key === null) return true;
  const others = state.jobs.filter((one) => one.projectId === projectId && one.resourceGroup === key);
  if (others.some(({ status }) => status === "running")) return false;
  const mode = findResourceGroup(state, projectId, key)?.processMode ?? "unordered";
  const rivals = others.filter(
    (one) => one.pipelineId !== job.pipelineId && RIVALS[mode].includes(one.status),
  );
  const isOlder = (one: Job) => one.pipelineId < job.pipelineId;
  return !rivals.some((one) => (mode === "oldest_first" ? isOlder(one) : !isOlder(one)));
}

/** Which jobs of other pipelines count when the next one is chosen. */
const RIVALS: Record<ProcessMode, JobStatus[]> = {
  // GitLab promises no order at all. Here it is the newest first, which breaks whoever counts on the other one.
  unordered: READY,
  oldest_first: UPCOMING,
  newest_first: UPCOMING,
  newest_ready_first: READY,
};
