import { randomUUID } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import type { Service } from "../../core/context.ts";
import { describeError } from "../../core/log.ts";
import type { Dyno } from "../dynos/dyno.ts";
import type { Platform } from "../platform.ts";
import type { App } from "../state.ts";
import { errorPage, NO_SUCH_APP, ROUTER_ERRORS, type RouterErrorCode } from "./pages.ts";

/** https://devcenter.heroku.com/articles/http-routing#timeouts and error-codes#h20-app-boot-timeout */
export interface RouterLimits {
  bootWaitMs: number;
  connectMs: number;
  firstByteMs: number;
  idleMs: number;
}

export const ROUTER_LIMITS: RouterLimits = {
  bootWaitMs: 75_000,
  connectMs: 5_000,
  firstByteMs: 30_000,
  idleMs: 55_000,
};

const VIA = "1.1 heroku-router";
// Headers about one connection, not about the request: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What is known of a request while it is served. */
interface Exchange {
  app: App;
  req: IncomingMessage;
  id: string;
  started: number;
  client: AbortController;
}

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

/** A dyno that serves the request, or the code of why there is none. */
async function choose(
  platform: Platform,
  limits: RouterLimits,
  { app, client }: Exchange,
): Promise<Dyno | RouterErrorCode> {
  if (app.maintenance) return "H80";
  return platform.dynos.nextWeb(app.id, limits.bootWaitMs, client.signal);
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

/** Protocol upgrades (websockets): https://devcenter.heroku.com/articles/http-routing#websockets */
async function upgrade(
  platform: Platform,
  limits: RouterLimits,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const app = findApp(platform, req.headers.host);
  if (app === undefined) return void socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
  const exchange = begin(app, req);
  const dyno = await choose(platform, limits, exchange);
  const address = typeof dyno === "string" ? undefined : dyno.address;
  if (typeof dyno === "string" || address === undefined) {
    const code = typeof dyno === "string" ? dyno : "H13";
    report(platform, exchange, { status: ROUTER_ERRORS[code].status, bytes: 0, code });
    socket.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n");
    return;
  }
  const headers = {
    ...requestHeaders(platform, exchange),
    connection: "upgrade",
    upgrade: req.headers.upgrade,
  };
  const upstream = request({
    host: address.host,
    port: address.port,
    method: req.method,
    path: req.url,
    headers,
    agent: false,
    setHost: false,
  });
  upstream.once("error", () => {
    report(platform, exchange, { dyno, status: 503, bytes: 0, code: "H13" });
    socket.destroy();
  });
  upstream.once("response", (answer) => {
    report(platform, exchange, { dyno, status: answer.statusCode ?? 502, bytes: 0 });
    socket.write(head1(answer));
    answer.pipe(socket);
  });
  upstream.once("upgrade", (answer, peer, peerHead) => {
    peer.on("error", () => socket.destroy());
    socket.write(head1(answer));
    socket.write(peerHead);
    peer.write(head);
    socket.pipe(peer).pipe(socket);
    socket.once("close", () => {
      peer.destroy();
      report(platform, exchange, { dyno, status: 101, bytes: 0 });
    });
  });
  upstream.end();
}

function head1(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i < answer.rawHeaders.length; i += 2) {
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function findApp(platform: Platform, host: string | undefined): App | undefined {
  const hostname = (host ?? "").toLowerCase().replace(/:\d+$/, "");
  return Object.values(platform.store.data.apps).find(
    (app) =>
      platform.hostname(app) === hostname || app.domains.some((domain) => domain.hostname === hostname),
  );
}

function begin(app: App, req: IncomingMessage): Exchange {
  const given = req.headers["x-request-id"];
  // https://devcenter.heroku.com/articles/http-request-id: a client's own id of 20 to 200 characters is kept.
  const id = typeof given === "string" && /^[A-Za-z0-9+/=-]{20,200}$/.test(given) ? given : randomUUID();
  return { app, req, id, started: Date.now(), client: new AbortController() };
}

/** https://devcenter.heroku.com/articles/http-routing#heroku-headers */
function requestHeaders(platform: Platform, { req, id, started }: Exchange): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...req.headers };
  for (const name of HOP_BY_HOP) delete headers[name];
  const client = req.socket.remoteAddress ?? "";
  const earlier = req.headers["x-forwarded-for"];
  return {
    ...headers,
    // A body of unknown length stays so: node would send none otherwise.
    ...(req.headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" }),
    connection: "close",
    "x-forwarded-for": earlier === undefined ? client : `${earlier}, ${client}`,
    "x-forwarded-proto": "http",
    "x-forwarded-port": String(platform.ctx.ports.router),
    "x-request-start": String(started),
    "x-request-id": id,
    via: req.headers.via === undefined ? VIA : `${req.headers.via}, ${VIA}`,
  };
}

function responseHeaders(given: IncomingHttpHeaders): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...given };
  for (const name of HOP_BY_HOP) delete headers[name];
  return { ...headers, via: given.via === undefined ? VIA : `${given.via}, ${VIA}` };
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

interface Outcome {
  status: number;
  bytes: number;
  code?: RouterErrorCode;
  dyno?: Dyno;
  connect?: number;
}

/** A line as of https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format */
function report(platform: Platform, { app, req, id, started }: Exchange, outcome: Outcome): void {
  const { code, dyno, connect, status, bytes } = outcome;
  const known = dyno !== undefined;
  const fields = [
    code === undefined ? "at=info" : `at=error code=${code} desc="${ROUTER_ERRORS[code].description}"`,
    `method=${req.method}`,
    `path=${JSON.stringify(req.url ?? "/")}`,
    `host=${req.headers.host}`,
    `request_id=${id}`,
    `fwd="${req.headers["x-forwarded-for"] ?? req.socket.remoteAddress ?? ""}"`,
    `dyno=${dyno?.name ?? ""}`,
    `connect=${known ? `${connect ?? 0}ms` : ""}`,
    `service=${known ? `${Date.now() - started - (connect ?? 0)}ms` : ""}`,
    `status=${status}`,
    `bytes=${known ? bytes : ""}`,
    "protocol=http",
  ];
  platform.logplex.write(app.id, "heroku", "router", fields.join(" "));
}
