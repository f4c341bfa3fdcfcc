import type { FastifyInstance } from "fastify";
import type { Platform } from "../platform.ts";
import { findApp, param, sendList } from "./common.ts";
import { invalid, notFound } from "./errors.ts";
import { serializeDyno } from "./serialize.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#dyno */
export function dynoRoutes(api: FastifyInstance, platform: Platform): void {
  const { dynos } = platform;

  api.get("/apps/:app/dynos", { config: { scope: "read" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const list = dynos.dynos(app.id).map((dyno) => serializeDyno(app, dyno));
    return sendList(request, reply, list, ["name", "id"]);
  });

  api.post("/apps/:app/dynos", { config: { scope: "write" } }, async (request) => {
    findApp(platform, request);
    throw invalid("One-off dynos are not part of the sandbox.");
  });

  const restart = async (appId: string, name?: string) => {
    if (!(await dynos.restart(appId, name))) throw notFound("dyno");
    return {};
  };

  api.delete("/apps/:app/dynos", { config: { scope: "write" } }, async (request, reply) =>
    reply.code(202).send(await restart(findApp(platform, request).id)),
  );

  api.delete("/apps/:app/dynos/:dyno", { config: { scope: "write" } }, async (request, reply) =>
    reply.code(202).send(await restart(findApp(platform, request).id, param(request, "dyno"))),
  );

  // A stopped dyno of a scaled process comes back: https://devcenter.heroku.com/articles/dyno-restarts
  api.post("/apps/:app/dynos/:dyno/actions/stop", { config: { scope: "write" } }, async (request, reply) =>
    reply.code(202).send(await restart(findApp(platform, request).id, param(request, "dyno"))),
  );
}
