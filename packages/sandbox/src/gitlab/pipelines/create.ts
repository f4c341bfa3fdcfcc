import { ApiError, must } from "../errors.ts";
import { readCommit, resolveRef } from "../git/git.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import { isPaid } from "../plans.ts";
import { isProtectedRef } from "../protection.ts";
import { nextId, now, type Project, type State, type User } from "../state.ts";
import { ConfigError } from "./config.ts";
import type { PlannedJob } from "./config-types.ts";
import { newJob } from "./jobs.ts";
import { loadPlan } from "./load-plan.ts";
import type { Pipeline, PipelineVariable, PushEvent } from "./records.ts";
import { advance } from "./status.ts";

export interface PipelineOrder {
  projectId: number;
  ref: string;
  tag: boolean;
  beforeSha: string;
  source: "push" | "api" | "web" | "trigger" | "schedule";
  user: User;
  variables: PipelineVariable[];
  /** The push that it is for; noted as done together with the pipeline. */
  event?: PushEvent;
}

const base = (text: string) => new ApiError(400, { message: { base: [text] } });

/**
 * Makes the pipeline of a ref, as its configuration at that commit says.
 * Undefined when a push gives none; for other sources that is an error, as in GitLab.
 */
export async function createPipeline(
  instance: Instance,
  order: PipelineOrder,
): Promise<Pipeline | undefined> {
  const state = instance.store.data;
  const project = must(
    state.projects.find(({ id }) => id === order.projectId),
    "Project",
  );
  const dir = repositoryDir(instance, project.id);
  const fullRef = `refs/${order.tag ? "tags" : "heads"}/${order.ref}`;
  const sha = order.event?.sha ?? (await resolveRef(dir, `${fullRef}^{commit}`));
  if (sha === undefined) throw base("Reference not found");
  const push = order.source === "push";
  const commit = await readCommit(dir, sha);
  if (push && /\[(ci[ _-]skip|skip[ _-]ci)\]/i.test(commit.message)) return undefined;
  const { variables } = order;
  const facts = {
    sha,
    beforeSha: order.beforeSha,
    ref: order.ref,
    tag: order.tag,
    source: order.source,
    createdAt: now(),
    protectedRef: isProtectedRef(state, project, order.ref, order.tag),
  };
  let jobs: PlannedJob[] = [];
  let stages: string[] = [];
  let name: string | null = null;
  let yamlErrors: string | null = null;
  let failureReason: string | null = null;
  try {
    const plan = await loadPlan(instance, { project, facts, variables, user: order.user });
    if (plan !== "missing") checkIdentity(instance, project, order.user);
    if (typeof plan === "string") {
      if (push) return undefined;
      throw base(NOTHING[plan]);
    }
    ({ jobs, stages, name } = plan);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (!push) throw base(error.message);
    yamlErrors = error.message;
    failureReason = error.reason;
  }
  const pipeline = await instance.store.update((draft) => {
    const owner = must(
      draft.projects.find(({ id }) => id === project.id),
      "Project",
    );
    if (order.event !== undefined) dropEvent(draft, order.event.id);
    return addPipeline(
      draft,
      owner,
      { ...facts, variables, name, yamlErrors, failureReason, stages, userId: order.user.id },
      jobs,
    );
  });
  instance.log.info(`pipeline ${pipeline.id} of project ${project.id} for ${fullRef}: ${jobs.length} jobs`);
  instance.runner.wake();
  return pipeline;
}

/**
 * On the Free plan of gitlab.com nobody runs jobs whose identity is not verified; the pipeline fails without any.
 * https://docs.gitlab.com/ci/debugging/#error-identity-verification-is-required-in-order-to-run-ci-jobs
 */
function checkIdentity(instance: Instance, project: Project, user: User): void {
  if (!instance.ctx.conditions.gitlab.unverifiedUsers.includes(user.username)) return;
  if (isPaid(instance.store.data, project.namespace)) return;
  throw new ConfigError("Identity verification is required in order to run CI jobs", "user_not_verified");
}

const NOTHING = {
  missing: "Missing CI config file",
  filtered: "Pipeline filtered out by workflow rules.",
  empty:
    "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.",
};

type NewPipeline = Omit<
  Pipeline,
  "id" | "iid" | "projectId" | "status" | "updatedAt" | "startedAt" | "finishedAt"
>;

function addPipeline(state: State, project: Project, fields: NewPipeline, jobs: PlannedJob[]): Pipeline {
  project.pipelines += 1;
  const failed = fields.yamlErrors !== null;
  const pipeline: Pipeline = {
    ...fields,
    id: nextId(state, "pipeline"),
    iid: project.pipelines,
    projectId: project.id,
    status: failed ? "failed" : "created",
    updatedAt: fields.createdAt,
    startedAt: null,
    finishedAt: failed ? fields.createdAt : null,
  };
  state.pipelines.push(pipeline);
  // Jobs are numbered in the order of their stages.
  const ordered = pipeline.stages.flatMap((stage) => jobs.filter((job) => job.stage === stage));
  for (const planned of ordered) state.jobs.push(newJob(state, pipeline, planned));
  advance(state, pipeline);
  return pipeline;
}

/** Notes that a push needs nothing more. */
export function dropEvent(state: State, id: number): void {
  state.pushEvents = state.pushEvents.filter((event) => event.id !== id);
}
