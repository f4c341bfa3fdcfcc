import type { FastifyInstance } from "fastify";
import type { Faults } from "./faults.ts";
import { meetFault, type Place } from "./http.ts";

/** Lets the requests of a server meet their faults. To be called before the server gets any other hook. */
export function meetFaults(
  server: FastifyInstance,
  faults: Faults,
  placeOf: (path: string) => Place | undefined,
): void {
  server.addHook("onRequest", async (request, reply) => {
    if (!faults.active) return;
    const place = placeOf(request.url.split("?")[0] ?? "/");
    if (place !== undefined && (await meetFault(faults, place, request.raw, reply.raw))) reply.hijack();
  });
}
