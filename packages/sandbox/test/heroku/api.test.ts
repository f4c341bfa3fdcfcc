import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import Heroku from "heroku-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiAnswer, appLog, type TestHeroku, testHeroku } from "./support.ts";

let heroku: TestHeroku;
const api: TestHeroku["api"] = (...args) => heroku.api(...args);
const failure = ({ status, body }: ApiAnswer) => [status, body.id, body.message];

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

describe("apps", () => {
  test("create, look up by name and id, rename, delete", async () => {
    const created = await api("POST", "/apps", {
      body: { name: "life-of-app", region: "eu", stack: "container" },
    });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      name: "life-of-app",
      region: { name: "eu" },
      stack: { name: "container" },
      build_stack: { name: "container" },
      acm: false,
      maintenance: false,
      team: null,
      space: null,
      internal_routing: null,
    });
    expect(created.body.web_url).toMatch(/^http:\/\/life-of-app-[0-9a-f]{12}\.localhost:\d+\/$/);
    expect((await api("GET", "/apps/life-of-app")).body).toEqual(created.body);
    expect((await api("GET", `/apps/${created.body.id}`)).body).toEqual(created.body);

    const renamed = await api("PATCH", "/apps/life-of-app", {
      body: { name: "renamed-app", maintenance: true },
    });
    expect(renamed.body).toMatchObject({ id: created.body.id, name: "renamed-app", maintenance: true });
    expect(renamed.body.web_url).toBe(created.body.web_url.replace("life-of-app", "renamed-app"));
    expect(failure(await api("GET", "/apps/life-of-app"))).toEqual([
      404,
      "not_found",
      "Couldn't find that app.",
    ]);

    expect((await api("DELETE", "/apps/renamed-app")).status).toBe(200);
    expect((await api("GET", `/apps/${created.body.id}`)).status).toBe(404);
  });

  test("a name that belongs to somebody else is told from one that nobody has", async () => {
    const message = "You do not have access to the app myapp.";
    expect(failure(await api("GET", "/apps/myapp"))).toEqual([403, "forbidden", message]);
    expect((await api("GET", "/apps/nobody-has-this")).status).toBe(404);
  });

  test.each([
    ["ab", "Name is too short (minimum is 3 characters)"],
    ["a".repeat(31), "Name is too long (maximum is 30 characters)"],
    ["Upper-case", /^Name must start with a letter/],
    ["1digit", /^Name must start with a letter/],
    ["ends-in-dash-", /^Name must start with a letter/],
    ["www", "Name www is already taken"],
  ])("name %s is refused", async (name, message) => {
    const answer = await api("POST", "/apps", { body: { name } });
    const [status, id, text] = failure(answer);
    expect([status, id]).toEqual([422, "invalid_params"]);
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  test("names are unique among all accounts, others' apps are forbidden", async () => {
    const other = await heroku.service.createAccount("other@example.com");
    const body = { name: "only-one" };
    expect((await api("POST", "/apps", { body, token: other.token })).status).toBe(201);
    expect(failure(await api("POST", "/apps", { body }))).toEqual([
      422,
      "invalid_params",
      "Name only-one is already taken",
    ]);
    expect(failure(await api("GET", "/apps/only-one"))).toEqual([
      403,
      "forbidden",
      "You do not have access to the app only-one.",
    ]);
    const names = (await api("GET", "/apps")).body.map(({ name }: { name: string }) => name);
    expect(names).not.toContain("only-one");
  });

  test("two at once: one gets the name", async () => {
    const create = () => api("POST", "/apps", { body: { name: "raced-for" } });
    const answers = await Promise.all([create(), create(), create()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422, 422]);
  });

  test("without a name one is made up; unknown region and stack", async () => {
    expect((await api("POST", "/apps", {})).body.name).toMatch(/^[a-z]+-[a-z]+-\d{5}$/);
    expect(failure(await api("POST", "/apps", { body: { region: "moon" } }))[2]).toBe(
      "Couldn't find that region.",
    );
    expect(failure(await api("POST", "/apps", { body: { stack: "cedar-9" } }))[2]).toBe(
      "Couldn't find that stack.",
    );
  });

  test("team apps", async () => {
    expect((await api("POST", "/teams", { body: { name: "the-team" } })).status).toBe(201);
    const body = { name: "team-owned", team: "the-team", locked: true, region: "us" };
    expect((await api("POST", "/teams/apps", { body })).body).toMatchObject({
      name: "team-owned",
      locked: true,
      team: { name: "the-team" },
      organization: { name: "the-team" },
    });
    expect((await api("GET", "/teams/apps/team-owned")).body.locked).toBe(true);
    expect((await api("GET", "/teams/the-team/apps")).body).toHaveLength(1);
    const missing = await api("POST", "/teams/apps", { body: { ...body, name: "another", team: "no-such" } });
    expect(failure(missing)).toEqual([404, "not_found", "Couldn't find that team."]);
  });
});

describe("config vars, features, buildpacks, certificates, domains", () => {
  const app = "settings-app";
  beforeAll(async () => {
    await api("POST", "/apps", { body: { name: app, stack: "container" } });
  });

  test("config vars: set, keep, remove; each real change is a release", async () => {
    const path = `/apps/${app}/config-vars`;
    expect((await api("GET", path)).body).toEqual({});
    expect((await api("PATCH", path, { body: { A: "1", B: "two" } })).body).toEqual({ A: "1", B: "two" });
    expect((await api("PATCH", path, { body: { A: "1" } })).body).toEqual({ A: "1", B: "two" });
    expect((await api("PATCH", path, { body: { B: null, C: "3" } })).body).toEqual({ A: "1", C: "3" });
    const releases = (await api("GET", `/apps/${app}/releases`)).body;
    expect(releases.map(({ description }: { description: string }) => description)).toEqual([
      "Initial release",
      "Enable Logplex",
      "Set A, B config vars",
      "Set C, Remove B config vars",
    ]);
    expect((await api("GET", `/apps/${app}/releases/3/config-vars`)).body).toEqual({ A: "1", B: "two" });
    expect(failure(await api("PATCH", path, { body: { "not good": "x" } })).slice(0, 2)).toEqual([
      422,
      "invalid_params",
    ]);
  });

  test("the app's log tells of each release, never of a value", async () => {
    await api("PATCH", `/apps/${app}/config-vars`, { body: { KEY_TO_LOG: "value-not-to-log" } });
    const log = await appLog(heroku, app);
    expect(log).toContain("app[api]: Set KEY_TO_LOG config var by user admin@example.com");
    expect(log).toMatch(/app\[api\]: Release v\d+ created by user admin@example\.com/);
    expect(log).not.toContain("value-not-to-log");
  });

  test("config vars and tokens are not readable on disk", async () => {
    const secret = "correct-horse-battery-staple";
    await api("PATCH", `/apps/${app}/config-vars`, { body: { PASSWORD: secret } });
    const authorization = await api("POST", "/oauth/authorizations", { body: { scope: ["read"] } });
    const file = join(heroku.ctx.stateDir, "heroku/state.json");
    const stored = readFileSync(file, "utf8");
    expect(stored).toContain("PASSWORD");
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(authorization.body.access_token.token);
    expect(stored).not.toContain(heroku.service.adminToken);
    for (const name of ["heroku/state.json", "heroku/key", "heroku/admin-token"]) {
      expect(statSync(join(heroku.ctx.stateDir, name)).mode & 0o777).toBe(0o600);
    }
  });

  test("features", async () => {
    expect((await api("GET", `/apps/${app}/features/preboot`)).body.enabled).toBe(false);
    const on = await api("PATCH", `/apps/${app}/features/preboot`, { body: { enabled: true } });
    expect(on.body).toMatchObject({ name: "preboot", enabled: true });
    expect((await api("GET", `/apps/${app}/features`)).body).toContainEqual(on.body);
    expect((await api("GET", `/apps/${app}/features/warp`)).status).toBe(404);
  });

  test("buildpacks", async () => {
    const path = `/apps/${app}/buildpack-installations`;
    expect((await api("GET", path)).body).toEqual([]);
    const set = await api("PUT", path, { body: { updates: [{ buildpack: "heroku/python" }] } });
    expect(set.body).toEqual([{ ordinal: 0, buildpack: { url: "heroku/python", name: "heroku/python" } }]);
  });

  test("automated certificates", async () => {
    expect((await api("POST", `/apps/${app}/acm`)).body.acm).toBe(true);
    expect((await api("DELETE", `/apps/${app}/acm`)).body.acm).toBe(false);
  });

  test("domains", async () => {
    const own = (await api("GET", `/apps/${app}/domains`)).body;
    expect(own).toMatchObject([{ kind: "heroku", hostname: expect.stringMatching(/^settings-app-/) }]);
    const added = await api("POST", `/apps/${app}/domains`, { body: { hostname: "www.example.org" } });
    expect(added.body).toMatchObject({ kind: "custom", cname: own[0].hostname });
    const again = await api("POST", `/apps/${app}/domains`, { body: { hostname: "www.example.org" } });
    expect(again.status).toBe(422);
    expect((await api("DELETE", `/apps/${app}/domains/www.example.org`)).status).toBe(200);
    expect((await api("GET", `/apps/${app}/domains`)).body).toHaveLength(1);
  });

  test("a formation only exists after a release", async () => {
    expect((await api("GET", `/apps/${app}/formation`)).body).toEqual([]);
    const scaled = await api("PATCH", `/apps/${app}/formation/web`, { body: { quantity: 1 } });
    expect(failure(scaled)).toEqual([404, "not_found", "Couldn't find that process type (web)."]);
    const unknown = await api("PATCH", `/apps/${app}/formation`, {
      variant: "docker-releases",
      body: { updates: [{ type: "web", docker_image: `sha256:${"0".repeat(64)}` }] },
    });
    expect(unknown.status).toBe(404);
    const plain = await api("PATCH", `/apps/${app}/formation`, {
      body: { updates: [{ type: "web", docker_image: "sha256:1" }] },
    });
    expect(failure(plain)).toEqual([422, "invalid_params", expect.stringContaining("3.docker-releases")]);
  });
});

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
    expect((await api("PATCH", path, { body: { description: "new" } })).body.description).toBe("new");

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
    expect((await api("GET", "/dyno-sizes/standard-2x")).body).toMatchObject({
      name: "Standard-2X",
      memory: 1,
    });
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
