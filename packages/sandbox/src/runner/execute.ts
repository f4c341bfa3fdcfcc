import { rm } from "node:fs/promises";
import { join } from "node:path";
import { LABEL, sandboxLabels } from "../core/context.ts";
import { describeError } from "../core/log.ts";
import { endTracked } from "../core/process.ts";
import { projectPath } from "../gitlab/access.ts";
import { projectUrl } from "../gitlab/addresses.ts";
import { checkOut } from "../gitlab/git/check-out.ts";
import { artifactsDir, type Instance, traceFile } from "../gitlab/instance.ts";
import { expandText } from "../gitlab/pipelines/expand.ts";
import { type JobEnvironment, jobEnvironment } from "../gitlab/pipelines/job-environment.ts";
import type { JobResult } from "../gitlab/pipelines/jobs.ts";
import type { Job, Pipeline } from "../gitlab/pipelines/records.ts";
import type { Project, User } from "../gitlab/state.ts";
import { checkServices, jobSocket } from "./docker-service.ts";
import { DIED, watchForDeath } from "./dying.ts";
import { hasRsync, ImageError, prepareImage, removeByLabel } from "./images.ts";
import { jobFolder, toolName, writeConfig, writeVariables } from "./job-files.ts";
import { dotenvReport, exportStores, importStores, type Stores } from "./job-stores.ts";
import { createMasker } from "./mask.ts";
import { createOutputReader, type OutputReader } from "./output.ts";
import { startJob } from "./start-job.ts";
import { openTrace, type Trace } from "./trace.ts";

/** Carries the number of the job that a container or volume belongs to. */
export const JOB_LABEL = "tag-to-endpoint.gitlab-job";

export interface JobOrder {
  job: Job;
  pipeline: Pipeline;
  project: Project;
  user: User;
  token: string;
  /** Jobs of the pipeline whose artifacts this one gets. */
  producers: Job[];
  docker: string;
  socket: string;
  shimDir: string;
  /** Fires when the job is canceled or the runner stops; its reason is `canceled` or `stopped`. */
  signal: AbortSignal;
}

const jobLabels = (instance: Instance, job: Job) => [`${LABEL}=${instance.ctx.id}`, `${JOB_LABEL}=${job.id}`];

/** Runs one job from the check-out to its last line of log. Throws nothing: a fault of the runner is a result. */
export async function executeJob(instance: Instance, order: JobOrder): Promise<JobResult> {
  const { job } = order;
  const labels = jobLabels(instance, job);
  const folder = jobFolder(join(instance.dir, "work", `job-${job.id}`));
  const stores = storesOf(instance, order.project, order.pipeline);
  const reports = order.producers.map(({ id }) => dotenvReport(stores, id));
  const environment = await jobEnvironment(instance, { ...order, reported: Object.assign({}, ...reports) });
  const trace = openTrace(traceFile(instance, job.id), createMasker(environment.masked));
  try {
    const result = await run(instance, order, environment, folder, trace);
    report(trace, result);
    return result;
  } catch (error) {
    const image = error instanceof ImageError;
    trace.error(`ERROR: Job failed${image ? "" : " (system failure)"}: ${describeError(error)}`);
    instance.log.error(`job ${job.id}: ${describeError(error)}`);
    return { status: "failed", reason: image ? "image_pull_failure" : "runner_system_failure" };
  } finally {
    trace.close();
    await endTracked(instance.ctx.stateDir, `gitlab-job-${job.id}`, 500);
    await removeByLabel(instance.ctx.docker, labels).catch((error: unknown) =>
      instance.log.error(`job ${job.id}: cannot remove its containers: ${describeError(error)}`),
    );
    await rm(folder.root, { recursive: true, force: true });
  }
}

async function run(
  instance: Instance,
  order: JobOrder,
  environment: JobEnvironment,
  folder: ReturnType<typeof jobFolder>,
  trace: Trace,
): Promise<JobResult> {
  const { job, pipeline, project } = order;
  const { variables } = environment;
  trace.line(`Running on the sandbox's runner with gitlab-ci-local`);
  const image = imageOf(instance, job, variables);
  trace.step('Preparing the "docker" executor');
  const delayMs = checkServices(job.config.data.services, variables, trace);
  const { asRoot } = await prepareImage(instance, image, order.token, trace);
  trace.step("Getting source from Git repository");
  await checkOut(instance, folder.source, {
    projectId: project.id,
    sha: pipeline.sha,
    ref: pipeline.ref,
    depth: Number(variables.GIT_DEPTH ?? project.settings.ci_default_git_depth ?? 20) || 0,
    url: `${projectUrl(instance, instance.store.data, project)}.git`,
  });
  trace.line(`Checking out ${pipeline.sha.slice(0, 8)} as detached HEAD (ref is ${pipeline.ref})...`);
  const helper = instance.ctx.images.ciPython;
  const { cache, artifacts } = job.config.data;
  if ((cache !== undefined || artifacts !== undefined) && !(await hasRsync(instance, helper))) {
    trace.line(`The image ${helper} has no rsync: caches and artifacts are not kept.`);
  }
  const stores = storesOf(instance, project, pipeline);
  await importStores(
    folder,
    stores,
    order.producers.map(({ id }) => id),
  );
  const labels = { ...sandboxLabels(instance.ctx), [JOB_LABEL]: String(job.id) };
  await writeVariables(folder, environment, order.docker, labels);
  await writeConfig(folder, job, image, order.producers, variables);
  trace.step('Executing "step_script" stage of the job script');
  const socket = await jobSocket(order.socket, delayMs, order.signal);
  const child = startJob(instance, {
    jobId: job.id,
    jobName: toolName(job.id),
    folder: folder.source,
    file: folder.config,
    shimDir: order.shimDir,
    home: folder.home,
    helperImage: helper,
    asRoot,
    volumes: [`${socket.path}:/var/run/docker.sock`, `${folder.files}:${environment.filesDir}:ro`],
    shimConfig: folder.shimConfig,
  });
  const fault = instance.ctx.faults.ofJob(projectPath(instance.store.data, project), job.name);
  const watched = fault === undefined ? undefined : watchForDeath(trace, fault);
  const signal = AbortSignal.any([order.signal, ...(watched === undefined ? [] : [watched.signal])]);
  const reader = createOutputReader(toolName(job.id), watched?.trace ?? trace);
  child.stdout?.on("data", (part: Buffer) => reader.push(part));
  const timeout = timeoutOf(job, project);
  const end = await waitFor(instance, { ...order, signal }, child, timeout).finally(() => socket.close());
  reader.end();
  if (end.kind === "exit") await exportStores(folder, stores, job.id, reader.cacheKeys);
  const result = resultOf(end, reader, timeout);
  const url = job.environment?.url ?? "";
  if (result.status !== "success" || url === "") return result;
  // The address may come from what the job itself reports.
  const reported = { ...variables, ...dotenvReport(stores, job.id) };
  return { ...result, environmentUrl: expandText(url, reported) };
}

/** Pipelines of protected refs have caches of their own: https://docs.gitlab.com/ci/caching/#cache-key-names */
function storesOf(instance: Instance, project: Project, pipeline: Pipeline): Stores {
  const apart = project.settings.ci_separated_caches !== false;
  const kind = apart && pipeline.protectedRef ? "protected" : "non_protected";
  return {
    cache: join(instance.dir, "cache", String(project.id), kind),
    artifacts: artifactsDir(instance, pipeline.id),
  };
}

/** The job's image; without one the runner's default. */
function imageOf(instance: Instance, job: Job, variables: Record<string, string>): string {
  const { image } = job.config.data;
  const wanted = typeof image === "string" ? image : ((image as { name?: string } | undefined)?.name ?? "");
  const name = expandText(wanted, variables);
  if (name !== "") return name;
  if (wanted !== "") throw new ImageError(`image "${wanted}" is empty: the variable is not defined`);
  return instance.ctx.images.ciPython;
}

interface End {
  kind: "exit" | "timeout" | "canceled" | "stopped" | "died";
  code: number;
}

/** Waits for the end of the process; ends it when time is up or somebody else says so. */
function waitFor(
  instance: Instance,
  order: JobOrder,
  child: ReturnType<typeof startJob>,
  timeoutMs: number,
): Promise<End> {
  return new Promise((resolve, reject) => {
    let kind: End["kind"] = "exit";
    const stop = (why: End["kind"]) => {
      kind = why;
      endTracked(instance.ctx.stateDir, `gitlab-job-${order.job.id}`, 1_000)
        // `docker start --attach` hands signals on to a shell that ignores them: it ends with its container.
        .then(() => removeByLabel(instance.ctx.docker, jobLabels(instance, order.job)))
        .catch(reject);
    };
    const onAbort = () => stop(endBy(order.signal.reason));
    const timer = setTimeout(() => stop("timeout"), timeoutMs);
    order.signal.addEventListener("abort", onAbort, { once: true });
    if (order.signal.aborted) onAbort();
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      order.signal.removeEventListener("abort", onAbort);
      resolve({ kind, code: code ?? 1 });
    });
  });
}

function endBy(reason: unknown): End["kind"] {
  return reason === "canceled" ? "canceled" : reason === DIED ? "died" : "stopped";
}

function resultOf(end: End, reader: OutputReader, timeoutMs: number): JobResult {
  if (end.kind === "canceled") return { status: "canceled" };
  if (end.kind === "stopped") throw new Error("the sandbox was stopped while the job ran");
  // What GitLab Runner says when it is told to end while a job runs.
  if (end.kind === "died") throw new Error("aborted: terminated");
  if (end.kind === "timeout") {
    return { status: "failed", reason: "job_execution_timeout", exitCode: Math.round(timeoutMs / 1000) };
  }
  if (reader.exitCode === 0 && end.code === 0) return { status: "success", exitCode: 0 };
  if (reader.exitCode === undefined || reader.exitCode === 0) {
    const text = reader.problems.slice(-8).join(" | ");
    throw new Error(text || `gitlab-ci-local ended with code ${end.code} before the script's end`);
  }
  return { status: "failed", reason: "script_failure", exitCode: reader.exitCode };
}

function report(trace: Trace, result: JobResult): void {
  if (result.status === "success") trace.success("Job succeeded");
  else if (result.status === "canceled") trace.error("ERROR: Job failed: canceled");
  else if (result.reason === "job_execution_timeout") {
    trace.error(`ERROR: Job failed: execution took longer than ${result.exitCode}s seconds`);
  } else trace.error(`ERROR: Job failed: exit code ${result.exitCode}`);
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `timeout` such as `1h 30m`, `90 minutes` or seconds; else the project's. In milliseconds. */
export function timeoutOf(job: Job, project: Project): number {
  const limit = Number(project.settings.build_timeout ?? 3600);
  const text = String(job.config.data.timeout ?? "");
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+)\s*(s|m(?!o)|h|d|w)/gi)];
  const seconds = parts.reduce(
    (sum, [, n = "0", unit = "s"]) => sum + Number(n) * (UNITS[unit.toLowerCase()] ?? 1),
    0,
  );
  return (seconds || limit) * 1000;
}
