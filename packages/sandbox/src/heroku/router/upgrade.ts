import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import type { Platform } from "../platform.ts";
import { begin, choose, findApp, type RouterLimits, report, requestHeaders } from "./exchange.ts";
import { ROUTER_ERRORS } from "./pages.ts";

/** Protocol upgrades (websockets): https://devcenter.heroku.com/articles/http-routing#websockets */
export async function upgrade(
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
    socket.write(answerHead(answer));
    answer.pipe(socket);
  });
  upstream.once("upgrade", (answer, peer, peerHead) => {
    peer.on("error", () => socket.destroy());
    socket.write(answerHead(answer));
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

function answerHead(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i < answer.rawHeaders.length; i += 2) {
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
