import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeLocalImages, type TestHeroku, testHeroku, web } from "../heroku/support.ts";
import { type HerokuCli, herokuCli } from "./heroku-cli.ts";

let heroku: TestHeroku;
let cli: HerokuCli;
beforeAll(async () => {
  heroku = await testHeroku({ limits: { bootMs: 20_000, stopMs: 1_500 } });
  cli = await herokuCli(heroku);
}, 300_000);
afterAll(async () => {
  await cli?.close();
  await heroku?.remove();
  if (heroku !== undefined) await removeLocalImages(heroku);
});

const app = "clients-app";

test("tells who one is, and who one is not", async () => {
  expect(await cli.ok("auth:whoami")).toBe("admin@example.com\n");
  const stranger = await cli.try(["auth:whoami"], { token: "nobody-0123456789" });
  expect(stranger.code).not.toBe(0);
  expect(stranger.output).not.toContain("nobody-0123456789");
});

test("makes an app, shows it and refuses a second one of its name", async () => {
  expect(await cli.json("apps:create", app, "--stack", "container")).toMatchObject({
    name: app,
    stack: { name: "container" },
    region: { name: "us" },
    owner: { email: "admin@example.com" },
  });
  expect(await cli.json("apps")).toMatchObject([{ name: app }]);
  expect(await cli.json("apps:info", "-a", app)).toMatchObject({ addons: [], app: { name: app }, dynos: [] });
  expect(await cli.ok("apps:info", "-a", app)).toMatch(/Stack: +container/);
  const again = await cli.try(["apps:create", app, "--stack", "container"]);
  expect(again.code).not.toBe(0);
  expect(again.output).toContain(`Name ${app} is already taken`);
  const none = await cli.try(["apps:info", "-a", "no-such-app"]);
  expect(none.output).toContain("Couldn't find that app");
});

test("sets, reads and removes config vars; each change is a release", async () => {
  await cli.ok("config:set", "-a", app, "GREETING=hello there", "OTHER=1");
  expect(await cli.json("config", "-a", app)).toEqual({ GREETING: "hello there", OTHER: "1" });
  expect(await cli.ok("config:get", "-a", app, "GREETING")).toBe("hello there\n");
  await cli.ok("config:unset", "-a", app, "OTHER");
  expect(await cli.json("config", "-a", app)).toEqual({ GREETING: "hello there" });
  const releases = await cli.json<{ version: number; status: string }[]>("releases", "-a", app);
  expect(releases.map(({ version, status }) => `v${version} ${status}`)).toEqual([
    "v4 succeeded",
    "v3 succeeded",
    "v2 succeeded",
    "v1 succeeded",
  ]);
  expect(await cli.json("releases:info", "v3", "-a", app)).toMatchObject({ version: 3, current: false });
  expect((await cli.try(["releases:output", "-a", app])).output).toContain("no release output");
});

test("a container: log-in, push, release, scale, restart, logs", async () => {
  expect(await cli.ok("container:login")).toContain("Login Succeeded");
  const context = join(import.meta.dirname, "../heroku/app");
  const pushed = await cli.try(
    ["container:push", "web", "-a", app, "--arg", `BASE_IMAGE=${heroku.ctx.images.base},VERSION=cli`],
    { cwd: context },
  );
  expect(pushed.output).toContain("Your image has been successfully pushed");
  expect(pushed.code).toBe(0);
  await cli.ok("container:release", "web", "-a", app);
  expect(await cli.json("releases:info", "-a", app)).toMatchObject({
    description: expect.stringMatching(/^Deployed web/),
    current: true,
  });

  const { app: shown } = await cli.json<{ app: { web_url: string } }>("apps:info", "-a", app);
  await expect.poll(() => web(shown.web_url).then(({ status }) => status), { timeout: 30_000 }).toBe(200);
  expect(await cli.json("ps", "-a", app)).toMatchObject([{ name: "web.1", state: "up", type: "web" }]);
  expect(await cli.ok("ps:scale", "-a", app)).toContain("web=1:");
  expect((await cli.try(["ps:scale", "web=2:standard-1x", "-a", app])).output).toMatch(
    /web at 2:Standard-1X/,
  );
  expect((await cli.try(["ps:type", "-a", app])).output).toMatch(/web +Standard-1X +2/);
  await cli.ok("ps:restart", "-a", app);
  await cli.ok("ps:stop", "web.2", "-a", app);
  await cli.ok("ps:scale", "web=1", "-a", app);
  expect((await cli.try(["ps:type", "web=basic", "-a", app])).output).toMatch(/web +Basic/);
  expect(await cli.ok("logs", "-a", app, "--num", "200")).toMatch(/heroku\[web\.1\]: .*State changed/);
  await cli.ok("ps:scale", "web=0", "-a", app);
  await expect.poll(() => cli.json("ps", "-a", app), { timeout: 30_000 }).toEqual([]);
});

test("a rollback is a release", async () => {
  const { version } = await cli.json<{ version: number }>("releases:info", "-a", app);
  await cli.ok("config:set", "-a", app, "GREETING=changed");
  await cli.ok("releases:rollback", `v${version}`, "-a", app);
  expect(await cli.json("releases:info", "-a", app)).toMatchObject({
    version: version + 2,
    description: `Rollback to v${version}`,
  });
});

describe("authorizations", () => {
  interface Authorization {
    id: string;
    scope: string[];
    access_token: { token: string; expires_in: number | null };
  }
  test("made, shown without their token, rotated and revoked", async () => {
    const words = ["-d", "pipeline", "-s", "identity,read,write", "-e", "3600"];
    const made = await cli.json<Authorization>("authorizations:create", ...words);
    expect(made).toMatchObject({ description: "pipeline", scope: ["identity", "read", "write"] });
    expect(made.access_token.expires_in).toBeGreaterThan(3500);
    const { token } = made.access_token;
    expect((await cli.try(["auth:whoami"], { token })).output).toContain("admin@example.com");

    const shown = await cli.json<Authorization>("authorizations:info", made.id);
    expect(shown).toMatchObject({ id: made.id, description: "pipeline" });
    expect(JSON.stringify(shown)).not.toContain(token);
    expect(await cli.json<Authorization[]>("authorizations")).toContainEqual(
      expect.objectContaining({ id: made.id }),
    );
    await cli.ok("authorizations:rotate", made.id);
    expect((await cli.try(["auth:whoami"], { token })).code).not.toBe(0);
    await cli.ok("authorizations:revoke", made.id);
    expect((await cli.try(["authorizations:info", made.id])).code).not.toBe(0);
  });

  test("without scopes it may do everything", async () => {
    expect(await cli.json("authorizations:create", "-d", "all")).toMatchObject({ scope: ["global"] });
  });
});

test("what else people look at", async () => {
  expect(await cli.json("access", "-a", app)).toMatchObject([{ role: "owner" }]);
  expect(await cli.json("domains", "-a", app)).toMatchObject([{ kind: "heroku" }]);
  expect(await cli.json("teams")).toEqual([]);
  expect(await cli.json("regions")).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "eu" }),
      expect.objectContaining({ name: "us" }),
    ]),
  );
  await cli.ok("maintenance:on", "-a", app);
  expect(await cli.ok("maintenance", "-a", app)).toBe("on\n");
  await cli.ok("features:enable", "log-runtime-metrics", "-a", app);
  expect(await cli.json("features:info", "log-runtime-metrics", "-a", app)).toMatchObject({ enabled: true });
});

test("renames an app and removes it", async () => {
  await cli.ok("apps:rename", "clients-renamed", "-a", app);
  expect(await cli.json("apps")).toMatchObject([{ name: "clients-renamed" }]);
  await cli.ok("apps:destroy", "-a", "clients-renamed", "--confirm", "clients-renamed");
  expect(await cli.json("apps")).toEqual([]);
});
