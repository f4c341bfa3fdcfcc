import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  type Environment,
  expectStatus,
  followPipeline,
  git,
  gitlab,
  required,
} from "@tag-to-endpoint/journey";
import { sandboxImages } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import { chapterBase, chapterDockerImage, copyChapterImage } from "../contenders.ts";
import type { Run } from "../run.ts";
import type { Way } from "./way.ts";

const chapter = path.join(root, "packages/bench/chapter");
const app = "chapter-mlserver";

/** The chapter's way: two projects and an app made by hand, with its own pipelines. */
export async function chapterWay(run: Run, environment: Environment): Promise<Way> {
  const { base } = await chapterBase(run);
  const docker = await chapterDockerImage(run, sandboxImages().ciDocker);
  const key = required(environment, "HEROKU_API_KEY");
  const appUrl = await makeApp(environment, key);

  const variablesOfServer = {
    ...{ HEROKU_API_KEY: key, HEROKU_APP: app, CHAPTER_DOCKER_IMAGE: docker, BUILD_OPTIONS: "" },
    HEROKU_API_URL: required(environment, "HEROKU_API_URL"),
    HEROKU_REGISTRY: required(environment, "HEROKU_REGISTRY"),
  };
  const server = await makeProject(environment, "chapter-mlserver", variablesOfServer);
  const source = path.join(run.folder, "chapter-server");
  writeServer(source, base);
  run.say("chapter: first push of the server's project (its whole build)");
  const sha = await firstPush(environment, source, server.url);
  const query = { project: server.path, ref: "main", sha };
  expectStatus(await followPipeline(environment, query), "success");

  const repository = new URL(server.url);
  repository.username = "oauth2";
  repository.password = required(environment, "GITLAB_TOKEN");
  const model = await makeProject(environment, "chapter-iris-decision-tree", {
    ...{ GIT_USER_NAME: "GitLab iris-decision-tree", GIT_USER_EMAIL: "ci@example.com" },
    ...{ MLSERVER_REPO: repository.href, CHAPTER_PYTHON_IMAGE: base },
  });
  const notebooks = path.join(run.folder, "chapter-model");
  cpSync(path.join(chapter, "model"), notebooks, { recursive: true });
  await firstPush(environment, notebooks, model.url);

  return {
    ...{ side: "chapter", model: model.path, server: server.path, appUrl },
    marks: [
      { stage: "the job's image and checkout", job: "train", text: "$ pip install" },
      { stage: "packages", job: "train", text: "$ papermill" },
      { stage: "notebook", job: "train", text: "$ git config --global user.email" },
      { stage: "its image and checkout", job: "deploy", text: "$ docker login" },
      { stage: "image built", job: "deploy", text: "=== Pushing web" },
      { stage: "image pushed", job: "deploy", text: "$ heroku container:release" },
    ],
    async prepare(warmth) {
      const value = warmth === "cold" ? "--no-cache" : "--pull=false";
      await gitlab(environment).ProjectVariables.edit(server.path, "BUILD_OPTIONS", value);
    },
  };
}

/** https://devcenter.heroku.com/articles/platform-api-reference#app-create */
async function makeApp(environment: Environment, key: string): Promise<string> {
  const answer = await fetch(`${required(environment, "HEROKU_API_URL")}/apps`, {
    method: "POST",
    headers: {
      Accept: "application/vnd.heroku+json; version=3",
      Authorization: `Bearer ${key}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ name: app, stack: "container" }),
  });
  if (answer.status !== 201)
    throw new Error(`Heroku makes no app ${app}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { web_url: string }).web_url;
}

async function makeProject(
  environment: Environment,
  name: string,
  variables: Record<string, string>,
): Promise<{ path: string; url: string }> {
  const api = gitlab(environment);
  const project = await api.Projects.create({ name, path: name, defaultBranch: "main" });
  for (const [key, value] of Object.entries(variables)) {
    await api.ProjectVariables.create(project.id, key, value, { raw: true });
  }
  return { path: String(project.path_with_namespace), url: String(project.http_url_to_repo) };
}

/** The chapter's recipe, on its base, as its server's repository; dynos are no root user. */
function writeServer(folder: string, base: string): void {
  copyChapterImage(folder);
  cpSync(path.join(chapter, "server/.gitlab-ci.yml"), path.join(folder, ".gitlab-ci.yml"));
  const dockerfile = path.join(folder, "Dockerfile");
  const recipe = readFileSync(dockerfile, "utf8")
    .replace(/^ARG BASE_IMAGE=.*$/m, `ARG BASE_IMAGE=${base}`)
    .replace(
      /^CMD /m,
      "RUN chmod -R a+rwX /etc/nginx /var/lib/nginx /var/log/nginx /run /usr/src/app\n\nCMD ",
    );
  writeFileSync(dockerfile, recipe);
  mkdirSync(path.join(folder, "models"));
  writeFileSync(path.join(folder, "models/.gitkeep"), "");
}

/** @returns the commit */
async function firstPush(environment: Environment, folder: string, url: string): Promise<string> {
  const run = (...args: string[]) => git(environment, "git", folder, args);
  await run("init", "--quiet", "--initial-branch=main");
  await run("add", "--all", "--force", ".");
  await run("commit", "--quiet", "--message", "Initial commit");
  await run("push", "--quiet", url, "main:main");
  return (await run("rev-parse", "HEAD")).trim();
}
