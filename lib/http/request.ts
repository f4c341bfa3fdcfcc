import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`; a header says of which type it is. */
  readonly text?: string;
  /** Limit for the whole exchange. */
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** No whole answer: refused, unknown host, time-out, TLS, cut. Its message names the address and never a header. */
export class Unreachable extends Error {
  /** Whether there was a connection, so that the service may have got the request and carried it out. */
  readonly wasConnected: boolean;

  constructor(message: string, { wasConnected = false }: { wasConnected?: boolean } = {}) {
    super(message);
    this.wasConnected = wasConnected;
  }
}

/** Names below `localhost` are this machine, as for browsers and curl; not every resolver knows (RFC 6761, 6.3). */
const lookup: LookupFunction = (name, options, callback) =>
  dns.lookup(name.endsWith(".localhost") ? "localhost" : name, options, callback);

/** One HTTP exchange. Not `fetch`, which refuses ports that browsers do not like. */
export function request(url: string | URL, options: HttpRequest = {}): Promise<HttpResponse> {
  const target = new URL(url);
  const { method = "GET", body, timeoutMs = 10_000 } = options;
  const payload = body === undefined ? options.text : JSON.stringify(body);
  const client = target.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    let wasConnected = false;
    const fail = (reason: string) => reject(new Unreachable(`${target.origin}: ${reason}`, { wasConnected }));
    const outgoing = client.request(
      target,
      {
        method,
        lookup,
        headers: {
          ...(body !== undefined && { "Content-Type": "application/json" }),
          ...options.headers,
        },
        signal: AbortSignal.timeout(timeoutMs),
        // A connection that is kept may be closed by the service at the very moment: nobody knows then what it did.
        ...(method !== "GET" && { agent: false }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", (error) => fail(error.message));
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    outgoing.on("socket", (socket) => {
      const ready = target.protocol === "https:" ? "secureConnect" : "connect";
      if (!socket.connecting) wasConnected = true;
      else socket.once(ready, () => (wasConnected = true));
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      fail(
        error.name === "TimeoutError" || error.code === "ABORT_ERR"
          ? `no answer within ${timeoutMs} ms`
          : reasonOf(error),
      ),
    );
    outgoing.end(payload);
  });
}

/** The JSON of an answer, or undefined when it is none: what answers there is not the API. */
export function jsonOf(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.text);
  } catch {
    return undefined;
  }
}

/** The service's clock when it answered, in milliseconds since 1970; this machine's where it does not tell. */
export function serviceTime({ headers }: HttpResponse): number {
  const told = Date.parse(headers.date ?? "");
  return Number.isNaN(told) ? Date.now() : told;
}

/** Node leaves the message of an error over several addresses empty; its code still tells. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return error.message || error.code || "connection failed";
}
