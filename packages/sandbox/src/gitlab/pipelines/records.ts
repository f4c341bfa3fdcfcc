export type PipelineStatus =
  | "created"
  | "pending"
  | "running"
  | "success"
  | "failed"
  | "canceled"
  | "skipped"
  | "manual";

export interface PipelineVariable {
  key: string;
  /** Sealed as the variables are. */
  sealed: string;
  type: "env_var" | "file";
}

export interface Pipeline {
  id: number;
  iid: number;
  projectId: number;
  sha: string;
  beforeSha: string;
  ref: string;
  tag: boolean;
  source: string;
  status: PipelineStatus;
  userId: number;
  createdAt: string;
  updatedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  name: string | null;
  yamlErrors: string | null;
  /** Why it failed as a whole, by the name of GitLab's own record. */
  failureReason?: string | null;
  variables: PipelineVariable[];
  stages: string[];
  /** Whether the ref was protected when the pipeline was created. */
  protectedRef: boolean;
}

export type JobStatus = PipelineStatus;

/** A job's configuration after includes, extends, defaults and rules: what the runner executes. */
export interface JobConfig {
  /** Keys of `.gitlab-ci.yml` that the runner needs (image, script, cache, artifacts, ...), unexpanded. */
  data: Record<string, unknown>;
  /** Global, job and rule variables of the yml, in rising precedence, unexpanded. */
  variables: Record<string, string>;
  /** Keys of `variables` whose value is not expanded. */
  rawVariables: string[];
}

export interface Job {
  id: number;
  projectId: number;
  pipelineId: number;
  name: string;
  stage: string;
  status: JobStatus;
  when: string;
  allowFailure: boolean | { exitCodes: number[] };
  /** Names of the jobs that it waits for, or null: all of the earlier stages. */
  needs: { job: string; artifacts: boolean; optional: boolean }[] | null;
  tags: string[];
  resourceGroup: string | null;
  environment: { name: string; url: string | null; action: string } | null;
  config: JobConfig;
  userId: number;
  createdAt: string;
  queuedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  failureReason: string | null;
  exitCode: number | null;
  /** Replaced by a retry. */
  retried: boolean;
  runnerId: number | null;
}

export interface Environment {
  id: number;
  projectId: number;
  name: string;
  slug: string;
  externalUrl: string | null;
  tier: string;
  state: "available" | "stopped";
  createdAt: string;
  updatedAt: string;
}

export interface Deployment {
  id: number;
  iid: number;
  projectId: number;
  environmentId: number;
  jobId: number;
  ref: string;
  sha: string;
  status: string;
  userId: number;
  createdAt: string;
  updatedAt: string;
}

/** A push that was accepted and whose pipeline is still to be made. */
export interface PushEvent {
  id: number;
  projectId: number;
  userId: number;
  ref: string;
  tag: boolean;
  beforeSha: string;
  sha: string;
  variables: PipelineVariable[];
}
