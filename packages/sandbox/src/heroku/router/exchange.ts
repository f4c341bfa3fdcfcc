import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Dyno } from "../dynos/dyno.ts";
import type { Platform } from "../platform.ts";
import type { App } from "../state.ts";
import { ROUTER_ERRORS, type RouterErrorCode } from "./pages.ts";

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

export const VIA = "1.1 heroku-router";
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
export interface Exchange {
  app: App;
  req: IncomingMessage;
  id: string;
  started: number;
  client: AbortController;
}

/** What a request came to. */
export interface Outcome {
  status: number;
  bytes: number;
  code?: RouterErrorCode;
  dyno?: Dyno;
  connect?: number;
}

/** The app that a hostname belongs to. */
export function findApp(platform: Platform, host: string | undefined): App | undefined {
  const hostname = (host ?? "").toLowerCase().replace(/:\d+$/, "");
  return Object.values(platform.store.data.apps).find(
    (app) =>
      platform.hostname(app) === hostname || app.domains.some((domain) => domain.hostname === hostname),
  );
}

/** Begins to keep account of a request. */
export function begin(app: App, req: IncomingMessage): Exchange {
  const given = req.headers["x-request-id"];
  // https://devcenter.heroku.com/articles/http-request-id: a client's own id of 20 to 200 characters is kept.
  const id = typeof given === "string" && /^[A-Za-z0-9+/=-]{20,200}$/.test(given) ? given : randomUUID();
  return { app, req, id, started: Date.now(), client: new AbortController() };
}

/** A dyno that serves the request, or the code of why there is none. */
export async function choose(
  platform: Platform,
  limits: RouterLimits,
  { app, client }: Exchange,
): Promise<Dyno | RouterErrorCode> {
  if (app.maintenance) return "H80";
  return platform.dynos.nextWeb(app.id, limits.bootWaitMs, client.signal);
}

/** https://devcenter.heroku.com/articles/http-routing#heroku-headers */
export function requestHeaders(platform: Platform, { req, id, started }: Exchange): OutgoingHttpHeaders {
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

/** The headers of an answer, as the client gets them. */
export function responseHeaders(given: IncomingHttpHeaders): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...given };
  for (const name of HOP_BY_HOP) delete headers[name];
  return { ...headers, via: given.via === undefined ? VIA : `${given.via}, ${VIA}` };
}

/** A line as of https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format */
export function report(platform: Platform, { app, req, id, started }: Exchange, outcome: Outcome): void {
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
