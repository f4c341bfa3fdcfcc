import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Service } from "../../core/context.ts";
import { describeError } from "../../core/log.ts";
import type { Dyno } from "../dynos/dyno.ts";
import type { Platform } from "../platform.ts";
import {
  begin,
  choose,
  type Exchange,
  findApp,
  ROUTER_LIMITS,
  type RouterLimits,
  report,
  requestHeaders,
  responseHeaders,
  VIA,
} from "./exchange.ts";
import { errorPage, NO_SUCH_APP, ROUTER_ERRORS, type RouterErrorCode } from "./pages.ts";
import { upgrade } from "./upgrade.ts";

export { ROUTER_LIMITS, type RouterLimits } from "./exchange.ts";

/** Starts the router: one address for all apps, told apart by their hostnames. */
export async function startRouter(
  platform: Platform,
  limits: RouterLimits = ROUTER_LIMITS,
): Promise<Service> {
  const server = createServer({ requestTimeout: 0 }, (req, res) => {
    serve(platform, limits, req, res).catch((error: unknown) => {
      platform.log.error(`router: ${req.method} ${req.headers.host}: ${describeError(error)}`);
      res.destroy();
    });
  });
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrade(platform, limits, req, socket, head).catch((error: unknown) => {
      platform.log.error(`router: upgrade ${req.headers.host}: ${describeError(error)}`);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(platform.ctx.ports.router, "127.0.0.1", resolve);
  });
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  platform: Platform,
  limits: RouterLimits,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const app = findApp(platform, req.headers.host);
  if (app === undefined) {
    res.writeHead(404, { "content-type": "text/html; charset=utf-8", via: VIA }).end(NO_SUCH_APP);
    return;
  }
  const exchange = begin(app, req);
  res.once("close", () => {
    if (!res.writableFinished) exchange.client.abort();
  });
  const dyno = await choose(platform, limits, exchange);
  if (typeof dyno === "string") return fail(platform, exchange, res, dyno);
  await forward(platform, limits, exchange, dyno, res);
}

function forward(
  platform: Platform,
  limits: RouterLimits,
  exchange: Exchange,
  dyno: Dyno,
  res: ServerResponse,
): Promise<void> {
  const { req } = exchange;
  const { address } = dyno;
  if (address === undefined) return Promise.resolve(fail(platform, exchange, res, "H13", dyno));
  return new Promise((resolve) => {
    let bytes = 0;
    let connected: number | undefined;
    let done = false;
    const connecting = Date.now();
    const finish = (code: RouterErrorCode | undefined, status: number) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      const connect = (connected ?? Date.now()) - connecting;
      if (code === undefined) report(platform, exchange, { dyno, connect, status, bytes });
      else if (!res.headersSent && code !== "H27") fail(platform, exchange, res, code, dyno, connect);
      else {
        report(platform, exchange, { dyno, connect, status: ROUTER_ERRORS[code].status, bytes, code });
        res.destroy();
      }
      upstream.destroy();
      resolve();
    };

    const upstream = request({
      host: address.host,
      port: address.port,
      method: req.method,
      path: req.url,
      headers: requestHeaders(platform, exchange),
      agent: false,
      setHost: false,
    });
    let timer = setTimeout(() => finish("H19", 503), limits.connectMs);
    upstream.once("socket", (socket) => {
      socket.once("connect", () => {
        connected = Date.now();
        clearTimeout(timer);
        // Counted from here: time in the queue while the app boots is not the app's.
        timer = setTimeout(() => finish("H12", 503), limits.firstByteMs);
      });
    });
    upstream.once("error", (error: NodeJS.ErrnoException) => {
      // Closed by us after an answer that came before the request's end.
      if (done) return;
      if (exchange.client.signal.aborted) finish("H27", 499);
      else if (error.code === "ECONNREFUSED") finish("H21", 503);
      else finish("H13", 503);
    });
    upstream.once("response", (answer) => {
      clearTimeout(timer);
      const idle = () => {
        clearTimeout(timer);
        timer = setTimeout(() => finish("H15", 503), limits.idleMs);
      };
      idle();
      const status = answer.statusCode ?? 502;
      res.writeHead(status, answer.statusMessage, responseHeaders(answer.headers));
      res.flushHeaders();
      answer.on("data", (part: Buffer) => {
        bytes += part.length;
        idle();
      });
      answer.once("end", () => finish(undefined, status));
      answer.once("error", () => finish(exchange.client.signal.aborted ? "H27" : "H18", 503));
      answer.pipe(res);
    });
    exchange.client.signal.addEventListener("abort", () => finish("H27", 499), { once: true });
    req.pipe(upstream);
  });
}

function fail(
  platform: Platform,
  exchange: Exchange,
  res: ServerResponse,
  code: RouterErrorCode,
  dyno?: Dyno,
  connect?: number,
): void {
  if (exchange.client.signal.aborted) {
    report(platform, exchange, { status: 499, bytes: 0, code: "H27" });
    return;
  }
  const { status } = ROUTER_ERRORS[code];
  const body = errorPage(code);
  res.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache, no-store",
    via: VIA,
  });
  res.end(exchange.req.method === "HEAD" ? undefined : body);
  // What the client still sends is of no use to anyone.
  exchange.req.resume();
  report(platform, exchange, {
    status,
    bytes: body.length,
    code,
    ...(dyno && { dyno }),
    ...(connect !== undefined && { connect }),
  });
}
