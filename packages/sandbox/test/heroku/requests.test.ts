import Heroku from "heroku-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiAnswer, failure, type TestHeroku, testHeroku } from "./support.ts";

let heroku: TestHeroku;
const api: TestHeroku["api"] = (...args) => heroku.api(...args);

beforeAll(async () => {
  heroku = await testHeroku();
}, 60_000);
afterAll(() => heroku?.remove(), 60_000);

describe("requests", () => {
  test("a version is asked for", async () => {
    const answer = await api("GET", "/apps", { headers: { accept: "application/json" } });
    expect(failure(answer)).toEqual([400, "missing_version", expect.stringContaining("version=3")]);
    const other = await api("GET", "/apps", {
      headers: { accept: "application/vnd.heroku+json; version=2" },
    });
    expect(failure(other).slice(0, 2)).toEqual([406, "not_acceptable"]);
  });

  test("credentials: Bearer, Basic, wrong, none", async () => {
    const basic = Buffer.from(`anyone@example.com:${heroku.service.adminToken}`).toString("base64");
    const as = (authorization: string) => api("GET", "/account", { headers: { authorization } });
    expect((await as(`Basic ${basic}`)).body.email).toBe("admin@example.com");
    expect((await api("GET", "/account")).body).toMatchObject({ email: "admin@example.com", verified: true });
    expect(failure(await as("Bearer nonsense"))).toEqual([
      401,
      "unauthorized",
      "Invalid credentials provided.",
    ]);
    expect(failure(await as(""))).toEqual([401, "unauthorized", expect.stringContaining("no credentials")]);
  });

  test("each answer has a request id, what is left of the rate limit, and an ETag", async () => {
    const first = await api("GET", "/regions");
    expect(first.headers.get("request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(first.headers.get("ratelimit-remaining"))).toBeGreaterThan(4000);
    const again = await api("GET", "/regions", {
      headers: { "if-none-match": first.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
    expect((await api("GET", "/account/rate-limits")).body.remaining).toBeGreaterThan(4000);
  });

  test("an unknown path and malformed JSON", async () => {
    expect(failure(await api("GET", "/nothing")).slice(0, 2)).toEqual([404, "not_found"]);
    expect(failure(await api("GET", "/pipelines"))).toEqual([
      501,
      "not_implemented",
      expect.stringContaining("GET /pipelines"),
    ]);
    const answer = await fetch(`${heroku.service.url}/apps`, {
      method: "POST",
      headers: {
        accept: "application/vnd.heroku+json; version=3",
        authorization: `Bearer ${heroku.service.adminToken}`,
        "content-type": "application/json",
      },
      body: "{",
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ id: "bad_request" });
  });
});

describe("lists", () => {
  const app = "listed-app";
  const list = (range: string) => api("GET", `/apps/${app}/releases`, { headers: { range } });
  const versions = ({ body }: ApiAnswer) => body.map(({ version }: { version: number }) => version);

  beforeAll(async () => {
    await api("POST", "/apps", { body: { name: app } });
    for (const value of ["1", "2", "3", "4", "5"]) {
      await api("PATCH", `/apps/${app}/config-vars`, { body: { VALUE: value } });
    }
  });

  test("the newest first, as the official provider asks", async () => {
    const answer = await list("version ..; max=1,order=desc");
    expect([answer.status, versions(answer)]).toEqual([206, [7]]);
    const { status, body } = await api("GET", `/apps/${app}/releases/${answer.body[0].id}`);
    expect([status, body.status, body.current]).toEqual([200, "succeeded", true]);
  });

  test("pages follow one another by Next-Range", async () => {
    const pages: number[][] = [];
    let range: string | null = "version ..; max=3";
    while (range !== null) {
      const answer: ApiAnswer = await list(range);
      pages.push(versions(answer));
      range = answer.headers.get("next-range");
      expect(answer.status).toBe(range === null ? 200 : 206);
      expect(answer.headers.get("content-range")).toMatch(/^version \d+\.\.\d+; max=3/);
    }
    expect(pages).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  test("a range that cannot be", async () => {
    for (const range of ["colour ..", "version ..; max=0", "version ..; order=up"]) {
      expect(failure(await list(range)).slice(0, 2)).toEqual([416, "requested_range_not_satisfiable"]);
    }
  });

  test("regions, stacks, dyno sizes", async () => {
    const names = async (path: string) =>
      (await api("GET", path)).body.map(({ name }: { name: string }) => name);
    expect(await names("/regions")).toEqual(expect.arrayContaining(["us", "eu"]));
    expect(await names("/stacks")).toContain("container");
    expect((await api("GET", "/dyno-sizes")).body).toContainEqual(
      expect.objectContaining({ name: "Standard-2X", memory: 1 }),
    );
  });
});

test("the heroku-client package works with it", async () => {
  const client = new Heroku({ token: heroku.service.adminToken, host: heroku.service.url });
  const app = (await client.post("/apps", { body: { name: "by-client" } })) as { name: string };
  expect(app.name).toBe("by-client");
  await client.patch("/apps/by-client/config-vars", { body: { KEY: "value" } });
  expect(await client.get("/apps/by-client/config-vars")).toEqual({ KEY: "value" });
  await expect(client.get("/apps/no-such-app")).rejects.toMatchObject({
    statusCode: 404,
    body: { id: "not_found", message: "Couldn't find that app." },
  });
  await client.delete("/apps/by-client");
});
