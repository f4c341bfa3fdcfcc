import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConditionsInput } from "../../src/core/conditions.ts";
import { createContext, type SandboxContext } from "../../src/core/context.ts";
import { type GitLabService, startGitLab } from "../../src/gitlab/service.ts";
import { startRunner } from "../../src/runner/runner.ts";

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
  text: string;
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** A GitLab stand-in of its own in a temporary folder, with the means to use it as a person would. */
export interface Lab {
  folder: string;
  ctx: SandboxContext;
  service: GitLabService;
  /** Calls the API as the administrator or with a token; `null` sends none. */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    token?: string | null,
  ): Promise<Answer<T>>;
  /** The same, for calls that must succeed: gives back the body alone. */
  ok<T = Record<string, unknown>>(method: string, path: string, body?: unknown, token?: string): Promise<T>;
  /** A new project of the administrator. */
  project(name: string, settings?: Record<string, unknown>): Promise<Project>;
  /** A user with a token of scope `api`. */
  user(username: string): Promise<{ id: number; token: string }>;
  /** A user with a token of scope `api` and a role in the project. */
  member(project: Project, name: string, level: number): Promise<{ id: number; token: string }>;
  clone(project: Project, token?: string): Promise<WorkTree>;
  /** Waits for the pipeline of a ref to end. */
  pipeline(project: Project, ref: string): Promise<Pipeline>;
  jobs(project: Project, pipeline: Pipeline): Promise<Job[]>;
  trace(project: Project, job: Job): Promise<string>;
  restart(): Promise<void>;
  /** Starts the service after it was closed from outside. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export interface Project {
  id: number;
  path_with_namespace: string;
  http_url_to_repo: string;
  [key: string]: unknown;
}

export interface Pipeline {
  id: number;
  status: string;
  ref: string;
  [key: string]: unknown;
}

export interface Job {
  id: number;
  name: string;
  status: string;
  stage: string;
  failure_reason?: string;
  [key: string]: unknown;
}

/** A clone on disk. */
export interface WorkTree {
  dir: string;
  git(...args: string[]): Promise<Ran>;
  /** Writes files and commits them. */
  commit(files: Record<string, string>, message?: string): Promise<void>;
}

const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Tester",
  GIT_AUTHOR_EMAIL: "tester@example.com",
  GIT_COMMITTER_NAME: "Tester",
  GIT_COMMITTER_EMAIL: "tester@example.com",
};

/** Runs a program and gives back what came, whatever its exit code. */
export function run(
  file: string,
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

const DONE = ["success", "failed", "canceled", "skipped", "manual"];

/** Starts a GitLab stand-in for a test file. */
export async function startLab(conditions: ConditionsInput = {}): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), "gitlab lab's-"));
  const abort = new AbortController();
  let count = 0;
  const ctx = await createContext({
    stateDir: join(folder, "state"),
    abort: abort.signal,
    usualPorts: false,
    conditions,
  });

  const lab: Lab = {
    folder,
    ctx,
    service: await startGitLab(ctx, startRunner),
    async call<T>(
      method: string,
      path: string,
      body?: unknown,
      token: string | null = lab.service.adminToken,
    ) {
      const answer = await fetch(`${lab.service.apiUrl}${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { "private-token": token }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const json = answer.headers.get("content-type")?.includes("json") && text !== "";
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        body: (json ? JSON.parse(text) : {}) as T,
      };
    },
    async ok<T>(method: string, path: string, body?: unknown, token?: string) {
      const answer = await lab.call<T>(method, path, body, token);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    },
    project: (name, settings = {}) => lab.ok<Project>("POST", "/projects", { name, ...settings }),
    async user(username) {
      const email = `${username}@example.com`;
      const { id } = await lab.ok<{ id: number }>("POST", "/users", {
        username,
        name: username,
        email,
        force_random_password: true,
      });
      const { token } = await lab.ok<{ token: string }>("POST", `/users/${id}/personal_access_tokens`, {
        name: "test",
        scopes: ["api"],
      });
      return { id, token };
    },
    async member(project, name, level) {
      const user = await lab.user(`${name}-${project.id}`);
      if (level > 0) {
        await lab.ok("POST", `/projects/${project.id}/members`, { user_id: user.id, access_level: level });
      }
      return user;
    },
    async clone(project, token = lab.service.adminToken) {
      count += 1;
      const dir = join(folder, `clone-${count}`);
      const url = new URL(project.http_url_to_repo);
      url.username = "anyone";
      url.password = token;
      const result = await run("git", ["clone", "--quiet", url.href, dir], folder, GIT_ENV);
      if (result.code !== 0) throw new Error(result.stderr);
      return workTree(dir);
    },
    async pipeline(project, ref) {
      const deadline = Date.now() + 180_000;
      while (Date.now() < deadline) {
        const [found] = await lab.ok<Pipeline[]>(
          "GET",
          `/projects/${project.id}/pipelines?ref=${encodeURIComponent(ref)}`,
        );
        if (found !== undefined && DONE.includes(found.status)) return found;
        await sleep(150);
      }
      throw new Error(`no pipeline of ${ref} ended within 180 seconds`);
    },
    jobs: (project, pipeline) =>
      lab.ok<Job[]>("GET", `/projects/${project.id}/pipelines/${pipeline.id}/jobs`),
    trace: async (project, job) =>
      (await lab.call("GET", `/projects/${project.id}/jobs/${job.id}/trace`)).text,
    async restart() {
      await lab.service.close();
      await lab.reopen();
    },
    async reopen() {
      lab.service = await startGitLab(ctx, startRunner);
    },
    async close() {
      abort.abort();
      await lab.service.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return lab;
}

function workTree(dir: string): WorkTree {
  const git = (...args: string[]) => run("git", args, dir, GIT_ENV);
  return {
    dir,
    git,
    async commit(files, message = "Change") {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(dir, path)), { recursive: true });
        await writeFile(join(dir, path), content);
      }
      await git("add", "--all");
      const result = await git("commit", "--quiet", "--allow-empty", "-m", message);
      if (result.code !== 0) throw new Error(result.stderr);
    },
  };
}

/** Pushes a first commit to `main`. */
export async function seed(lab: Lab, project: Project, files: Record<string, string>): Promise<WorkTree> {
  const tree = await lab.clone(project);
  await tree.git("checkout", "--quiet", "-b", "main");
  await tree.commit(files, "First");
  const pushed = await tree.git("push", "--quiet", "origin", "main");
  if (pushed.code !== 0) throw new Error(pushed.stderr);
  return tree;
}

/** A project with this configuration, pushed without a pipeline. */
export async function withConfig(
  lab: Lab,
  name: string,
  config: string,
): Promise<{ project: Project; tree: WorkTree }> {
  const project = await lab.project(name);
  const tree = await lab.clone(project);
  await tree.git("checkout", "--quiet", "-b", "main");
  await tree.commit({ ".gitlab-ci.yml": config }, "First");
  const pushed = await tree.git("push", "--quiet", "-o", "ci.skip", "origin", "main");
  if (pushed.code !== 0) throw new Error(pushed.stderr);
  return { project, tree };
}

/** The only job of a pipeline, with its log. */
export async function onlyJob(
  lab: Lab,
  project: Project,
  pipeline: Pipeline,
): Promise<{ job: Job; trace: string }> {
  const [job, ...more] = await lab.jobs(project, pipeline);
  if (job === undefined || more.length > 0) throw new Error(`${more.length} jobs more than the one`);
  return { job, trace: await lab.trace(project, job) };
}

/** The pipelines of a project, the latest first. */
export const pipelinesOf = (lab: Lab, project: Project) =>
  lab.ok<Pipeline[]>("GET", `/projects/${project.id}/pipelines`);
