import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import { gitlab } from "../../contracts/gitlab/contract.ts";
import { meetFaults } from "../../core/faults/fastify.ts";
import { describeError } from "../../core/log.ts";
import type { Registry } from "../../core/registry.ts";
import { recordRequests } from "../../core/request-log.ts";
import { holdToContract } from "../../likeness/hold.ts";
import { ApiError } from "../errors.ts";
import { placeOf } from "../fault-answers.ts";
import { hookRoutes } from "../git/hooks.ts";
import { parseGitPath, serveGit } from "../git/http.ts";
import type { Instance } from "../instance.ts";
import { servePage } from "../web.ts";
import { absent, absentRoutes } from "./absent.ts";
import { applicationSettingRoutes } from "./application-settings.ts";
import { auditEventRoutes } from "./audit-events.ts";
import { type Api, createApi, readParams } from "./call.ts";
import { connectionRoutes } from "./connections.ts";
import { containerRegistryRoutes } from "./container-registry.ts";
import { deployKeyRoutes } from "./deploy-keys.ts";
import { deployTokenRoutes } from "./deploy-tokens.ts";
import { emptyListRoutes } from "./empty-lists.ts";
import { environmentRoutes } from "./environments.ts";
import { groupRoutes } from "./groups.ts";
import { hookListRoutes } from "./hooks.ts";
import { jobArtifactRoutes } from "./job-artifacts.ts";
import { jobTokenScopeRoutes } from "./job-token-scope.ts";
import { jobRoutes } from "./jobs.ts";
import { memberRoutes } from "./members.ts";
import { metaRoutes } from "./meta.ts";
import { namespaceRoutes } from "./namespaces.ts";
import { fromEntries, type ParamMap, parseForm } from "./params.ts";
import { personalTokenRoutes } from "./personal-tokens.ts";
import { pipelineStarterRoutes } from "./pipeline-starters.ts";
import { pipelineRoutes } from "./pipelines.ts";
import { projectShareRoutes } from "./project-shares.ts";
import { projectTokenRoutes } from "./project-tokens.ts";
import { projectRoutes } from "./projects.ts";
import { protectionRoutes } from "./protected-refs.ts";
import { pushRuleRoutes } from "./push-rules.ts";
import { refRoutes } from "./refs.ts";
import { repositoryRoutes } from "./repository.ts";
import { resourceGroupRoutes } from "./resource-groups.ts";
import { runnerRoutes } from "./runners.ts";
import { userRoutes } from "./users.ts";
import { variableRoutes } from "./variables.ts";

const BODY_LIMIT = 64 * 1024 * 1024;

export function createServer(instance: Instance, registry: Registry): FastifyInstance {
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2000, ignoreTrailingSlash: true },
    // A push may take long.
    requestTimeout: 0,
  });
  meetFaults(server, instance.ctx.faults, placeOf);
  addParsers(server);
  server.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
    reply.header("x-gitlab-meta", JSON.stringify({ correlation_id: request.id, version: "1" }));
  });
  recordRequests(server, instance.ctx, "gitlab");
  if (Object.keys(gitlab.operations).length > 0)
    holdToContract(server, gitlab, { path: apiPath, parameters: apiParameters });
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
  absentRoutes(server);
  hookRoutes(server, instance);
  addRoutes(createApi(server, instance), registry);
  server.route({
    method: ["GET", "POST"],
    url: "/*",
    handler: async (request, reply) => {
      const path = request.url.split("?")[0] ?? "/";
      if (path.startsWith("/api/")) throw absent(request.method, request.url);
      const target = parseGitPath(path);
      if (target !== undefined) return serveGit(instance, request, reply, target);
      if (request.method !== "GET") return reply.code(404).send({ error: "404 Not Found" });
      return servePage(instance, path, reply);
    },
  });
  return server;
}

const PREFIX = "/api/v4";

/** The path of an operation; none of what is not of the API: pages, git and what git's hooks call. */
function apiPath({ routeOptions: { url } }: FastifyRequest): string | undefined {
  const isApi = url?.startsWith(`${PREFIX}/`) && !url.startsWith(`${PREFIX}/internal/`);
  return isApi ? url?.slice(PREFIX.length) : undefined;
}

/** https://docs.gitlab.com/api/rest/authentication/ */
const CREDENTIALS = ["private_token", "access_token", "job_token"];

function apiParameters(request: FastifyRequest): ParamMap {
  const { values } = readParams(request);
  return Object.fromEntries(Object.entries(values).filter(([name]) => !CREDENTIALS.includes(name)));
}

function addRoutes(api: Api, registry: Registry): void {
  metaRoutes(api);
  applicationSettingRoutes(api);
  userRoutes(api);
  personalTokenRoutes(api);
  groupRoutes(api);
  namespaceRoutes(api);
  projectRoutes(api);
  memberRoutes(api);
  protectionRoutes(api);
  pushRuleRoutes(api);
  variableRoutes(api);
  projectTokenRoutes(api);
  deployKeyRoutes(api);
  runnerRoutes(api);
  pipelineRoutes(api);
  jobRoutes(api);
  jobArtifactRoutes(api);
  refRoutes(api);
  repositoryRoutes(api);
  environmentRoutes(api);
  resourceGroupRoutes(api);
  containerRegistryRoutes(api, registry);
  hookListRoutes(api);
  pipelineStarterRoutes(api);
  deployTokenRoutes(api);
  jobTokenScopeRoutes(api);
  projectShareRoutes(api);
  connectionRoutes(api);
  auditEventRoutes(api);
  emptyListRoutes(api);
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
