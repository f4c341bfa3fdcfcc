/** A git server over HTTP that wants one user's token, around git's own `http-backend`. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GitServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /**
   * Fails the next request whose path and query end in `end`: it is answered with 503, or carried out and its answer
   * lost.
   */
  fail(end: string, how: Failure): void;
  close(): Promise<void>;
}

type Failure = "unavailable" | "lost";

/** Serves the repositories below a folder to `user` with `token`. */
export async function gitServer(folder: string, user: string, token: string): Promise<GitServer> {
  const wanted = `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
  const failures: { end: string; how: Failure }[] = [];
  const server = createServer((request, response) => {
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end("HTTP Basic: Access denied");
      return;
    }
    const place = failures.findIndex(({ end }) => request.url?.endsWith(end));
    const [failure] = place < 0 ? [] : failures.splice(place, 1);
    if (failure?.how === "unavailable") response.writeHead(503).end("GitLab is not responding");
    else backend(folder, user, request, response, failure?.how === "lost");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    fail: (end, how) => void failures.push({ end, how }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** https://git-scm.com/docs/git-http-backend: a CGI program. */
function backend(
  folder: string,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
  isLost: boolean,
): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://git");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: user,
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: request.headers["git-protocol"]?.toString(),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.once("close", () => {
    // It has begun: a connection that says nothing at all is tried again by git itself.
    if (isLost) return void response.writeHead(200).write("0", () => response.destroy());
    const answer = Buffer.concat(parts);
    const end = answer.indexOf("\r\n\r\n");
    let status = 200;
    for (const line of answer.subarray(0, end).toString("latin1").split("\r\n")) {
      const [name = "", value = ""] = line.split(/:\s*/, 2);
      if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(answer.subarray(end + 4));
  });
}
