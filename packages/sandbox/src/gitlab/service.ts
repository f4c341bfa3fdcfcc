import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import type { SandboxContext, Service } from "../core/context.ts";
import { describeError } from "../core/log.ts";
import type { Registry } from "../core/registry.ts";
import { recordRequests } from "../core/request-log.ts";
import { openStore } from "../core/store.ts";
import { startRunner } from "../runner/runner.ts";
import { type Api, createApi } from "./api/call.ts";
import { deployKeyRoutes } from "./api/deploy-keys.ts";
import { environmentRoutes } from "./api/environments.ts";
import { groupRoutes } from "./api/groups.ts";
import { jobRoutes } from "./api/jobs.ts";
import { memberRoutes } from "./api/members.ts";
import { metaRoutes } from "./api/meta.ts";
import { fromEntries, type ParamMap, parseForm } from "./api/params.ts";
import { addToken, personalTokenRoutes, SCOPES } from "./api/personal-tokens.ts";
import { pipelineRoutes } from "./api/pipelines.ts";
import { projectTokenRoutes } from "./api/project-tokens.ts";
import { projectRoutes } from "./api/projects.ts";
import { protectionRoutes } from "./api/protected-refs.ts";
import { refRoutes } from "./api/refs.ts";
import { repositoryRoutes } from "./api/repository.ts";
import { addRunner, runnerRoutes } from "./api/runners.ts";
import { createUser, userRoutes } from "./api/users.ts";
import { ensureInstanceVariable, variableRoutes } from "./api/variables.ts";
import { ApiError } from "./errors.ts";
import { hookRoutes, writeHooks } from "./git/hooks.ts";
import { parseGitPath, serveGit } from "./git/http.ts";
import { startPushWorker } from "./git/post-receive.ts";
import type { Instance } from "./instance.ts";
import { containerRegistryRoutes, startContainerRegistry } from "./registry.ts";
import { emptyState, type State } from "./state.ts";
import { hashToken, newToken, openVault } from "./vault.ts";
import { servePage } from "./web.ts";

/** The running GitLab stand-in. */
export interface GitLabService extends Service {
  /** `http://127.0.0.1:<port>`. */
  url: string;
  /** `<url>/api/v4`, what clients call the base URL. */
  apiUrl: string;
  /** Host and port that image names begin with. */
  registryHost: string;
  /** The token of the administrator `root`. */
  adminToken: string;
}

/** Starts GitLab's API, git over HTTP, container registry and runner on their ports of 127.0.0.1. */
export async function startGitLab(ctx: SandboxContext): Promise<GitLabService> {
  const dir = join(ctx.stateDir, "gitlab");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const vault = await openVault(join(dir, "secret.key"));
  const store = openStore<State>(join(dir, "state.json"), emptyState());
  const url = `http://127.0.0.1:${ctx.ports.gitlab}`;
  const instance: Instance = {
    ctx,
    log: ctx.log("gitlab"),
    store,
    vault,
    url,
    registryHost: `127.0.0.1:${ctx.ports.gitlabRegistry}`,
    dir,
    hookSecret: randomBytes(24).toString("base64url"),
    runner: { wake() {}, async cancel() {} },
    pushes: { wake() {} },
  };
  const adminToken = await firstStart(instance);
  await writeHooks(instance);
  const registry = await startContainerRegistry(instance);
  const server = createServer(instance, registry);
  const pushes = startPushWorker(instance);
  const runner = await startRunner(instance);
  instance.runner = runner;
  instance.pushes = pushes;
  await server.listen({ host: "127.0.0.1", port: ctx.ports.gitlab });
  instance.log.info(`listening on ${url}`);
  pushes.wake();
  runner.wake();
  return {
    url,
    apiUrl: `${url}/api/v4`,
    registryHost: instance.registryHost,
    adminToken,
    async close() {
      await server.close();
      await pushes.idle();
      await runner.close();
      await registry.close();
      await store.close();
    },
  };
}

/** Makes the administrator, the runner and the instance's CI variables, unless they are there. */
async function firstStart(instance: Instance): Promise<string> {
  const { ctx, store, vault } = instance;
  if (store.data.adminTokenSealed !== null) return vault.open(store.data.adminTokenSealed);
  return store.update((state) => {
    const root = createUser(state, {
      username: "root",
      name: "Administrator",
      email: "admin@example.com",
      admin: true,
      bot: false,
    });
    const { plain } = addToken(state, {
      userId: root.id,
      projectId: null,
      jobId: null,
      name: "sandbox",
      description: "Made by the sandbox at its first start",
      scopes: SCOPES,
      expiresAt: null,
    });
    addRunner(state, {
      description: "sandbox runner",
      type: "instance_type",
      ownerIds: [],
      tags: ["docker", "linux", "sandbox"],
      runUntagged: true,
      paused: false,
      locked: false,
      tokenHash: hashToken(newToken("glrt-")),
    });
    // A GitLab feature: variables of all projects, which the templates of this repository look at.
    ensureInstanceVariable(vault, state, "PYTHON_IMAGE", ctx.images.ciPython);
    ensureInstanceVariable(vault, state, "DOCKER_CLI_IMAGE", ctx.images.ciDocker);
    state.adminTokenSealed = vault.seal(plain);
    return plain;
  });
}

const BODY_LIMIT = 64 * 1024 * 1024;

function createServer(instance: Instance, registry: Registry): FastifyInstance {
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2000, ignoreTrailingSlash: true },
    // A push may take long.
    requestTimeout: 0,
  });
  addParsers(server);
  server.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
    reply.header("x-gitlab-meta", JSON.stringify({ correlation_id: request.id, version: "1" }));
  });
  recordRequests(server, instance.ctx, "gitlab");
  server.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    if (error instanceof ApiError) {
      const { status, body } = error;
      if (typeof body.text === "string") {
        return reply.code(status).type("text/plain; charset=utf-8").send(`${body.text}\n`);
      }
      return reply.code(status).send(body);
    }
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return reply.code(error.statusCode).send({ error: error.message });
    }
    instance.log.error(`${request.method} ${request.url.split("?")[0]}: ${describeError(error)}`);
    return reply.code(500).send({ message: "500 Internal Server Error" });
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "404 Not Found" }));
  hookRoutes(server, instance);
  addRoutes(createApi(server, instance), registry);
  server.route({
    method: ["GET", "POST"],
    url: "/*",
    handler: async (request, reply) => {
      const path = request.url.split("?")[0] ?? "/";
      if (path.startsWith("/api/")) return reply.code(404).send({ error: "404 Not Found" });
      const target = parseGitPath(path);
      if (target !== undefined) return serveGit(instance, request, reply, target);
      if (request.method !== "GET") return reply.code(404).send({ error: "404 Not Found" });
      return servePage(instance, path, reply);
    },
  });
  return server;
}

function addRoutes(api: Api, registry: Registry): void {
  metaRoutes(api);
  userRoutes(api);
  personalTokenRoutes(api);
  groupRoutes(api);
  projectRoutes(api);
  memberRoutes(api);
  protectionRoutes(api);
  variableRoutes(api);
  projectTokenRoutes(api);
  deployKeyRoutes(api);
  runnerRoutes(api);
  pipelineRoutes(api);
  jobRoutes(api);
  refRoutes(api);
  repositoryRoutes(api);
  environmentRoutes(api);
  containerRegistryRoutes(api, () => registry);
}

/** Bodies: JSON, the two kinds of HTML forms, and git's own, which stay streams. */
function addParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    if (body === "") return done(null, {});
    try {
      done(null, JSON.parse(String(body)));
    } catch {
      done(
        new ApiError(400, { error: "The provided content-type 'application/json' is not valid JSON" }),
        undefined,
      );
    }
  });
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, parseForm(String(body))),
  );
  server.addContentTypeParser(
    "multipart/form-data",
    { parseAs: "buffer" },
    async (request: FastifyRequest, body: Buffer) =>
      readMultipart(String(request.headers["content-type"]), body),
  );
  server.addContentTypeParser(/^application\/x-git-/, (_request, payload, done) => done(null, payload));
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, _body, done) => done(null, {}));
}

async function readMultipart(contentType: string, body: Buffer): Promise<ParamMap> {
  const bytes = new Uint8Array(body);
  const form = await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  const entries: [string, string][] = [];
  for (const [name, value] of form)
    entries.push([name, typeof value === "string" ? value : await value.text()]);
  return fromEntries(entries);
}
