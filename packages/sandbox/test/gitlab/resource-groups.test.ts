/** In which order the deployments of a project run, and which no longer do. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimJob } from "../../src/gitlab/pipelines/dispatch.ts";
import { finishJob, newJob, retryJob } from "../../src/gitlab/pipelines/jobs.ts";
import type { Job } from "../../src/gitlab/pipelines/records.ts";
import { findResourceGroup } from "../../src/gitlab/pipelines/resource-groups.ts";
import { emptyState, type ProcessMode, type State } from "../../src/gitlab/state.ts";
import { type Lab, seed, startLab } from "./harness.ts";

let state: State;
let jobs: Job[];

/** A project with three pipelines, each with a job of a resource group that deploys, all waiting. */
function begin(settings: Record<string, unknown> = {}): void {
  state = emptyState();
  const at = "2026-01-01T00:00:00Z";
  const common = { createdAt: at, updatedAt: at, startedAt: null, finishedAt: null };
  state.projects.push({
    ...{ id: 1, name: "p", path: "p", namespace: { kind: "user", id: 1 }, description: null },
    ...{ visibility: "private", defaultBranch: "main", creatorId: 1, lastActivityAt: at, archived: false },
    ...{ topics: [], settings, pipelines: 3, createdAt: at, updatedAt: at },
  });
  state.runners.push({
    ...{ id: 1, description: "r", type: "instance_type", ownerIds: [], tags: [], runUntagged: true },
    ...{ paused: false, locked: false, tokenHash: "", createdAt: at, contactedAt: null },
  });
  jobs = [1, 2, 3].map((id) => {
    state.pipelines.push({
      ...common,
      ...{ id, iid: id, projectId: 1, sha: `commit ${id}`, beforeSha: "", ref: "main", tag: false },
      ...{ source: "push", status: "pending", userId: 1, name: null, yamlErrors: null, variables: [] },
      ...{ stages: ["release"], protectedRef: true },
    });
    const job = newJob(
      state,
      { id, projectId: 1, userId: 1 },
      {
        ...{
          name: "deploy",
          stage: "release",
          when: "on_success",
          allowFailure: false,
          needs: null,
          tags: [],
        },
        ...{ resourceGroup: "heroku", environment: { name: "heroku", url: null, action: "start" } },
        config: { data: {}, variables: {}, rawVariables: [] },
      },
    );
    job.status = "pending";
    state.jobs.push(job);
    return job;
  });
}

/** Runs the next job to its success; the number of its pipeline. */
function next(): number | undefined {
  const claimed = claimJob(state)?.job;
  if (claimed) finishJob(state, claimed.id, { status: "success" });
  return claimed?.pipelineId;
}

const all = () => {
  const order: number[] = [];
  for (let one = next(); one !== undefined; one = next()) order.push(one);
  return order;
};
const statuses = () => jobs.map(({ status, failureReason }) => failureReason ?? status);
const setMode = (mode: ProcessMode) => {
  const group = findResourceGroup(state, 1, "heroku");
  if (group) group.processMode = mode;
};

describe("the order of a resource group", () => {
  const outdated = "failed_outdated_deployment_job";

  test("is none by default: whoever counts on the oldest being first is shown wrong", () => {
    begin();
    expect(findResourceGroup(state, 1, "heroku")?.processMode).toBe("unordered");
    expect(all()).toEqual([3]);
    expect(statuses()).toEqual([outdated, outdated, "success"]);
  });

  test("is the project's default where it has one, for groups that are new", () => {
    begin({ resource_group_default_process_mode: "oldest_first" });
    expect(all()).toEqual([1, 2, 3]);
    expect(statuses()).toEqual(["success", "success", "success"]);
  });

  test.each<[ProcessMode, number[]]>([
    ["oldest_first", [1, 2, 3]],
    ["newest_first", [3]],
    ["newest_ready_first", [3]],
  ])("%s", (mode, order) => {
    begin();
    setMode(mode);
    expect(all()).toEqual(order);
  });

  test("waits for an older pipeline that has not come so far, or does not", () => {
    begin();
    setMode("oldest_first");
    Object.assign(jobs[0] as Job, { status: "created" });
    expect(next()).toBeUndefined();
    setMode("newest_ready_first");
    expect(next()).toBe(3);
  });

  test("one job runs at a time", () => {
    begin({ resource_group_default_process_mode: "oldest_first" });
    expect(claimJob(state)?.job.pipelineId).toBe(1);
    expect(claimJob(state)).toBeUndefined();
  });
});

describe("an outdated deployment job", () => {
  beforeEach(() => begin({ ci_forward_deployment_enabled: true }));

  test("runs where the project does not prevent it", () => {
    Object.assign(state.projects[0]?.settings ?? {}, { ci_forward_deployment_enabled: false });
    expect(all()).toEqual([3, 2, 1]);
  });

  test("runs when the newer deployment failed", () => {
    const newest = claimJob(state)?.job;
    finishJob(state, newest?.id ?? 0, { status: "failed", reason: "script_failure" });
    expect(next()).toBe(2);
  });

  test("is another one when somebody retries it: that rolls back", () => {
    expect(all()).toEqual([3]);
    retryJob(state, jobs[0] as Job, 1);
    expect(all()).toEqual([1]);
  });
});

describe("the API", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab?.close());

  test("shows and changes the mode of a group, which exists from its first job on", async () => {
    const project = await lab.project("groups", { resource_group_default_process_mode: "oldest_first" });
    const path = `/projects/${project.id}/resource_groups/production`;
    expect((await lab.call("GET", path)).status).toBe(404);
    await seed(lab, project, {
      ".gitlab-ci.yml": 'j: {tags: [nobody], resource_group: production, script: ["true"]}\n',
    });
    const read = async () => (await lab.call("GET", path)).body;
    await expect
      .poll(read, { timeout: 30_000 })
      .toMatchObject({ key: "production", process_mode: "oldest_first" });
    expect(await lab.ok("PUT", path, { process_mode: "newest_first" })).toMatchObject({
      process_mode: "newest_first",
    });
    expect((await lab.call("PUT", path, { process_mode: "random" })).body).toEqual({
      error: "process_mode does not have a valid value",
    });
  });
});
