/** What becomes of a request that meets a fault, on a server of this test's own with the answers of each service. */
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { meetFaults } from "../../src/core/faults/fastify.ts";
import { createFaults } from "../../src/core/faults/faults.ts";
import { withFaults } from "../../src/core/faults/http.ts";
import { registryAnswers } from "../../src/core/faults/registry-answers.ts";
import type { FaultInput } from "../../src/core/faults/rules.ts";
import { placeOf as gitlabPlaceOf } from "../../src/gitlab/fault-answers.ts";
import { placeOf as herokuPlaceOf } from "../../src/heroku/fault-answers.ts";

const faults = createFaults();
/** Requests that were carried out. */
let done: string[] = [];
let gitlab: FastifyInstance;
let heroku: FastifyInstance;
let registry: Server;
const base: Record<string, string> = {};

const BODY = { text: "x".repeat(2000) };

beforeAll(async () => {
  gitlab = Fastify({ forceCloseConnections: true });
  meetFaults(gitlab, faults, gitlabPlaceOf);
  heroku = Fastify({ forceCloseConnections: true });
  meetFaults(heroku, faults, herokuPlaceOf);
  for (const server of [gitlab, heroku]) {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser("*", { parseAs: "string" }, (_request, body, next) => next(null, body));
    server.all("/*", async ({ method, url }, reply) => {
      done.push(`${method} ${url}`);
      if (method === "DELETE") return reply.code(204).send();
      return BODY;
    });
    await server.listen({ host: "127.0.0.1", port: 0 });
  }
  const answers = registryAnswers("test");
  const placeOf = (path: string) => ({ service: "gitlab-registry" as const, path, answers });
  registry = createServer(
    withFaults(faults, placeOf, (request, response) => {
      let size = 0;
      request.on("data", (part: Buffer) => {
        size += part.length;
      });
      request.once("end", () => {
        done.push(`${request.method} ${request.url} ${size}`);
        // A date of its own, as that of a server behind it.
        response.writeHead(200, { "content-type": "text/plain", date: new Date(0).toUTCString() });
        response.end("y".repeat(2000));
      });
    }),
  );
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
  for (const [name, server] of Object.entries({
    gitlab: gitlab.server,
    heroku: heroku.server,
    "gitlab-registry": registry,
  })) {
    base[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  base.git = base.gitlab ?? "";
});
afterEach(() => {
  faults.clear();
  done = [];
});
afterAll(async () => {
  await gitlab.close();
  await heroku.close();
  registry.closeAllConnections();
  await new Promise((resolve) => registry.close(resolve));
});

interface Seen {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
  /** The code of the error that ended the answer. */
  broken?: string | undefined;
}

/** A request on a connection of its own; whatever comes of it. */
function send(
  service: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Seen> {
  return new Promise((resolve) => {
    const seen: Seen = { status: 0, headers: {}, text: "" };
    const end = (error?: NodeJS.ErrnoException) => resolve({ ...seen, broken: error?.code });
    const call = httpRequest(`${base[service]}${path}`, { method, headers, agent: false }, (answer) => {
      seen.status = answer.statusCode ?? 0;
      seen.headers = answer.headers;
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        seen.text += part;
      });
      answer.once("error", end);
      answer.once("end", () => end());
    });
    call.once("error", end);
    call.end(body);
  });
}

const add = (fault: FaultInput) => faults.add(fault);
const PATHS = {
  gitlab: "/api/v4/projects",
  git: "/root/mlserver.git/info/refs?service=git-upload-pack",
  heroku: "/apps",
  "gitlab-registry": "/v2/root/mlserver/manifests/latest",
} as const;
type Tried = keyof typeof PATHS;
const TRIED = Object.keys(PATHS) as Tried[];

describe("answers are the service's own, and nothing is carried out", () => {
  test.each<[Tried, FaultInput["fault"], number, string, RegExp]>([
    ["gitlab", "429", 429, "text/plain", /^Retry later\n$/],
    ["gitlab", "500", 500, "application/json", /^\{"message":"500 Internal Server Error"\}$/],
    ["gitlab", "502", 502, "text/plain", /^GitLab is not responding$/],
    ["gitlab", "503", 503, "text/html", /503 Service Unavailable/],
    ["gitlab", "expired-token", 401, "application/json", /"invalid_token".*Token is expired/],
    ["git", "429", 429, "text/plain", /Retry later/],
    ["git", "500", 500, "text/plain", /Internal Server Error/],
    ["git", "502", 502, "text/plain", /GitLab is not responding/],
    ["git", "503", 503, "text/plain", /Gitaly, is not available/],
    ["git", "expired-token", 401, "text/plain", /Access denied/],
    ["heroku", "429", 429, "application/json", /"id":"rate_limit"/],
    ["heroku", "500", 500, "application/json", /"id":"internal_server_error"/],
    ["heroku", "502", 502, "text/html", /Application Error/],
    ["heroku", "503", 503, "application/json", /"id":"unavailable"/],
    ["heroku", "expired-token", 401, "application/json", /"id":"unauthorized"/],
    ["gitlab-registry", "429", 429, "application/json", /"TOOMANYREQUESTS"/],
    ["gitlab-registry", "500", 500, "application/json", /"UNKNOWN"/],
    ["gitlab-registry", "502", 502, "text/html", /502 Bad Gateway/],
    ["gitlab-registry", "503", 503, "application/json", /"UNAVAILABLE"/],
    ["gitlab-registry", "expired-token", 401, "application/json", /"UNAUTHORIZED"/],
  ])("%s: %s", async (service, fault, status, type, text) => {
    add({ fault, service } as FaultInput);
    const seen = await send(service, "GET", PATHS[service]);
    expect([seen.status, seen.text]).toEqual([status, expect.stringMatching(text)]);
    expect(seen.headers["content-type"]).toMatch(type);
    expect(done).toEqual([]);
    // Once: the next one goes through.
    expect((await send(service, "GET", PATHS[service])).status).toBe(200);
  });

  test.each(TRIED)("%s says when to come back", async (service) => {
    add({ fault: "429", service, retryAfter: 7 });
    expect((await send(service, "GET", PATHS[service])).headers["retry-after"]).toBe("7");
  });

  test.each(["gitlab", "heroku", "gitlab-registry"] as const)(
    "%s repeats what it was sent",
    async (service) => {
      add({ fault: "echo", service });
      const sent = { body: "a body with a secret", headers: { authorization: "Bearer s3cret" } };
      const { status, text } = await send(service, "POST", PATHS[service], sent);
      expect([status, text]).toEqual([500, expect.stringMatching(/Bearer s3cret.*a body with a secret/s)]);
      expect(done).toEqual([]);
    },
  );
});

describe("connections", () => {
  test.each(TRIED)("%s: reset before the request is carried out", async (service) => {
    add({ fault: "reset-before", service });
    expect(await send(service, "POST", PATHS[service], { body: "{}" })).toMatchObject({
      status: 0,
      broken: "ECONNRESET",
    });
    expect(done).toEqual([]);
  });

  test.each(TRIED)("%s: reset after it was carried out, without an answer", async (service) => {
    add({ fault: "reset-after", service });
    expect(await send(service, "POST", PATHS[service], { body: "{}" })).toMatchObject({
      status: 0,
      broken: "ECONNRESET",
    });
    expect(done.length).toBe(1);
  });

  test("reset after a removal, whose answer has no body", async () => {
    add({ fault: "reset-after", service: "gitlab", method: "DELETE" });
    expect((await send("gitlab", "DELETE", "/api/v4/projects/1")).broken).toBe("ECONNRESET");
    expect(done).toEqual(["DELETE /api/v4/projects/1"]);
  });

  test.each(TRIED)("%s: the answer is cut", async (service) => {
    add({ fault: "truncated", service });
    const seen = await send(service, "POST", PATHS[service], { body: "{}" });
    expect(seen).toMatchObject({ status: 200, broken: "ECONNRESET" });
    expect(seen.text.length).toBeGreaterThan(0);
    expect(seen.text.length).toBeLessThan(2000);
    expect(done.length).toBe(1);
  });

  test("an upload is reset in the middle", async () => {
    add({ fault: "registry-upload", service: "gitlab-registry" });
    const path = "/v2/root/mlserver/blobs/uploads/1";
    const upload = () => send("gitlab-registry", "PATCH", path, { body: Buffer.alloc(8_000_000) });
    const broken = await upload();
    expect([broken.status, broken.broken]).toEqual([0, expect.stringMatching(/ECONNRESET|EPIPE/)]);
    expect(done).toEqual([]);
    expect((await upload()).status).toBe(200);
    expect(done).toEqual([`PATCH ${path} 8000000`]);
  });
});

describe("answers that are whole", () => {
  test.each(TRIED)("%s: late, of a request that is carried out at once", async (service) => {
    add({ fault: "slow", seconds: 0.4, service });
    const started = Date.now();
    let answered = false;
    const answer = send(service, "POST", PATHS[service], { body: "{}" }).finally(() => {
      answered = true;
    });
    while (done.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(answered).toBe(false);
    const { status, text } = await answer;
    expect([status, text.length >= 2000]).toEqual([200, true]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(400);
  });

  test.each(TRIED)("%s: with the date of a clock that is wrong", async (service) => {
    add({ fault: "clock-skew", seconds: -3600, service });
    const { status, headers, text } = await send(service, "GET", PATHS[service]);
    expect([status, text.length >= 2000]).toEqual([200, true]);
    const ahead = Date.parse(String(headers.date)) - Date.now();
    expect(Math.abs(ahead + 3_600_000)).toBeLessThan(60_000);
  });
});

test("GitLab's faults know its API's paths without their prefix, and nothing of pages and hooks", async () => {
  add({ fault: "500", service: "gitlab", times: "always" });
  add({ fault: "500", service: "git", times: "always" });
  for (const path of ["/api/v4/internal/pre_receive", "/root/mlserver", "/"]) {
    expect((await send("gitlab", "GET", path)).status).toBe(200);
  }
  await send("gitlab", "GET", "/api/v4/projects/root%2Fmlserver?statistics=true");
  await send("gitlab", "GET", PATHS.git);
  expect(faults.list().map(({ hits }) => hits)).toEqual([
    ["GET /projects/root%2Fmlserver"],
    ["GET /root/mlserver.git/info/refs"],
  ]);
});
