import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { SandboxContext, Service } from "../context.ts";
import { describeError } from "../log.ts";
import { askSocket, removeIfLast, socketPath } from "../sockets.ts";
import type { FaultReport, Faults } from "./faults.ts";
import type { FaultInput } from "./rules.ts";

/** The way to a running sandbox's faults: a socket that only its user can open, and no part of what the services serve. */
export interface FaultControl extends Service {
  readonly socket: string;
}

/** Opens a sandbox's socket for its faults. */
export async function openFaultControl(ctx: SandboxContext): Promise<FaultControl> {
  const socket = socketPath(ctx.stateDir, "control");
  // Left by a sandbox that was killed.
  rmSync(socket, { force: true });
  const server = createServer((request, response) => {
    control(ctx.faults, request, response).catch((error: unknown) => {
      ctx.log("daemon").error(`faults: ${describeError(error)}`);
      answer(response, 500, { message: describeError(error) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  return {
    socket,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      rmSync(socket, { force: true });
      removeIfLast(socket);
    },
  };
}

async function control(faults: Faults, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = /^\/faults\/(\d+)$/.exec(request.url ?? "")?.[1];
  if (request.method === "GET") return answer(response, 200, faults.list());
  if (request.method === "DELETE") {
    const found = faults.clear(id === undefined ? undefined : Number(id));
    return answer(response, found || id === undefined ? 200 : 404, { message: `there is no fault ${id}` });
  }
  const given: unknown = JSON.parse(await text(request));
  try {
    answer(response, 201, { id: faults.add(given) });
  } catch (error) {
    answer(response, 400, { message: describeError(error) });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** The faults of a sandbox in another process. */
export interface RemoteFaults {
  /** Adds a fault and gives its number. @throws Error that says what is wrong with it */
  add(fault: FaultInput): Promise<number>;
  /** All faults, with what each has hit. */
  list(): Promise<FaultReport[]>;
  /** Takes one back, or all. @throws Error where there is none of that number */
  clear(id?: number): Promise<void>;
}

/** @param socket where the running sandbox listens for it */
export function remoteFaults(socket: string): RemoteFaults {
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, body: said } = await askSocket(
      socket,
      method,
      path,
      body === undefined ? {} : { body: JSON.stringify(body) },
    );
    const answer: unknown = JSON.parse(said.toString("utf8"));
    if (status >= 300) throw new Error((answer as { message: string }).message);
    return answer as T;
  };
  return {
    add: async (fault) => (await ask<{ id: number }>("POST", "/faults", fault)).id,
    list: () => ask("GET", "/faults"),
    clear: async (id) => {
      await ask("DELETE", id === undefined ? "/faults" : `/faults/${id}`);
    },
  };
}
