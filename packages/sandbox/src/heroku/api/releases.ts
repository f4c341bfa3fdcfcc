import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Platform } from "../platform.ts";
import type { App, Release } from "../state.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { invalid, notFound } from "./errors.ts";
import { serializeRelease } from "./serialize.ts";

/** The release that a path names by id, by version (`3` or `v3`) or as `current`. */
export function findRelease(app: App, identity: string): Release {
  const version = /^v?(\d+)$/.exec(identity)?.[1];
  const found = app.releases.find(({ id, version: own }) => id === identity || String(own) === version);
  if (found === undefined) throw notFound("release");
  return found;
}

/** https://devcenter.heroku.com/articles/platform-api-reference#release */
export function releaseRoutes(api: FastifyInstance, platform: Platform): void {
  api.get("/apps/:app/releases", { config: { scope: "read" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const releases = app.releases.map((release) => serializeRelease(platform, app, release));
    return sendList(request, reply, releases, ["version", "id"]);
  });

  api.get("/apps/:app/releases/:release", { config: { scope: "read" } }, async (request) => {
    const app = findApp(platform, request);
    return serializeRelease(platform, app, findRelease(app, param(request, "release")));
  });

  const rollbackSchema = z.object({ release: z.string().optional(), slug: z.string().optional() });

  api.post("/apps/:app/releases", { config: { scope: "write" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const { release: wanted } = parseBody(rollbackSchema, request);
    // Slugs are the releases of buildpacks, which a sandbox of the container stack has none of.
    if (wanted === undefined)
      throw invalid("Only a rollback (`release`) is possible on the container stack.");
    const target = findRelease(app, wanted);
    if (target.status !== "succeeded" || Object.keys(target.images).length === 0) {
      throw invalid(`Cannot roll back to v${target.version}.`);
    }
    const id = await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      draft.config = { ...target.config };
      return platform.addRelease(draft, {
        description: `Rollback to v${target.version}`,
        userId: request.authorization.accountId,
        images: target.images,
        pending: true,
      }).id;
    });
    void platform.activate(app.id, id);
    const updated = draftOf(platform.store.data.apps, app.id);
    return reply.code(201).send(serializeRelease(platform, updated, findRelease(updated, id)));
  });
}
