/**
 * HTTP for the stand-in plugins. It resolves `localhost` and `*.localhost` to 127.0.0.1 itself (the resolver
 * of a machine may not), follows no redirect and opens no connection but to loopback: a proxy too has to be there.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { isLoopback } from "./loopback.ts";

export interface HttpRequest {
  method: string;
  url: URL;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  text: string;
}

const RETRIED = new Set([429, 502, 503, 504]);
const RETRIES = 4;

const lookupLoopback: LookupFunction = (_hostname, options, callback) => {
  if (options.all) {
    callback(null, [{ address: "127.0.0.1", family: 4 }]);
  } else {
    callback(null, "127.0.0.1", 4);
  }
};

/**
 * Sends a request. Overload and gateway errors (429, 502, 503, 504) are tried again as the official clients
 * do, with growing pauses; a refused connection is tried again for a second, in case a service restarts.
 */
export async function send(request: HttpRequest): Promise<HttpResponse> {
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt >= RETRIES;
    try {
      const response = await sendOnce(request);
      if (last || !RETRIED.has(response.status)) {
        return response;
      }
    } catch (error) {
      if (last || (error as NodeJS.ErrnoException).code !== "ECONNREFUSED") {
        throw connectionError(request, error as NodeJS.ErrnoException);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
  }
}

function sendOnce({ method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
  if (!isLoopback(url.hostname)) {
    return Promise.reject(new Error(`refused to connect to ${url.host}: not a loopback address`));
  }
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = start(
      url,
      {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
        lookup: lookupLoopback,
        ...(proxyIsElsewhere() && { agent: false }),
        ...(signal ? { signal } : {}),
      },
      (response) => collect(response).then(resolve, reject),
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** Whether the proxy that Node.js would use (`NODE_USE_ENV_PROXY`) is on another machine. */
function proxyIsElsewhere(): boolean {
  const { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy } = process.env;
  return [HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy].some(
    (proxy) => proxy && !isLoopback(new URL(proxy).hostname),
  );
}

async function collect(response: IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value ?? "")]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers) as Record<string, string>,
    text: Buffer.concat(chunks).toString("utf8"),
  };
}

function connectionError({ method, url }: HttpRequest, error: NodeJS.ErrnoException): Error {
  const where = `${method} ${url.origin}${url.pathname}`;
  if (error.code === "ECONNREFUSED") {
    return new Error(`${where}: connection refused; is the service running (npm run sandbox -- status)?`);
  }
  return new Error(`${where}: ${error.message}`, { cause: error });
}
