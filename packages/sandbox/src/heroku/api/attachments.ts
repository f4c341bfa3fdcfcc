import type { FastifyInstance } from "fastify";
import type { Platform } from "../platform.ts";
import { findApp, sendList } from "./common.ts";
import { notFound } from "./errors.ts";
import { accountReference, appReference } from "./serialize.ts";

/** What can be attached to an app on Heroku and cannot be made here: lists that clients read are there, and empty. */
const NONE = ["addons", "addon-attachments", "log-drains", "sni-endpoints", "webhooks"];

/** https://devcenter.heroku.com/articles/platform-api-reference#add-on, #collaborator, #pipeline-coupling */
export function attachmentRoutes(api: FastifyInstance, platform: Platform): void {
  for (const kind of NONE) {
    api.get(`/apps/:app/${kind}`, { config: { scope: "read" } }, async (request, reply) => {
      findApp(platform, request);
      return sendList(request, reply, [], ["id"]);
    });
  }

  api.get("/apps/:app/collaborators", { config: { scope: "read" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const owner = {
      app: appReference(app),
      created_at: app.createdAt,
      id: app.id,
      permissions: [],
      role: "owner",
      updated_at: app.updatedAt,
      user: { ...accountReference(platform, app.ownerId), federated: false },
    };
    return sendList(request, reply, [owner], ["id"]);
  });

  api.get("/apps/:app/pipeline-couplings", { config: { scope: "read" } }, async (request) => {
    findApp(platform, request);
    throw notFound("pipeline_coupling", "pipeline coupling");
  });

  api.get("/account/features", { config: { scope: "read" } }, async (request, reply) =>
    sendList(request, reply, [], ["id", "name"]),
  );
}
