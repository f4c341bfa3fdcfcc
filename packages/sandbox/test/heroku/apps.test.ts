import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appLog, failure, type TestHeroku, testHeroku } from "./support.ts";

let heroku: TestHeroku;
const api: TestHeroku["api"] = (...args) => heroku.api(...args);

beforeAll(async () => {
  heroku = await testHeroku();
}, 60_000);
afterAll(() => heroku?.remove(), 60_000);

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
    });
    expect((await api("GET", "/teams/apps/team-owned")).body.locked).toBe(true);
    const unlocked = await api("PATCH", "/teams/apps/team-owned", { body: { locked: false } });
    expect(unlocked.body.locked).toBe(false);
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
    const added = await api("POST", `/apps/${app}/domains`, {
      body: { hostname: "www.example.org", sni_endpoint: null },
    });
    expect(added.body).toMatchObject({ kind: "custom", cname: own[0].hostname });
    const again = await api("POST", `/apps/${app}/domains`, {
      body: { hostname: "www.example.org", sni_endpoint: null },
    });
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
