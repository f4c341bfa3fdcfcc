import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type TestHeroku, testHeroku } from "./support.ts";

let heroku: TestHeroku;
const api: TestHeroku["api"] = (...args) => heroku.api(...args);

beforeAll(async () => {
  heroku = await testHeroku();
}, 60_000);
afterAll(() => heroku?.remove(), 60_000);

describe("authorizations and scopes", () => {
  const authorize = async (scope: string[], expires_in?: number) =>
    (await api("POST", "/oauth/authorizations", { body: { scope, description: "test", expires_in } })).body;

  beforeAll(async () => {
    await api("POST", "/apps", { body: { name: "scoped-app" } });
  });

  test.each([
    ["identity", { account: 200, apps: 403, config: 403, setConfig: 403, rename: 403, tokens: 403 }],
    ["read", { account: 403, apps: 200, config: 403, setConfig: 403, rename: 403, tokens: 403 }],
    ["write", { account: 403, apps: 403, config: 403, setConfig: 403, rename: 200, tokens: 403 }],
    ["read-protected", { account: 403, apps: 200, config: 200, setConfig: 403, rename: 403, tokens: 403 }],
    ["write-protected", { account: 403, apps: 403, config: 403, setConfig: 200, rename: 200, tokens: 403 }],
    ["global", { account: 200, apps: 200, config: 200, setConfig: 200, rename: 200, tokens: 200 }],
  ])("what scope %s allows", async (scope, expected) => {
    const { token } = (await authorize([scope])).access_token;
    const status = async (method: string, path: string, body?: unknown) =>
      (await api(method, path, { token, ...(body === undefined ? {} : { body }) })).status;
    expect({
      account: await status("GET", "/account"),
      apps: await status("GET", "/apps"),
      config: await status("GET", "/apps/scoped-app/config-vars"),
      setConfig: await status("PATCH", "/apps/scoped-app/config-vars", { X: scope }),
      rename: await status("PATCH", "/apps/scoped-app", { maintenance: false }),
      tokens: await status("GET", "/oauth/authorizations"),
    }).toEqual(expected);
  });

  test("what a refused scope is told", async () => {
    const { token } = (await authorize(["read"])).access_token;
    expect(failure(await api("DELETE", "/apps/scoped-app", { token }))).toEqual([
      403,
      "forbidden",
      "The scope of this OAuth authorization does not allow access to this resource.",
    ]);
  });

  test("a token is shown once, rotated, revoked", async () => {
    const created = await authorize(["identity"]);
    const path = `/oauth/authorizations/${created.id}`;
    expect(created.access_token.token).toMatch(/^HRKU-/);
    expect(created).toMatchObject({
      scope: ["identity"],
      description: "test",
      user: { email: "admin@example.com" },
    });
    expect((await api("GET", path)).body.access_token.token).toBe("********");

    const rotated = (await api("POST", `${path}/actions/regenerate-tokens`)).body.access_token.token;
    const use = async (token: string) => (await api("GET", "/account", { token })).status;
    expect([await use(created.access_token.token), await use(rotated)]).toEqual([401, 200]);
    expect((await api("DELETE", path)).status).toBe(200);
    expect([await use(rotated), (await api("GET", path)).status]).toEqual([401, 404]);
  });

  test("a token expires", async () => {
    const { access_token } = await authorize(["identity"], 1);
    expect(access_token.expires_in).toBe(1);
    const use = async () => (await api("GET", "/account", { token: access_token.token })).status;
    expect(await use()).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await use()).toBe(401);
  });

  test("wrong parameters", async () => {
    const answer = await api("POST", "/oauth/authorizations", { body: { scope: ["everything"] } });
    expect(failure(answer).slice(0, 2)).toEqual([422, "invalid_params"]);
    expect(answer.body.message).toContain("write-protected");
  });
});
