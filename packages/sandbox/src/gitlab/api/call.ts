import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { canSee, findMoved, findProject, requireProject } from "../access.ts";
import { audit } from "../audit.ts";
import { authenticate, insufficientScope, type Principal } from "../auth.ts";
import { ApiError, forbidden, parameterError, unauthorized } from "../errors.ts";
import type { Instance } from "../instance.ts";
import type { Project, State } from "../state.ts";
import { createThrottle } from "../throttle.ts";
import { type ParamMap, Params, parseForm } from "./params.ts";

export interface RouteOptions {
  /** Scopes that suffice besides `api` (and `read_api` for reading). */
  scopes?: string[];
  /** Whether a running job's token may call it. */
  jobToken?: boolean;
}

/** One call of the API: who calls, with what, and how to answer. */
export class Call {
  readonly instance: Instance;
  readonly principal: Principal | null;
  readonly params: Params;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;

  constructor(
    instance: Instance,
    principal: Principal | null,
    params: Params,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    this.instance = instance;
    this.principal = principal;
    this.params = params;
    this.request = request;
    this.reply = reply;
  }

  get state(): State {
    return this.instance.store.data;
  }

  /** The caller; 401 without one. */
  get caller(): Principal {
    if (this.principal === null) throw unauthorized();
    return this.principal;
  }

  requireAdmin(): Principal {
    const { caller } = this;
    if (!caller.user.admin) throw forbidden();
    return caller;
  }

  /** The project of `:id`; callers without the role get GitLab's 403, strangers its 404. */
  project(level = 0): Project {
    const path = this.path("id");
    if (level > 0 && this.principal === null) throw unauthorized();
    this.redirectMoved(path);
    return requireProject(this.state, this.principal, path, level);
  }

  /** A path that the project does not have any more: reading is sent on, writing is refused. */
  private redirectMoved(path: string): void {
    const { state } = this;
    const moved = findProject(state, path) === undefined ? findMoved(state, path) : undefined;
    if (moved === undefined || !canSee(state, this.principal, moved)) return;
    if (this.request.method !== "GET") {
      throw new ApiError(405, { message: "Non GET methods are not allowed for moved projects" });
    }
    const url = new URL(this.request.url, this.instance.url);
    const rest = url.pathname.split("/").slice(5);
    const place = ["/api/v4/projects", moved.id, ...rest].join("/");
    const target = `${url.origin}${place}${url.search}`;
    this.reply.header("location", target);
    throw new ApiError(301, { text: `This resource has been moved permanently to ${target}.` });
  }

  /** A part of the path, decoded. */
  path(name: string): string {
    return (this.request.params as Record<string, string>)[name] ?? "";
  }

  /** A number in the path. */
  number(name: string): number {
    const text = this.path(name);
    if (!/^\d+$/.test(text)) throw parameterError(`${name} is invalid`);
    return Number(text);
  }

  status(code: number): this {
    this.reply.code(code);
    return this;
  }

  /** 204 without a body. */
  noContent(): undefined {
    this.reply.code(204);
    return undefined;
  }

  /** One page of a list, with GitLab's headers: https://docs.gitlab.com/api/rest/#pagination */
  page<T>(items: readonly T[]): T[] {
    const page = Math.max(this.params.integer("page") ?? 1, 1);
    const perPage = Math.min(Math.max(this.params.integer("per_page") ?? 20, 1), 100);
    const pages = Math.max(Math.ceil(items.length / perPage), 1);
    const { reply } = this;
    reply.header("x-page", String(page));
    reply.header("x-per-page", String(perPage));
    reply.header("x-total", String(items.length));
    reply.header("x-total-pages", String(pages));
    reply.header("x-prev-page", page > 1 ? String(page - 1) : "");
    reply.header("x-next-page", page < pages ? String(page + 1) : "");
    const link = (number: number, rel: string) => {
      const url = new URL(this.request.url, this.instance.url);
      for (const name of ["private_token", "access_token", "job_token"]) url.searchParams.delete(name);
      url.searchParams.set("page", String(number));
      url.searchParams.set("per_page", String(perPage));
      return `<${url.href}>; rel="${rel}"`;
    };
    const links = [link(1, "first"), link(pages, "last")];
    if (page > 1) links.unshift(link(page - 1, "prev"));
    if (page < pages) links.unshift(link(page + 1, "next"));
    reply.header("link", links.join(", "));
    return items.slice((page - 1) * perPage, page * perPage);
  }
}

export type Handler = (call: Call) => unknown | Promise<unknown>;

/** Declares routes below `/api/v4`. */
export interface Api {
  readonly instance: Instance;
  get(path: string, handler: Handler, options?: RouteOptions): void;
  post(path: string, handler: Handler, options?: RouteOptions): void;
  put(path: string, handler: Handler, options?: RouteOptions): void;
  patch(path: string, handler: Handler, options?: RouteOptions): void;
  delete(path: string, handler: Handler, options?: RouteOptions): void;
}

/** The API of one instance on a Fastify server. */
export function createApi(server: FastifyInstance, instance: Instance): Api {
  const throttle = createThrottle(instance);
  const add =
    (method: HTTPMethods) =>
    (path: string, handler: Handler, options: RouteOptions = {}) => {
      server.route({
        method,
        url: `/api/v4${path}`,
        handler: async (request, reply) => {
          const principal = authenticate(instance, request);
          throttle(request, reply, principal);
          checkScope(principal, method, options);
          if (method === "POST") reply.code(201);
          const call = new Call(instance, principal, readParams(request), request, reply);
          const body = await handler(call);
          if (method !== "GET" && principal !== null) await leaveTrace(call, principal, `${method} ${path}`);
          if (reply.sent) return reply;
          return reply.send(body);
        },
      });
    };
  return {
    instance,
    get: add("GET"),
    post: add("POST"),
    put: add("PUT"),
    patch: add("PATCH"),
    delete: add("DELETE"),
  };
}

/** Nothing but the call itself is in an audit event. */
function leaveTrace(call: Call, principal: Principal, operation: string): Promise<void> {
  return audit(call.instance, {
    operation,
    authorId: principal.user.id,
    project: call.path("id"),
    part: (name) => call.path(name) || (call.params.string(name) ?? ""),
  });
}

function checkScope(principal: Principal | null, method: HTTPMethods, options: RouteOptions): void {
  if (principal === null) return;
  if (principal.job !== null) {
    if (options.jobToken !== true) throw unauthorized();
    return;
  }
  const { scopes } = principal.token;
  const enough = ["api", ...(method === "GET" ? ["read_api"] : []), ...(options.scopes ?? [])];
  if (!enough.some((scope) => scopes.includes(scope))) throw insufficientScope(enough.join(" "));
}

/** Query and body together, as GitLab takes them. */
export function readParams(request: FastifyRequest): Params {
  const text = request.url.split("?")[1] ?? "";
  const body = request.body;
  const own = typeof body === "object" && body !== null && !Array.isArray(body) ? (body as ParamMap) : {};
  return new Params({ ...parseForm(text), ...own });
}
