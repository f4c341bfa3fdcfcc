/**
 * A proxy on this machine through which a run talks to its GitLab and its Heroku, so that every request can be noted
 * before it is sent and the shape of every answer afterwards. It changes nothing of either.
 *
 * Connections to other hosts are passed on unread. Those to the two services are read inside TLS with a certificate
 * that only the run's own programs trust; towards the services the certificates are checked as ever.
 */
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { certificateFor } from "./certificate.ts";
import { forwarder, type Watcher } from "./forward.ts";
import { lookup } from "./lookup.ts";

export interface Recorder {
  /** Variables that lead programs through the recorder, but for those that name a file of certificates. */
  readonly url: string;
  /** The certificate that they have to trust, as PEM. */
  readonly certificate: string;
  close(): Promise<void>;
}

export interface RecorderOptions {
  /** Base addresses of the services. */
  readonly services: readonly URL[];
  readonly watcher: Watcher;
  /** Certificates to trust in addition when talking to the services. */
  readonly ca?: readonly string[];
}

export async function startRecorder({ services, watcher, ca }: RecorderOptions): Promise<Recorder> {
  const origins = new Set(services.map(({ origin }) => origin));
  const hosts = services.map(({ hostname }) => hostname);
  const certificate = await certificateFor(hosts);
  const forward = forwarder({ origins, watcher, ca });

  const open = new Set<Duplex>();
  const keep = (socket: Duplex) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // A client that goes away ends its own exchange only.
    socket.on("error", () => socket.destroy());
  };
  // The inner server of a service, which gets connections that the outer one hands over.
  const inner = new Map<string, http.Server>();
  const innerFor = (base: URL) => {
    const known = inner.get(base.origin);
    if (known) return known;
    const listener: http.RequestListener = (request, response) =>
      forward(new URL(request.url ?? "/", base), request, response);
    const isSecure = base.protocol === "https:";
    const server = isSecure ? https.createServer(certificate, listener) : http.createServer(listener);
    inner.set(base.origin, server);
    return server;
  };

  const outer = http.createServer((request, response) => {
    if (!URL.canParse(request.url ?? "")) {
      response.writeHead(400).end("this is a proxy: ask it for a whole address");
      return;
    }
    forward(new URL(request.url ?? ""), request, response);
  });
  outer.on("connection", keep);
  outer.on("connect", (request, socket: Socket, head) => {
    const target = new URL(`https://${request.url}`);
    // fetch of Node.js asks for a connection also where the service speaks no TLS.
    const watched = [target, new URL(`http://${request.url}`)].find(({ origin }) => origins.has(origin));
    if (watched) {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.unshift(head);
      innerFor(watched).emit("connection", socket);
      return;
    }
    const where = { host: target.hostname, port: Number(target.port || 443), lookup };
    const upstream = net.connect(where, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    keep(upstream);
    // Once bytes have flowed, there is nobody to tell.
    upstream.on("error", () =>
      upstream.bytesRead ? socket.destroy() : socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
    );
    socket.on("close", () => upstream.destroy());
  });
  outer.listen(0, "127.0.0.1");
  await once(outer, "listening");
  return {
    url: `http://127.0.0.1:${(outer.address() as AddressInfo).port}`,
    certificate: certificate.cert,
    async close() {
      outer.close();
      for (const socket of open) socket.destroy();
    },
  };
}
