import type { FastifyInstance } from "fastify";
import { DYNO_SIZES, REGIONS, STACKS } from "../catalogue.ts";
import type { Platform } from "../platform.ts";
import { param, sendList } from "./common.ts";
import { notFound } from "./errors.ts";

/** Regions, stacks and dyno sizes: https://devcenter.heroku.com/articles/platform-api-reference */
export function catalogueRoutes(api: FastifyInstance, _platform: Platform): void {
  const sizes = DYNO_SIZES.map(({ memoryMb: _mb, maxThreads: _threads, single: _single, ...size }) => size);
  const lists: [path: string, resource: string, items: { id: string; name: string }[]][] = [
    ["/regions", "region", REGIONS],
    ["/stacks", "stack", STACKS],
    ["/dyno-sizes", "dyno_size", sizes],
  ];
  for (const [path, resource, items] of lists) {
    api.get(path, { config: { scope: "read" } }, async (request, reply) =>
      sendList(request, reply, items, ["id", "name"]),
    );
    api.get(`${path}/:identity`, { config: { scope: "read" } }, async (request) => {
      const identity = param(request, "identity").toLowerCase();
      const found = items.find(({ id, name }) => id === identity || name.toLowerCase() === identity);
      if (found === undefined) throw notFound(resource, resource.replace("_", " "));
      return found;
    });
  }
}
