import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningHeroku, runningHeroku, type TestApp } from "./running.ts";
import { appLog, eventually, web } from "./support.ts";

const MINUTE = 60_000;
let running: RunningHeroku;
let heroku: RunningHeroku["heroku"];
let api: RunningHeroku["api"];
let newApp: RunningHeroku["newApp"];
let isState: RunningHeroku["isState"];

beforeAll(async () => {
  running = await runningHeroku();
  ({ heroku, api, newApp, isState } = running);
}, 3 * MINUTE);
afterAll(() => running?.remove(), 2 * MINUTE);

describe("the router", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await newApp("routed-app");
    await isState(app.name, "web.1 up");
  }, MINUTE);
  const routerLog = () => appLog(heroku, app.name, { dyno: "router" });

  test("bodies, headers and a client's own request id pass", async () => {
    const id = "0123456789-my-own-id";
    const answer = await web(`${app.url}post`, {
      method: "POST",
      body: "some text",
      headers: { "x-request-id": id, "x-forwarded-for": "203.0.113.9", "content-length": "9" },
    });
    expect([answer.status, answer.text, answer.headers["x-app"]]).toEqual([200, "some text", "yes"]);
    const line = (await routerLog()).split("\n").find((text) => text.includes(id));
    expect(line).toMatch(
      /heroku\[router\]: at=info method=POST path="\/post" host=routed-app-\S+ request_id=0123456789-my-own-id fwd="203\.0\.113\.9" dyno=web\.1 connect=\d+ms service=\d+ms status=200 bytes=9 protocol=http/,
    );
  });

  test("an answer is passed on while it is made", async () => {
    const { hostname, port } = new URL(app.url);
    const times: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: Number(port) }, () =>
        socket.write(`GET /stream HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: close\r\n\r\n`),
      );
      socket.on("data", (part) => {
        if (String(part).includes("part")) times.push(Date.now());
      });
      socket.once("close", () => resolve());
      socket.once("error", reject);
    });
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(400);
  });

  test("protocol upgrades", async () => {
    const { hostname, port } = new URL(app.url);
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      const socket = connect({ host: "127.0.0.1", port: Number(port) }, () =>
        socket.write(
          `GET / HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nhello`,
        ),
      );
      socket.on("data", (part) => {
        received += part;
      });
      socket.once("close", () => resolve(received));
      socket.once("error", reject);
    });
    expect(text).toContain("HTTP/1.1 101");
    expect(text).toContain("you said hello");
  });

  test.each([
    ["slow/3", "H12", "Request timeout"],
    ["close", "H13", "Connection closed without response"],
  ])("/%s: %s", async (path, code, description) => {
    const answer = await web(`${app.url}${path}`);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("Application error");
    expect(await routerLog()).toContain(`code=${code} desc="${description}" method=GET path="/${path}"`);
  });

  test("an answer that breaks off: H18", async () => {
    await expect(web(`${app.url}half`)).rejects.toThrow();
    await eventually("H18", async () => (await routerLog()).includes("code=H18"));
  });

  test("a client that leaves: H27", async () => {
    await expect(web(`${app.url}slow/1`, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
    await eventually("H27", async () => (await routerLog()).includes("code=H27"));
  });

  test("the log is followed, as lines and as events", async () => {
    const open = async (body: object, accept: string) => {
      const session = (await api("POST", `/apps/${app.name}/log-sessions`, { body })).body;
      return fetch(session.logplex_url, { headers: { accept }, signal: AbortSignal.timeout(10_000) });
    };
    const tail = await open({ tail: true, lines: 0, dyno: "router" }, "text/event-stream");
    expect(tail.headers.get("content-type")).toBe("text/event-stream");
    const reader = (tail.body as ReadableStream<Uint8Array>).getReader();
    await web(`${app.url}followed`);
    expect(new TextDecoder().decode((await reader.read()).value)).toMatch(
      /^id: \S+\ndata: \S+ heroku\[router\]: at=info method=GET path="\/followed"/,
    );
    await reader.cancel();
    const lines = await (await open({ lines: 2, source: "heroku" }, "*/*")).text();
    expect(lines.trim().split("\n")).toHaveLength(2);
  });

  test("custom domains lead to the app, unknown hosts nowhere", async () => {
    await api("POST", `/apps/${app.name}/domains`, {
      body: { hostname: "shop.example.org", sni_endpoint: null },
    });
    expect((await web(app.url, { headers: { host: "shop.example.org" } })).status).toBe(200);
    expect((await web(app.url, { headers: { host: "elsewhere.example.org" } })).status).toBe(404);
  });
});
