import { join } from "node:path";
import type { Logger, SandboxContext } from "../core/context.ts";
import type { Store } from "../core/store.ts";
import type { State } from "./state.ts";
import type { Vault } from "./vault.ts";

/** What the instance tells its runner. */
export interface RunnerControl {
  /** Something may have become runnable. */
  wake(): void;
  /** Ends the job's processes and containers, if it runs here. */
  cancel(jobId: number): Promise<void>;
}

/** A runner at work for one instance. */
export interface RunnerService extends RunnerControl {
  /** Ends the jobs that run, which then have failed, and takes no more. */
  close(): Promise<void>;
}

/** Starts a runner. It is handed to the service, which knows nothing of how a job runs. */
export type StartRunner = (instance: Instance) => Promise<RunnerService>;

/** One GitLab of a sandbox, as its parts see it. */
export interface Instance {
  ctx: SandboxContext;
  log: Logger;
  store: Store<State>;
  vault: Vault;
  /** `http://127.0.0.1:<port>`. */
  url: string;
  /** `ssh://git@127.0.0.1:<port>`. */
  sshUrl: string;
  /** Host and port that image names begin with. */
  registryHost: string;
  /** The service's own folder. */
  dir: string;
  /** Lets git hooks call back into the service. */
  hookSecret: string;
  runner: RunnerControl;
  /** Turns accepted pushes into pipelines. */
  pushes: { wake(): void };
}

/** The version that the API says it speaks. */
export const GITLAB_VERSION = "18.5.1";

/** The bare repository of a project. Its folder does not follow renames. */
export function repositoryDir(instance: Instance, projectId: number): string {
  return join(instance.dir, "repositories", `${projectId}.git`);
}

/** The log of a job. */
export function traceFile(instance: Instance, jobId: number): string {
  return join(instance.dir, "traces", `${jobId}.log`);
}

/** The artifacts of a pipeline's jobs, one folder a job. */
export function artifactsDir(instance: Instance, pipelineId: number): string {
  return join(instance.dir, "artifacts", String(pipelineId));
}

/** The folder of one job in it. */
export const artifactFolder = (jobId: number) => `job-${jobId}`;

/** What a job leaves to others: a folder with its files, and beside it, with the ending `.zip`, all but its reports. */
export function jobArtifactsDir(instance: Instance, pipelineId: number, jobId: number): string {
  return join(artifactsDir(instance, pipelineId), artifactFolder(jobId));
}

/** Folder of git hooks that every repository uses. */
export function hooksDir(instance: Instance): string {
  return join(instance.dir, "hooks");
}
