import type { FastifyInstance } from "fastify";
import { DYNO_SIZES, REGIONS, STACKS } from "../catalogue.ts";
import type { Platform } from "../platform.ts";
import { sendList } from "./common.ts";

/** Regions, stacks and dyno sizes: https://devcenter.heroku.com/articles/platform-api-reference */
export function catalogueRoutes(api: FastifyInstance, _platform: Platform): void {
  const sizes = DYNO_SIZES.map(({ memoryMb: _mb, maxThreads: _threads, single: _single, ...size }) => size);
  const lists: [path: string, items: { id: string; name: string }[]][] = [
    ["/regions", REGIONS],
    ["/stacks", STACKS],
    ["/dyno-sizes", sizes],
  ];
  for (const [path, items] of lists) {
    api.get(path, { config: { scope: "read" } }, async (request, reply) =>
      sendList(request, reply, items, ["id", "name"]),
    );
  }
}
