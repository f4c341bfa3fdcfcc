import { once } from "node:events";
import http, { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import https from "node:https";
import { buffer } from "node:stream/consumers";
import { lookup } from "./lookup.ts";

/** A request with JSON or no body to one of the services. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: URL;
  /** undefined where there is none. */
  readonly body: unknown;
  readonly client: string;
}

export interface RecordedAnswer {
  readonly status: number;
  readonly body: AnswerBody;
}

/** JSON, something else, or nothing. */
export type AnswerBody = { kind: "json"; value: unknown } | { kind: "file" } | { kind: "nothing" };

export interface Watcher {
  /** Called before the request is sent on; it is sent when this is done, and not at all when this throws. */
  before(request: RecordedRequest): Promise<void>;
  after(request: RecordedRequest, answer: RecordedAnswer): Promise<void>;
}

/** Sends a request on to its target, and the answer back. */
type Forward = (target: URL, request: IncomingMessage, response: ServerResponse) => void;

export interface ForwardOptions {
  /** Origins of the services that are watched. */
  readonly origins: ReadonlySet<string>;
  readonly watcher: Watcher;
  /** Certificates to trust in addition. */
  readonly ca?: readonly string[] | undefined;
}

export function forwarder({ origins, watcher, ca }: ForwardOptions): Forward {
  const agents = { http: new http.Agent(), https: new https.Agent(ca ? { ca: [...ca] } : {}) };

  const send = async (target: URL, request: IncomingMessage, body: Buffer | undefined) => {
    const isSecure = target.protocol === "https:";
    const outgoing = (isSecure ? https : http).request(target, {
      method: request.method ?? "GET",
      headers: headersOf(request),
      lookup,
      agent: isSecure ? agents.https : agents.http,
    });
    if (body) outgoing.end(body);
    else request.pipe(outgoing);
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    return incoming;
  };

  const pass = async (target: URL, request: IncomingMessage, response: ServerResponse) => {
    const incoming = await send(target, request, undefined);
    response.writeHead(incoming.statusCode ?? 502, incoming.rawHeaders);
    incoming.pipe(response);
  };

  const watch = async (target: URL, request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const recorded: RecordedRequest = {
      method: request.method ?? "GET",
      url: target,
      body: parsed(body),
      client: request.headers["user-agent"] ?? "",
    };
    await watcher.before(recorded);
    const incoming = await send(target, request, body);
    const answer = await buffer(incoming);
    // The note comes first: who sees the answer can rely on it.
    await watcher.after(recorded, { status: incoming.statusCode ?? 0, body: bodyIn(answer) });
    response.writeHead(incoming.statusCode ?? 502, incoming.rawHeaders).end(answer);
  };

  return (target, request, response) => {
    const isWatched = origins.has(target.origin) && isJsonOrNone(request.headers["content-type"]);
    (isWatched ? watch : pass)(target, request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end(`${target.origin} cannot be reached: ${error.message}`);
    });
  };
}

/** Headers of one connection are not for the next one (RFC 9110, 7.6.1). An answer is to be read, so it comes as it is. */
const NOT_PASSED_ON = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "accept-encoding",
];

function headersOf({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.includes(name)));
}

function isJsonOrNone(type: string | undefined): boolean {
  return type === undefined || type.includes("json");
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function bodyIn(answer: Buffer): AnswerBody {
  if (answer.length === 0) return { kind: "nothing" };
  const value = parsed(answer);
  return value === undefined ? { kind: "file" } : { kind: "json", value };
}
