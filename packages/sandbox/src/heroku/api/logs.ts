import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { formatLine, type LogLine } from "../logplex.ts";
import type { Platform } from "../platform.ts";
import { timestamp } from "../state.ts";
import { findApp, param, parseBody } from "./common.ts";
import { notFound } from "./errors.ts";

const schema = z.object({
  dyno: z.string().nullish(),
  source: z.string().nullish(),
  lines: z.number().int().min(0).max(1500).nullish(),
  tail: z.boolean().nullish(),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#log-session */
export function logRoutes(api: FastifyInstance, platform: Platform): void {
  const { logplex, ctx } = platform;

  api.post("/apps/:app/log-sessions", { config: { scope: "read" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const body = parseBody(schema, request);
    const session = logplex.openSession(app.id, {
      dyno: body.dyno ?? undefined,
      source: body.source ?? undefined,
      lines: body.lines ?? 100,
      tail: body.tail ?? false,
    });
    const now = timestamp();
    return reply.code(201).send({
      id: session.id,
      created_at: now,
      logplex_url: `http://127.0.0.1:${ctx.ports.heroku}/sessions/${session.id}`,
      updated_at: now,
    });
  });

  // The address is the credential, as Logplex' own is.
  api.get("/sessions/:session", async (request, reply) => {
    const session = logplex.session(param(request, "session"));
    if (session === undefined) throw notFound("session");
    reply.hijack();
    const { raw } = reply;
    // The official command line reads server-sent events, curl reads lines.
    const events = request.headers.accept?.includes("text/event-stream") ?? false;
    const write = (line: LogLine) => {
      const text = formatLine(line);
      raw.write(events ? `id: ${line.time}\ndata: ${text}\n\n` : `${text}\n`);
    };
    const type = events ? "text/event-stream" : "text/plain; charset=utf-8";
    raw.writeHead(200, { "content-type": type, "cache-control": "no-store" });
    raw.flushHeaders();
    for (const line of logplex.recent(session.appId, session, session.lines)) write(line);
    if (!session.tail) {
      raw.end();
      return;
    }
    raw.once("close", logplex.follow(session.appId, session, write));
  });
}
