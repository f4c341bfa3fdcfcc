import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Platform } from "../platform.ts";
import { type App, type LogDrain, timestamp } from "../state.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { invalid, notFound } from "./errors.ts";
import { appReference } from "./serialize.ts";

/** Drains, kept and never fed: https://devcenter.heroku.com/articles/platform-api-reference#log-drain */
export function logDrainRoutes(api: FastifyInstance, platform: Platform): void {
  const path = "/apps/:app/log-drains";

  api.get(path, { config: { scope: "read" } }, async (request, reply) => {
    const app = findApp(platform, request);
    return sendList(
      request,
      reply,
      (app.drains ?? []).map((drain) => serialize(app, drain)),
      ["id"],
    );
  });
  api.post(path, { config: { scope: "write" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const { url } = parseBody(z.object({ url: z.string() }), request);
    if (!/^(syslog|syslog\+tls|https?):\/\/[^\s/]/.test(url)) throw invalid("URL is invalid");
    const at = timestamp();
    const drain = { id: randomUUID(), url, token: `d.${randomUUID()}`, createdAt: at, updatedAt: at };
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      if (draft.drains?.some((other) => other.url === url)) throw invalid("Url has already been taken");
      draft.drains = [...(draft.drains ?? []), drain];
    });
    return reply.code(201).send(serialize(app, drain));
  });
  api.delete(`${path}/:drain`, { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const wanted = param(request, "drain");
    const found = app.drains?.find(({ id, url, token }) => [id, url, token].includes(wanted));
    if (found === undefined) throw notFound("log_drain", "log drain");
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      draft.drains = (draft.drains ?? []).filter(({ id }) => id !== found.id);
    });
    return serialize(app, found);
  });
}

function serialize(app: App, { id, url, token, createdAt, updatedAt }: LogDrain) {
  return {
    addon: null,
    app: appReference(app),
    created_at: createdAt,
    id,
    token,
    updated_at: updatedAt,
    url,
  };
}
