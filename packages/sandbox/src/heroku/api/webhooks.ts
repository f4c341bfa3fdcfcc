import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Platform } from "../platform.ts";
import { type App, timestamp, type Webhook } from "../state.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { notFound } from "./errors.ts";
import { appReference } from "./serialize.ts";

const schema = z.object({
  include: z.array(z.string()).min(1),
  level: z.enum(["notify", "sync"]),
  url: z.url(),
});

/** Webhooks, kept and never called: https://devcenter.heroku.com/articles/platform-api-reference#app-webhook */
export function webhookRoutes(api: FastifyInstance, platform: Platform): void {
  const path = "/apps/:app/webhooks";

  api.get(path, { config: { scope: "read" } }, async (request, reply) => {
    const app = findApp(platform, request);
    return sendList(
      request,
      reply,
      (app.webhooks ?? []).map((webhook) => serialize(app, webhook)),
      ["id"],
    );
  });
  api.post(path, { config: { scope: "write" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const at = timestamp();
    const webhook = { ...parseBody(schema, request), id: randomUUID(), createdAt: at, updatedAt: at };
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      draft.webhooks = [...(draft.webhooks ?? []), webhook];
    });
    return reply.code(201).send(serialize(app, webhook));
  });
  api.delete(`${path}/:webhook`, { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const found = app.webhooks?.find(({ id }) => id === param(request, "webhook"));
    if (found === undefined) throw notFound("webhook");
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      draft.webhooks = (draft.webhooks ?? []).filter(({ id }) => id !== found.id);
    });
    return serialize(app, found);
  });
}

/** Its secret and its authorization are never told. */
function serialize(app: App, { id, include, level, url, createdAt, updatedAt }: Webhook) {
  return { app: appReference(app), created_at: createdAt, id, include, level, updated_at: updatedAt, url };
}
