/** The docker engine beside a job: when it takes its time, and that it then answers. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkServices, type DockerSocket, jobSocket, socketFor } from "../../src/runner/docker-service.ts";
import type { Trace } from "../../src/runner/trace.ts";

describe("a docker-in-docker service", () => {
  const name = "docker:28.2.2-dind";
  test.each<[string, unknown, Record<string, string>, boolean]>([
    ["with TLS, the image's default", { name }, {}, false],
    ["with TLS in a folder of its own", { name }, { DOCKER_TLS_CERTDIR: "/certs" }, false],
    ["without TLS", { name }, { DOCKER_TLS_CERTDIR: "" }, true],
    ["without TLS, by its name alone", name, { DOCKER_TLS_CERTDIR: "" }, true],
    ["without TLS, and told so", { name, command: ["--tls=false"] }, { DOCKER_TLS_CERTDIR: "" }, false],
    ["the same in other words", { name, command: "--tlsverify=false" }, { DOCKER_TLS_CERTDIR: "" }, false],
    ["told something else", { name, command: ["--mtu=1400"] }, { DOCKER_TLS_CERTDIR: "" }, true],
    ["named by a variable", { name: "$DIND" }, { DIND: name, DOCKER_TLS_CERTDIR: "" }, true],
  ])("%s", (_, service, variables, isSlow) => {
    const lines: string[] = [];
    const trace = { line: (text: string) => lines.push(text) } as unknown as Trace;
    expect(checkServices([service], variables, trace) > 0).toBe(isSlow);
    expect(lines.join("\n").includes("--tls=false")).toBe(isSlow);
  });
});

describe("the socket of a job", () => {
  let folder: string;
  let engine: Server;
  let socket: DockerSocket | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "docker-service-test-"));
    engine = createServer((_, response) => response.end("OK"));
    await new Promise<void>((resolve) => engine.listen(join(folder, "engine.sock"), resolve));
  });
  afterEach(async () => {
    await socket?.close();
    await new Promise((resolve) => engine.close(resolve));
    await rm(folder, { recursive: true });
  });

  const ask = (socketPath: string) =>
    new Promise<string>((resolve) => {
      const call = request({ socketPath, path: "/_ping", agent: false }, (answer) => {
        answer.setEncoding("utf8");
        answer.on("data", resolve);
      });
      call.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      call.end();
    });

  test("is deaf until the engine is up, and then the engine's", async () => {
    const up = Promise.withResolvers<void>();
    socket = await socketFor(join(folder, "engine.sock"), up.promise);
    expect(await ask(socket.path)).toMatch(/^(ECONNRESET|EPIPE)$/);
    up.resolve();
    await expect.poll(() => ask(socket?.path ?? "")).toBe("OK");
  });

  test("is the engine's own where nothing is to be waited for", async () => {
    socket = await jobSocket(join(folder, "engine.sock"), 0, new AbortController().signal);
    expect(socket.path).toBe(join(folder, "engine.sock"));
  });
});
