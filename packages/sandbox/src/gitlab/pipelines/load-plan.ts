import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { projectUrl } from "../addresses.ts";
import { checkOut } from "../git/check-out.ts";
import { git, readBlob, readCommit, tryGit } from "../git/git.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import type { Project, User } from "../state.ts";
import { expandConfig } from "./config.ts";
import type { Plan } from "./config-types.ts";
import { type Nothing, planPipeline } from "./plan.ts";
import { type PipelineFacts, pipelineVariables } from "./predefined-variables.ts";
import type { PipelineVariable } from "./records.ts";
import { openedVariables } from "./stored-variables.ts";

export interface ConfigRequest {
  project: Project;
  facts: PipelineFacts;
  variables: PipelineVariable[];
  user: User;
}

/** Reads the configuration of a commit and plans its pipeline. */
export async function loadPlan(
  instance: Instance,
  request: ConfigRequest,
): Promise<Plan | Nothing | "missing"> {
  const { project, facts, user } = request;
  const dir = repositoryDir(instance, project.id);
  const path = configPath(project);
  if ((await readBlob(dir, facts.sha, path)) === undefined) return "missing";
  const commit = await readCommit(dir, facts.sha);
  const predefined = pipelineVariables(instance, project, facts, commit, user);
  const folder = join(instance.dir, "work", `config-${randomBytes(6).toString("hex")}`);
  try {
    const source = join(folder, "source");
    await checkOut(instance, source, {
      projectId: project.id,
      sha: facts.sha,
      ref: facts.ref,
      depth: 1,
      url: `${projectUrl(instance, instance.store.data, project)}.git`,
    });
    const config = await expandConfig(source, path, predefined, facts.tag ? ["CI_COMMIT_BRANCH"] : []);
    const pipeline = { protectedRef: facts.protectedRef, variables: request.variables };
    return planPipeline(config, {
      ref: facts.ref,
      tag: facts.tag,
      source: facts.source,
      changed: await changedFiles(dir, facts),
      files: (await git(["ls-tree", "-r", "-z", "--name-only", facts.sha], { cwd: dir })).split("\0"),
      predefined,
      stored: (environment) => openedVariables(instance, project, pipeline, environment),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the configuration is: the project's setting `ci_config_path`, or `.gitlab-ci.yml`. */
export function configPath(project: Project): string {
  return String(project.settings.ci_config_path || ".gitlab-ci.yml");
}

/** The paths that a branch push changed; null where there is no earlier state to compare with. */
async function changedFiles(dir: string, facts: PipelineFacts): Promise<string[] | null> {
  if (facts.tag || facts.source !== "push" || /^0*$/.test(facts.beforeSha)) return null;
  const result = await tryGit(["diff", "--name-only", "-z", facts.beforeSha, facts.sha], { cwd: dir });
  return result.code === 0 ? result.stdout.split("\0").filter((path) => path !== "") : null;
}
