import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { canAccess } from "../access.ts";
import type { Platform } from "../platform.ts";
import type { App } from "../state.ts";
import { forbidden, invalid, notFound } from "./errors.ts";
import { paginate, parseRange } from "./ranges.ts";

/** A path parameter of a request. */
export function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string | undefined>)[name] ?? "";
}

/** The app that a path names by id or by name, when the token's account may use it. */
export function findApp(platform: Platform, request: FastifyRequest): App {
  const identity = param(request, "app");
  const { data } = platform.store;
  const app = data.apps[identity] ?? Object.values(data.apps).find(({ name }) => name === identity);
  const isOthers = app === undefined && platform.reservedNames.has(identity);
  if (isOthers || (app && !canAccess(data, request.authorization.accountId, app))) {
    throw forbidden(`You do not have access to the app ${app?.name ?? identity}.`);
  }
  if (app === undefined) throw notFound("app");
  return app;
}

/** The draft of an app within an update of the store; it may have been deleted meanwhile. */
export function draftOf(apps: Record<string, App>, id: string): App {
  const app = apps[id];
  if (app === undefined) throw notFound("app");
  return app;
}

/** The parsed body of a request; 422 with all that is wrong with it. */
export function parseBody<T extends z.ZodType>(schema: T, request: FastifyRequest): z.output<T> {
  const result = schema.safeParse(request.body ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const where = issue.path.join(".");
    return where === "" ? issue.message : `${where}: ${issue.message}`;
  });
  throw invalid(`Invalid parameters: ${problems.join("; ")}.`);
}

/** Answers with the page of a list that the request's Range header asks for: 206 when there is more. */
export function sendList<T extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  items: T[],
  sortable: readonly string[],
): FastifyReply {
  const page = paginate(items, parseRange(request.headers.range, sortable));
  reply.header("accept-ranges", sortable.join(", ")).header("content-range", page.contentRange);
  if (page.nextRange !== undefined) reply.code(206).header("next-range", page.nextRange);
  return reply.send(page.items);
}
