import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environmentOn } from "../src/accounts/environment.ts";
import { openLedger } from "../src/accounts/ledger.ts";
import { noting } from "../src/accounts/noting.ts";
import { certificateFor } from "../src/accounts/recorder/certificate.ts";
import type { RecordedAnswer, RecordedRequest } from "../src/accounts/recorder/forward.ts";
import { type Recorder, startRecorder } from "../src/accounts/recorder/recorder.ts";
import type { AccountsSettings } from "../src/accounts/settings.ts";
import type { StackRecord } from "../src/register.ts";

const run = promisify(execFile);
const endings: Array<() => unknown> = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "recorder-"));
  endings.push(() => rm(folder, { recursive: true }));
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

type Answer = (request: http.IncomingMessage, body: string) => { status: number; body: string };

/** A service on this machine; `secure` has the certificate that it shows. */
async function service(answer: Answer, secure?: { key: string; cert: string }): Promise<URL> {
  const listener: http.RequestListener = async (request, response) => {
    const { status, body } = answer(request, (await buffer(request)).toString());
    response.writeHead(status, { "Content-Type": "application/json" }).end(body);
  };
  const server = secure ? https.createServer(secure, listener) : http.createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const { port } = server.address() as AddressInfo;
  return new URL(secure ? `https://service.localhost:${port}/` : `http://127.0.0.1:${port}/`);
}

interface Seen {
  readonly request: RecordedRequest;
  readonly answer: RecordedAnswer;
}

async function recorderOf(services: URL[], seen: Seen[] = [], ca: string[] = []): Promise<Recorder> {
  const watcher = {
    before: async () => {},
    after: async (request: RecordedRequest, answer: RecordedAnswer) => void seen.push({ request, answer }),
  };
  const recorder = await startRecorder({ services, watcher, ca });
  endings.push(() => recorder.close());
  return recorder;
}

const post = `
  const [url, body] = process.argv.slice(1);
  const client = require(url.startsWith("https") ? "https" : "http");
  const outgoing = client.request(url, { method: "POST", headers: { "Content-Type": "application/json" } });
  outgoing.on("error", (error) => { console.error(error.message); process.exit(1); });
  outgoing.on("response", (incoming) => {
    let text = "";
    incoming.on("data", (chunk) => (text += chunk)).on("end", () => console.log(incoming.statusCode, text));
  });
  outgoing.end(body);
`;

/** What fetch and the older client of Node.js ask for in the environment that a stack's programs get. */
const both = `
  const [url] = process.argv.slice(1);
  await fetch(url + "fetch");
  const { default: http } = await import("node:http");
  http.get(url + "http", (answer) => answer.resume());
`;

/** Posts JSON from a Node.js of its own, which finds the recorder by its environment. */
async function postFrom(recorder: Recorder, url: URL, body: unknown, certificate = recorder.certificate) {
  const file = path.join(folder, "trusted.pem");
  await writeFile(file, certificate);
  const { stdout } = await run(process.execPath, ["-e", post, url.href, JSON.stringify(body)], {
    env: {
      HTTP_PROXY: recorder.url,
      HTTPS_PROXY: recorder.url,
      NODE_USE_ENV_PROXY: "1",
      NODE_EXTRA_CA_CERTS: file,
    },
  });
  return stdout.trim();
}

describe("the recorder", () => {
  it("hands requests and answers on as they are, and shows both", async () => {
    const seen: Seen[] = [];
    const url = await service((request, body) => ({
      status: 201,
      body: `{"got":${body},"at":"${request.url}"}`,
    }));
    const recorder = await recorderOf([url], seen);
    const answer = await postFrom(recorder, new URL("/api/v4/projects?x=1", url), { name: "a" });
    expect(answer).toBe('201 {"got":{"name":"a"},"at":"/api/v4/projects?x=1"}');
    expect(seen).toEqual([
      {
        request: expect.objectContaining({ method: "POST", body: { name: "a" } }),
        answer: {
          status: 201,
          body: { kind: "json", value: { got: { name: "a" }, at: "/api/v4/projects?x=1" } },
        },
      },
    ]);
  });

  it("reads inside TLS for programs that trust its certificate, and checks the service's own", async () => {
    const seen: Seen[] = [];
    const certificate = await certificateFor(["service.localhost"]);
    const url = await service(() => ({ status: 200, body: "{}" }), certificate);
    const trusting = await recorderOf([url], seen, [certificate.cert]);
    expect(await postFrom(trusting, url, { token: "x" })).toBe("200 {}");
    expect(seen.map(({ request }) => request.url.href)).toEqual([url.href]);

    const strict = await recorderOf([url], seen);
    expect(await postFrom(strict, url, {})).toMatch(/^502 .*self-signed certificate/);
    expect(seen).toHaveLength(1);
  });

  it("shows what fetch of Node.js asks a service without TLS for", async () => {
    const seen: Seen[] = [];
    const url = await service(() => ({ status: 201, body: '{"id":1}' }));
    const recorder = await recorderOf([url], seen);
    const script = `const { status } = await fetch(process.argv[1], { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }); console.log(status);`;
    const { stdout } = await run(
      process.execPath,
      ["--input-type=module", "-e", script, `${url.href}projects`],
      {
        env: { HTTP_PROXY: recorder.url, HTTPS_PROXY: recorder.url, NODE_USE_ENV_PROXY: "1" },
      },
    );
    expect(stdout.trim()).toBe("201");
    expect(seen.map(({ request }) => request.url.pathname)).toEqual(["/projects"]);
  });

  it("is not passed by where the command was started with other proxies, or with hosts that are spared them", async () => {
    const seen: Seen[] = [];
    const url = await service(() => ({ status: 200, body: "{}" }));
    const recorder = await recorderOf([url], seen);
    const names = ["http_proxy", "https_proxy", "no_proxy", "NO_PROXY"];
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = name.startsWith("http") ? "" : "127.0.0.1";
    try {
      const record = { stack: "s", folder, logs: folder } as StackRecord;
      const settings = { gitlabUrl: url.href, herokuUrl: url.href } as AccountsSettings;
      const credentials = { GITLAB_TOKEN: "a", HEROKU_API_KEY: "b" };
      const { env } = await environmentOn(record, settings, credentials, recorder);
      await run(process.execPath, ["--input-type=module", "-e", both, url.href], {
        env: { ...process.env, ...env },
      });
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    expect(seen.map(({ request }) => request.url.pathname)).toEqual(["/fetch", "/http"]);
  });

  it("is not trusted by programs that do not have its certificate", async () => {
    const certificate = await certificateFor(["service.localhost"]);
    const url = await service(() => ({ status: 200, body: "{}" }), certificate);
    const recorder = await recorderOf([url], [], [certificate.cert]);
    await expect(postFrom(recorder, url, {}, "")).rejects.toThrow(/self-signed certificate/);
  });

  it("passes connections to other hosts on unread", async () => {
    const seen: Seen[] = [];
    const certificate = await certificateFor(["service.localhost"]);
    const other = await service(() => ({ status: 200, body: '"other"' }), certificate);
    const recorder = await recorderOf([new URL("https://watched.localhost:1/")], seen);
    // The host's own certificate is what the program sees.
    expect(await postFrom(recorder, other, {}, certificate.cert)).toBe('200 "other"');
    expect(seen).toEqual([]);
  });

  it("has a creation in the ledger, on disk, before the service is asked for it", async () => {
    const file = path.join(folder, "ledger.jsonl");
    let atRequest = "";
    const url = await service(() => ({ status: 201, body: '{"id":12,"name":"m"}' }));
    const ledger = openLedger(file);
    endings.push(() => ledger.close());
    const services = { gitlab: new URL("/api/v4", url), heroku: new URL("http://127.0.0.1:1/") };
    const note = noting(ledger, services, () => {});
    const recorder = await startRecorder({
      services: Object.values(services),
      watcher: {
        async before(request) {
          await note.before(request);
          atRequest = await readFile(file, "utf8");
        },
        after: note.after,
      },
    });
    endings.push(() => recorder.close());
    await postFrom(recorder, new URL("/api/v4/projects", url), { name: "m", import_url: "secret" });
    expect(JSON.parse(atRequest)).toMatchObject({ event: "asked", kind: "project", name: "m" });
    expect(ledger.entries()).toEqual([
      { number: 1, service: "gitlab", kind: "project", name: "m", state: "created", id: "12" },
    ]);
    expect(await readFile(file, "utf8")).not.toContain("secret");
  });
});
