import { projectPath } from "../access.ts";
import { readCommit } from "../git/git.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import type { Project, User } from "../state.ts";
import { expandAll, expandText, type RawVariable } from "./expand.ts";
import { jobVariables, pipelineVariables } from "./predefined-variables.ts";
import type { Job, Pipeline } from "./records.ts";
import { openedVariables } from "./stored-variables.ts";

export interface JobEnvironment {
  /** Every variable of the job, expanded. */
  variables: Record<string, string>;
  /** Contents of file variables, by name. */
  files: Record<string, string>;
  /** Where those files are in the job's container. */
  filesDir: string;
  /** Values that the log must not show. */
  masked: string[];
}

/** Puts a job's variables together: https://docs.gitlab.com/ci/variables/#cicd-variable-precedence */
export async function jobEnvironment(
  instance: Instance,
  context: {
    project: Project;
    pipeline: Pipeline;
    job: Job;
    user: User;
    token: string;
    /** From the dotenv reports of the jobs whose artifacts this one gets. */
    reported: Record<string, string>;
  },
): Promise<JobEnvironment> {
  const { project, pipeline, job, user, token, reported } = context;
  const commit = await readCommit(repositoryDir(instance, project.id), pipeline.sha);
  const own = jobVariables(instance, project, pipeline, job, token);
  const predefined = {
    ...pipelineVariables(instance, project, pipeline, commit, user),
    ...own.plain,
    ...own.secret,
  };
  const stored = openedVariables(instance, project, pipeline, job.environment?.name ?? null);
  const filesDir = `/builds/${projectPath(instance.store.data, project)}.tmp`;
  const files: Record<string, string> = {};
  const all: Record<string, RawVariable> = {};
  const { rawVariables, variables: fromYml } = job.config;
  const isInstanceWide = (key: string) => stored[key]?.stored === false;
  for (const [key, value] of Object.entries(predefined)) all[key] = { value, raw: true };
  for (const [key, value] of Object.entries(fromYml)) all[key] = { value, raw: rawVariables.includes(key) };
  // Above the configuration's own variables and below those that are set in GitLab.
  for (const [key, value] of Object.entries(reported)) all[key] = { value, raw: true };
  for (const [key, variable] of Object.entries(stored)) {
    if (variable.type === "file") {
      files[key] = variable.value;
      all[key] = { value: `${filesDir}/${key}`, raw: true };
    } else all[key] = { value: variable.value, raw: variable.raw || isInstanceWide(key) };
  }
  const variables = expandAll(all);
  if (job.environment?.url) variables.CI_ENVIRONMENT_URL = expandText(job.environment.url, variables);
  const masked = Object.entries(stored)
    .filter(([, variable]) => variable.masked)
    .flatMap(([key, variable]) => [variable.value, variable.type === "file" ? "" : (variables[key] ?? "")]);
  return { variables, files, filesDir, masked: [...masked, token].filter((value) => value !== "") };
}
