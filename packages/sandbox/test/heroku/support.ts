import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { ConditionsInput } from "../../src/core/conditions.ts";
import { createContext, type SandboxContext } from "../../src/core/context.ts";
import { resetDaemon } from "../../src/core/lifecycle.ts";
import { type HerokuOptions, type HerokuService, startHeroku } from "../../src/heroku/service.ts";

const run = promisify(execFile);

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into whatever the API answers
  body: any;
}

/** What an answer that is an error says. */
export const failure = ({ status, body }: ApiAnswer) => [status, body.id, body.message];

export interface ApiCall {
  body?: unknown;
  token?: string;
  variant?: string;
  headers?: Record<string, string>;
}

/** The Heroku of a sandbox in a temporary folder, in this process. */
export interface TestHeroku {
  ctx: SandboxContext;
  service: HerokuService;
  folder: string;
  api(method: string, path: string, call?: ApiCall): Promise<ApiAnswer>;
  /** Ends the service as a stop of the sandbox does, and starts it again on the same state. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

export async function testHeroku(
  options: HerokuOptions = {},
  conditions: ConditionsInput = {},
): Promise<TestHeroku> {
  const folder = await mkdtemp(join(tmpdir(), "tag-to-endpoint heroku-"));
  const stateDir = join(folder, "state");
  const start = async () => {
    const abort = new AbortController();
    const ctx = await createContext({ stateDir, abort: abort.signal, usualPorts: false, conditions });
    return { ctx, abort, service: await startHeroku(ctx, options) };
  };
  let running = await start();
  const heroku: TestHeroku = {
    get ctx() {
      return running.ctx;
    },
    get service() {
      return running.service;
    },
    folder,
    async api(method, path, { body, token = running.service.adminToken, variant, headers } = {}) {
      const answer = await fetch(`${running.service.url}${path}`, {
        method,
        headers: {
          accept: `application/vnd.heroku+json; version=3${variant === undefined ? "" : `.${variant}`}`,
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return {
        status: answer.status,
        headers: answer.headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
    },
    async restart() {
      running.abort.abort();
      await running.service.close();
      running = await start();
    },
    async remove() {
      running.abort.abort();
      await running.service.close();
      await resetDaemon(stateDir);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return heroku;
}

/** Builds the test app; each version is another image. */
export async function buildApp(heroku: TestHeroku, version: string): Promise<string> {
  const tag = `tag-to-endpoint-test/app:${heroku.ctx.id}-${version}`;
  const args = ["--build-arg", `BASE_IMAGE=${heroku.ctx.images.base}`, "--build-arg", `VERSION=${version}`];
  await run("docker", ["build", "--quiet", ...args, "--tag", tag, join(import.meta.dirname, "app")]);
  return tag;
}

export async function removeLocalImages(heroku: TestHeroku): Promise<void> {
  const filter = `reference=tag-to-endpoint-test/app:${heroku.ctx.id}-*`;
  const format = "{{.Repository}}:{{.Tag}}";
  const { stdout } = await run("docker", ["images", "--format", format, "--filter", filter]);
  // By name: another test may have the same image, built from the same files, by another name.
  const names = stdout.split("\n").filter(Boolean);
  if (names.length > 0) await run("docker", ["rmi", "--force", ...names]);
}

export interface CommandResult {
  status: number | null;
  output: string;
}

/** Runs docker with a configuration of its own, so that no log-in of the user's is touched. */
export function docker(heroku: TestHeroku, args: string[], stdin = ""): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DOCKER_CONFIG: join(heroku.folder, "docker") };
    const child = spawn("docker", args, { env, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (part) => {
      output += part;
    });
    child.stderr.on("data", (part) => {
      output += part;
    });
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, output }));
    child.stdin.end(stdin);
  });
}

export function login(heroku: TestHeroku, token = heroku.service.adminToken): Promise<CommandResult> {
  return docker(heroku, ["login", "--username", "_", "--password-stdin", heroku.service.registryHost], token);
}

/** Pushes an image for an app and gives back its id, as the official command line sends it. */
export async function push(heroku: TestHeroku, tag: string, app: string, type = "web"): Promise<string> {
  const name = `${heroku.service.registryHost}/${app}/${type}`;
  await run("docker", ["tag", tag, name]);
  const pushed = await docker(heroku, ["push", "--quiet", name]);
  if (pushed.status !== 0) throw new Error(`docker push ${name}: ${pushed.output}`);
  return (await run("docker", ["inspect", "--format", "{{.Id}}", tag])).stdout.trim();
}

export function release(heroku: TestHeroku, app: string, image: string, type = "web"): Promise<ApiAnswer> {
  return heroku.api("PATCH", `/apps/${app}/formation`, {
    variant: "docker-releases",
    body: { updates: [{ type, docker_image: image }] },
  });
}

export interface WebAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request to an app by its own address, whose `.localhost` name needs no DNS. */
export function web(url: string, options: RequestOptions & { body?: string } = {}): Promise<WebAnswer> {
  const { body, headers, ...rest } = options;
  const { hostname, port, host, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: hostname.endsWith(".localhost") ? "127.0.0.1" : hostname,
        port,
        path: `${pathname}${search}`,
        headers: { host, ...headers },
        agent: false,
        ...rest,
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part) => {
          text += part;
        });
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        answer.once("error", reject);
      },
    );
    call.once("error", reject);
    call.end(body);
  });
}

/** The app's log, as a log session gives it. */
export async function appLog(heroku: TestHeroku, app: string, filter: object = {}): Promise<string> {
  const session = await heroku.api("POST", `/apps/${app}/log-sessions`, { body: { lines: 1500, ...filter } });
  return (await fetch(session.body.logplex_url)).text();
}

/** Waits until `check` gives something; its last error or an explanation otherwise. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(50);
  }
}
