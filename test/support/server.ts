import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that the server got. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** What to answer, by `METHOD path`: a status, a JSON body unless it is empty, and further headers. */
export type Answers = Readonly<
  Record<string, readonly [status: number, body?: unknown, headers?: Readonly<Record<string, string>>]>
>;

/** An HTTP server of this process that answers as told, everything else with 404, and keeps what it got. */
export async function serve(answers: Answers) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const { method = "", url: path = "", headers } = request;
    received.push({ method, path, headers, body: text === "" ? undefined : JSON.parse(text) });
    const [status, body, more] = answers[`${method} ${path}`] ?? [404, { message: "404 Not Found" }];
    response.writeHead(status, { "Content-Type": "application/json", ...more });
    response.end(body === undefined ? "" : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
