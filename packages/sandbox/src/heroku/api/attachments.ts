import type { FastifyInstance } from "fastify";
import type { Platform } from "../platform.ts";
import { findApp, sendList } from "./common.ts";
import { notFound } from "./errors.ts";

/**
 * What of an app can be attached on Heroku and cannot be made here: what `heroku apps:info` reads is there.
 * https://devcenter.heroku.com/articles/platform-api-reference#add-on, #pipeline-coupling
 */
export function attachmentRoutes(api: FastifyInstance, platform: Platform): void {
  api.get("/apps/:app/addons", { config: { scope: "read" } }, async (request, reply) => {
    findApp(platform, request);
    return sendList(request, reply, [], ["id"]);
  });

  api.get("/apps/:app/pipeline-couplings", { config: { scope: "read" } }, async (request) => {
    findApp(platform, request);
    throw notFound("pipeline_coupling", "pipeline coupling");
  });
}
