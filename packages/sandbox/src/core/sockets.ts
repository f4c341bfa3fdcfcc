import { rmdirSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { privateFolder, sandboxId } from "./context.ts";

/** Where the sockets of a sandbox are: the path of one has at most 107 bytes, and a state folder may be deep. */
export function socketFolder(id: string): string {
  return join(tmpdir(), `tag-to-endpoint-${process.getuid?.() ?? 0}-${id}`);
}

/** The path of a socket that only this user can reach. */
export function socketPath(stateDir: string, name: string): string {
  return join(privateFolder(socketFolder(sandboxId(stateDir))), `${name}.sock`);
}

/** Removes the folder of a socket that was the last: sandboxes come and go in tests, and none leaves its folder behind. */
export function removeIfLast(socket: string): void {
  try {
    rmdirSync(dirname(socket));
  } catch (error) {
    if (!["ENOTEMPTY", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

export interface SocketAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** An HTTP request to a socket. */
export function askSocket(
  socketPath: string,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Promise<SocketAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, method, path, headers: { host: "localhost", ...headers } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.once("error", reject);
        answer.once("end", () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
        );
      },
    );
    call.once("error", reject);
    call.end(body);
  });
}
