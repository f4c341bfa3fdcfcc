import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

/** How a request is spoilt: the API fails, fails and repeats all that it was sent, or the connection is cut. */
export type Fault = "fails" | "echoes" | "cut";

/** Stands in front of an HTTP service and spoils the requests that `faultFor` chooses. */
export interface FaultyProxy {
  url: string;
  /** Requests that were spoilt, as `METHOD path`. */
  spoilt: string[];
  close(): Promise<void>;
}

/**
 * Starts a proxy on loopback. `fails` is a 500 as the services give it; `echoes` is the worst that an error can hold:
 * the caller's own headers and body.
 */
export async function faultyProxy(
  target: string,
  faultFor: (request: IncomingMessage) => Fault | undefined,
): Promise<FaultyProxy> {
  const spoilt: string[] = [];
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const { method, url = "/", headers } = incoming;
      const fault = faultFor(incoming);
      if (fault) spoilt.push(`${method} ${url}`);
      if (fault === "cut") incoming.socket.destroy();
      else if (fault) {
        const echo = `failed on ${JSON.stringify(headers)} ${body.toString("utf8")}`;
        const message = fault === "echoes" ? echo : "500 Internal Server Error";
        answer.writeHead(500, { "content-type": "application/json" });
        answer.end(JSON.stringify({ id: "internal_server_error", message }));
      } else {
        const forwarded = request(new URL(url, target), { method, headers }, (response) => {
          answer.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(answer);
        });
        forwarded.on("error", () => incoming.socket.destroy());
        forwarded.end(body);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoilt,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
