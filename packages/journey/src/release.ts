import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { type Environment, git, gitlab, projectPath, type StackOutputs } from "./environment.ts";
import { expectStatus, followPipeline, type PipelineResult } from "./pipelines.ts";
import { CommandFailed } from "./run-log.ts";

/** GitLab's numeric role of a Developer. https://docs.gitlab.com/api/access_requests/#valid-access-levels */
const DEVELOPER = 30;

type OnLine = (line: string) => void;

/** A model project of the stack, with the addresses that the steps need. */
export interface ModelProject {
  name: string;
  /** Path with namespace. */
  path: string;
  webUrl: string;
  serverPath: string;
}

/** The model project of that name in the stack's outputs. */
export function modelProject(outputs: StackOutputs, name: string): ModelProject {
  const webUrl = outputs.modelProjectUrls[name];
  if (!webUrl) throw new Error(`The stack has no model project ${name}`);
  return { name, path: projectPath(webUrl), webUrl, serverPath: projectPath(outputs.serverProjectUrl) };
}

/** The first version of the form `v1.0.N` that has no tag yet. */
export async function nextVersion(environment: Environment, project: ModelProject): Promise<string> {
  const tags = new Set((await gitlab(environment).Tags.all(project.path)).map((tag) => tag.name));
  for (let patch = 0; ; patch++) if (!tags.has(`v1.0.${patch}`)) return `v1.0.${patch}`;
}

/** A fresh clone, as a data scientist has it; the folder is returned. */
export async function clone(
  environment: Environment,
  project: ModelProject,
  token?: string,
): Promise<string> {
  const folder = path.join(environment.workFolder, `${project.name}-${randomBytes(3).toString("hex")}`);
  const words = ["clone", "--quiet", `${project.webUrl}.git`, folder];
  await git(environment, "git", environment.root, words, token);
  return folder;
}

/** Tags the clone's HEAD and pushes the tag. Throws `CommandFailed` with the server's words if it refuses. */
export async function pushTag(environment: Environment, folder: string, tag: string, token?: string) {
  await git(environment, "git", folder, ["tag", "-a", tag, "-m", `Release ${tag}`], token);
  await git(environment, "git", folder, ["push", "origin", `refs/tags/${tag}`], token);
}

/** What a release went through: the model's pipeline and the server's deploy pipeline that it caused. */
export interface Release {
  train: PipelineResult;
  deploy: PipelineResult;
}

/** Pushes a protected tag and follows both pipelines to the end. Throws unless both succeed. */
export async function release(
  environment: Environment,
  project: ModelProject,
  tag: string,
  onLine: OnLine,
): Promise<Release> {
  const folder = await clone(environment, project);
  await pushTag(environment, folder, tag);
  await rm(folder, { recursive: true });
  return followRelease(environment, project, tag, onLine);
}

/** Follows both pipelines of a tag that was pushed to the end. Throws unless both succeed. */
export async function followRelease(
  environment: Environment,
  project: ModelProject,
  tag: string,
  onLine: OnLine,
): Promise<Release> {
  const train = await followPipeline(environment, { project: project.path, ref: tag }, onLine);
  expectStatus(train, "success");
  const delivered = await delivery(environment, project, tag);
  const deploy = await followPipeline(environment, { project: project.serverPath, ...delivered }, onLine);
  expectStatus(deploy, "success");
  return { train, deploy };
}

/** The commit that brought a version into the server repository. Others may have come since. */
async function delivery(environment: Environment, project: ModelProject, tag: string) {
  const api = gitlab(environment);
  const { default_branch: branch } = await api.Projects.show(project.serverPath);
  const ref = String(branch);
  const path = `models/${project.name}-${tag}/model-settings.json`;
  const file = await api.RepositoryFiles.show(project.serverPath, path, ref);
  return { ref, sha: file.last_commit_id };
}

/** Pushes a tag that no rule protects: its pipeline must fail because the variables are not there. */
export async function releaseUnprotected(
  environment: Environment,
  project: ModelProject,
  tag: string,
  onLine: OnLine,
): Promise<string> {
  const folder = await clone(environment, project);
  await pushTag(environment, folder, tag);
  await rm(folder, { recursive: true });
  const result = await followPipeline(environment, { project: project.path, ref: tag }, onLine);
  expectStatus(result, "failed");
  const reason = result.trace.split("\n").find((line) => line.includes("MLSERVER_REPO"));
  if (!reason)
    throw new Error(`The pipeline failed, but not because variables are missing: ${result.webUrl}`);
  return reason.trim();
}

/** Makes a user who is a Developer of the project, with a token of its own. */
export async function newDeveloper(environment: Environment, project: ModelProject): Promise<string> {
  const api = gitlab(environment);
  const username = `developer-${randomBytes(3).toString("hex")}`;
  const user = await api.Users.create({
    username,
    name: "A Developer",
    email: `${username}@example.com`,
    password: randomBytes(18).toString("base64url"),
    skipConfirmation: true,
  });
  await api.ProjectMembers.add(project.path, DEVELOPER, { userId: user.id });
  const tomorrow = new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 10);
  const token = await api.PersonalAccessTokens.create(user.id, "push", ["write_repository"], {
    expiresAt: tomorrow,
  });
  return String(token.token);
}

/** Pushes a protected tag as a Developer, which the server must refuse; returns its words. */
export async function refusedTag(
  environment: Environment,
  project: ModelProject,
  tag: string,
): Promise<string> {
  const token = await newDeveloper(environment, project);
  const folder = await clone(environment, project, token);
  try {
    await pushTag(environment, folder, tag, token);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const refusal = error.output.split("\n").find((line) => /protected/i.test(line));
    if (refusal) return refusal.trim();
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
  throw new Error(`A Developer could create the protected tag ${tag}`);
}
