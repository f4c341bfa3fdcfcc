import { setTimeout as sleep } from "node:timers/promises";
import { gitlabGet, gitlabList } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { ServiceUnavailable } from "../../lib/http/patience.ts";
import { jsonOf, Unreachable } from "../../lib/http/request.ts";

/**
 * Statuses of a pipeline that has, or is about to have, a running job. A `manual` or `scheduled` one has not:
 * its jobs get the variables of the moment at which somebody starts them.
 * https://docs.gitlab.com/api/pipelines/#list-project-pipelines
 */
const UNFINISHED = ["created", "waiting_for_resource", "preparing", "pending", "running", "canceling"];

export interface Pipeline {
  readonly project: string;
  readonly id: number;
  readonly status: string;
  readonly web_url: string;
}

export interface Waiting {
  /** End of the wait, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly pollSeconds: number;
  /** Called when the pipelines that are waited for change. */
  say(line: string): void;
}

/** Pipelines that were still going when the time was up. */
export class StillRunning extends Error {
  readonly pipelines: readonly Pipeline[];

  constructor(pipelines: readonly Pipeline[]) {
    super(`still running: ${list(pipelines)}`);
    this.pipelines = pipelines;
  }
}

/**
 * Waits until every pipeline that some projects have at this moment has ended; later ones do not count.
 * @throws StillRunning after the deadline
 */
export async function presentPipelinesEnd(
  account: Account,
  projects: readonly string[],
  waiting: Waiting,
): Promise<void> {
  let left = (await Promise.all(projects.map((project) => unfinished(account, project)))).flat();
  for (let told = -1; left.length > 0; await sleep(waiting.pollSeconds * 1000)) {
    left = (await Promise.all(left.map((pipeline) => again(account, pipeline)))).filter(
      (one) => one !== undefined,
    );
    if (left.length > 0 && left.length !== told) waiting.say(`waiting for ${list(left)}`);
    told = left.length;
    if (left.length > 0 && Date.now() > waiting.deadline) throw new StillRunning(left);
  }
}

function list(pipelines: readonly Pipeline[]): string {
  return pipelines.map(({ web_url, status }) => `${web_url} (${status})`).join(", ");
}

/** Lists have child pipelines only where they are asked for. */
async function unfinished(account: Account, project: string): Promise<Pipeline[]> {
  const queries = UNFINISHED.flatMap((status) => [
    `status=${status}`,
    `status=${status}&source=parent_pipeline`,
  ]);
  const lists = await Promise.all(
    queries.map((query) => gitlabList<Pipeline>(account, `${pathOf(project)}?${query}`)),
  );
  const byId = new Map(lists.flat().map((pipeline) => [pipeline.id, { ...pipeline, project }]));
  return [...byId.values()];
}

/** A pipeline as it is now; none once it has ended or was deleted. A GitLab that is down or busy for a moment is asked again. */
async function again(account: Account, pipeline: Pipeline): Promise<Pipeline | undefined> {
  const answer = await gitlabGet(account, `${pathOf(pipeline.project)}/${pipeline.id}`).catch(
    (error: unknown) => {
      if (error instanceof Unreachable || error instanceof ServiceUnavailable) return undefined;
      throw error;
    },
  );
  if (!answer || answer.status >= 500) return pipeline;
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) {
    throw new Error(`GitLab answered ${answer.status} when asked for pipeline ${pipeline.web_url}`);
  }
  const { status } = jsonOf(answer) as Pipeline;
  return UNFINISHED.includes(status) ? { ...pipeline, status } : undefined;
}

function pathOf(project: string): string {
  return `/projects/${encodeURIComponent(project)}/pipelines`;
}
