import { spawn } from "node:child_process";
import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { canReadCode, canSee, findProject } from "../access.ts";
import { findToken, type Principal } from "../auth.ts";
import { ApiError } from "../errors.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import { DEVELOPER, type Project, type State } from "../state.ts";
import { gitEnv } from "./git.ts";
import { hookEnvironment } from "./hook-environment.ts";
import { roleOf } from "./push-checks.ts";

const GIT_PATH = /^\/(.+?)(?:\.git)?\/(info\/refs|HEAD|objects\/.+|git-upload-pack|git-receive-pack)$/;

/** The parts of a path that a git client asks for, or undefined for any other path. */
export function parseGitPath(path: string): { project: string; rest: string } | undefined {
  const match = GIT_PATH.exec(path);
  if (match === null || path.startsWith("/api/")) return undefined;
  return { project: match[1] ?? "", rest: match[2] ?? "" };
}

/**
 * Smart HTTP, served by git's own `http-backend` (https://git-scm.com/docs/git-http-backend) behind GitLab's
 * log-in: Basic with any user name and a token as password.
 */
export async function serveGit(
  instance: Instance,
  request: FastifyRequest,
  reply: FastifyReply,
  target: { project: string; rest: string },
): Promise<FastifyReply> {
  const url = new URL(request.url, instance.url);
  const service =
    target.rest === "info/refs" ? (url.searchParams.get("service") ?? "git-upload-pack") : target.rest;
  const write = service === "git-receive-pack";
  const principal = basicPrincipal(instance, request);
  const found = findProject(instance.store.data, decodeURIComponent(target.project));
  if (principal === null && (found === undefined || write || found.visibility !== "public")) {
    return challenge(reply, "HTTP Basic: Access denied. Provide a token as the password.");
  }
  const project = authorize(instance, principal, found, write);
  return runBackend(instance, request, reply, project, target.rest, url.search.slice(1), principal);
}

/** Every refusal is plain text, which git shows to its user. */
function plain(status: number, text: string): ApiError {
  return new ApiError(status, { text });
}

function challenge(reply: FastifyReply, text: string): FastifyReply {
  return reply
    .code(401)
    .header("www-authenticate", 'Basic realm="GitLab"')
    .type("text/plain; charset=utf-8")
    .send(`${text}\n`);
}

function basicPrincipal(instance: Instance, request: FastifyRequest): Principal | null {
  const encoded = /^Basic\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const found = findToken(instance, text.slice(text.indexOf(":") + 1));
  return "problem" in found ? null : found.principal;
}

const NOT_FOUND =
  "The project you were looking for could not be found or you don't have permission to view it.";

function authorize(
  instance: Instance,
  principal: Principal | null,
  project: Project | undefined,
  write: boolean,
): Project {
  const state = instance.store.data;
  if (project === undefined || !canSee(state, principal, project)) throw plain(404, NOT_FOUND);
  if (principal !== null) checkToken(principal, project, write);
  if (write) checkWriter(state, principal, project);
  else if (!canReadCode(state, principal, project)) {
    throw plain(403, "You are not allowed to download code from this project.");
  }
  return project;
}

/** Scopes for git over HTTP: https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes */
const READ_SCOPES = ["api", "read_repository", "write_repository", "read_api"];
const WRITE_SCOPES = ["api", "write_repository"];

function checkToken(principal: Principal, project: Project, write: boolean): void {
  if (principal.job !== null) {
    checkJobToken(principal, project, write);
    return;
  }
  const scopes = write ? WRITE_SCOPES : READ_SCOPES;
  if (scopes.some((scope) => principal.token.scopes.includes(scope))) return;
  throw plain(403, `You need a token with the scope ${write ? "write_repository" : "read_repository"}.`);
}

function checkWriter(state: State, principal: Principal | null, project: Project): void {
  const elsewhere = principal !== null && ![null, project.id].includes(principal.token.projectId);
  if (principal === null || elsewhere || roleOf({ state, project, user: principal.user }) < DEVELOPER) {
    throw plain(403, "You are not allowed to push code to this project.");
  }
  if (project.archived) throw plain(403, "You can't push code to an archived project.");
}

/** A job's token reads its own project and, where that is switched on, pushes to it. */
function checkJobToken(principal: Principal, project: Project, write: boolean): void {
  if (principal.job?.projectId !== project.id) throw plain(404, NOT_FOUND);
  if (write && project.settings.ci_push_repository_for_job_token_allowed !== true) {
    throw plain(403, "You are not allowed to upload code.");
  }
}

function runBackend(
  instance: Instance,
  request: FastifyRequest,
  reply: FastifyReply,
  project: Project,
  rest: string,
  query: string,
  principal: Principal | null,
): Promise<FastifyReply> {
  const { headers } = request.raw;
  const env = gitEnv({
    GIT_PROJECT_ROOT: repositoryDir(instance, project.id),
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${rest}`,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method,
    REMOTE_ADDR: "127.0.0.1",
    CONTENT_TYPE: headers["content-type"] ?? "",
    ...hookEnvironment(instance, project, principal ?? undefined),
  });
  if (principal !== null) env.REMOTE_USER = principal.user.username;
  if (headers["content-length"] !== undefined) env.CONTENT_LENGTH = headers["content-length"];
  if (headers["content-encoding"] !== undefined)
    env.HTTP_CONTENT_ENCODING = String(headers["content-encoding"]);
  if (headers["git-protocol"] !== undefined) env.GIT_PROTOCOL = String(headers["git-protocol"]);

  const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "pipe"] });
  const source = (request.body as IncomingMessage | undefined) ?? request.raw;
  source.pipe(child.stdin);
  child.stdin.on("error", (error) => instance.log.warn(`git http-backend input: ${error.message}`));
  child.stderr.on("data", (text: Buffer) => instance.log.warn(`git http-backend: ${text.toString().trim()}`));
  request.raw.once("close", () => {
    if (!request.raw.complete) child.kill("SIGTERM");
  });
  reply.hijack();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    let head = Buffer.alloc(0);
    const onHead = (part: Buffer) => {
      head = Buffer.concat([head, part]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      child.stdout.off("data", onHead);
      writeHead(reply, head.subarray(0, end).toString("latin1"));
      reply.raw.write(head.subarray(end + 4));
      child.stdout.pipe(reply.raw);
    };
    child.stdout.on("data", onHead);
    child.once("close", (code) => {
      if (!reply.raw.headersSent) {
        instance.log.error(`git http-backend ended with ${code} before it answered`);
        reply.raw.writeHead(500).end();
      }
      resolve(reply);
    });
  });
}

/** Translates the CGI header into HTTP's. */
function writeHead(reply: FastifyReply, text: string): void {
  let status = 200;
  const headers: Record<string, string> = {};
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "status") status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  reply.raw.writeHead(status, headers);
}
