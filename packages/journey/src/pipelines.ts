import { setTimeout as delay } from "node:timers/promises";
import { type Environment, gitlab } from "./environment.ts";

const finished = new Set(["success", "failed", "canceled", "skipped"]);

/** Which pipeline to follow. */
export interface PipelineQuery {
  /** Path with namespace of the project. */
  project: string;
  /** Branch or tag. */
  ref: string;
  /** Commit, where the ref moves on. */
  sha?: string;
  /** How long to wait for it to appear, and then for it to end. */
  appearSeconds?: number;
  finishSeconds?: number;
}

/** How a pipeline ended. */
export interface PipelineResult {
  id: number;
  status: string;
  webUrl: string;
  seconds: number;
  /** The traces of its jobs, one after the other. */
  trace: string;
}

/** Waits for a pipeline to appear and to end, showing the newest line of its jobs' traces. */
export async function followPipeline(
  environment: Environment,
  query: PipelineQuery,
  onLine: (line: string) => void = () => {},
): Promise<PipelineResult> {
  const api = gitlab(environment);
  const started = Date.now();
  const id = await appearing(environment, query);
  const logName = `pipeline-${query.project.replaceAll("/", "-")}-${id}`;
  const shown = new Map<number, number>();
  for (const end = Date.now() + (query.finishSeconds ?? 900) * 1000; ; await delay(1000)) {
    const pipeline = await api.Pipelines.show(query.project, id);
    let trace = "";
    for (const job of await api.Jobs.all(query.project, { pipelineId: id })) {
      const text = String(await api.Jobs.showLog(query.project, job.id));
      const fresh = text.slice(shown.get(job.id) ?? 0);
      shown.set(job.id, text.length);
      trace += text;
      if (fresh) environment.log.append(logName, fresh);
      const line = fresh.trim().split("\n").at(-1);
      if (line) onLine(`${job.name}: ${line}`);
    }
    if (finished.has(pipeline.status)) {
      const seconds = (Date.now() - started) / 1000;
      return { id, status: pipeline.status, webUrl: String(pipeline.web_url), seconds, trace };
    }
    if (Date.now() > end) {
      throw new Error(
        `Pipeline ${pipeline.web_url} is still ${pipeline.status} after ${query.finishSeconds} s`,
      );
    }
  }
}

async function appearing(environment: Environment, query: PipelineQuery): Promise<number> {
  const seconds = query.appearSeconds ?? 60;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await delay(500)) {
    const { ref, sha } = query;
    const [newest] = await gitlab(environment).Pipelines.all(query.project, { ref, ...(sha && { sha }) });
    if (newest) return newest.id;
  }
  throw new Error(
    `No pipeline for ${query.sha ?? query.ref} appeared in ${query.project} within ${seconds} s`,
  );
}

/** Throws with the end of the trace unless the pipeline ended as expected. */
export function expectStatus(result: PipelineResult, status: "success" | "failed"): PipelineResult {
  if (result.status === status) return result;
  const tail = result.trace.trimEnd().split("\n").slice(-15).join("\n");
  throw new Error(`Pipeline ${result.webUrl} ended as ${result.status}, expected ${status}:\n${tail}`);
}
