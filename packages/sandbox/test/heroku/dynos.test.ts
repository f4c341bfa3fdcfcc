import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningHeroku, runningHeroku, type TestApp } from "./running.ts";
import { appLog, docker, eventually, push, release, web } from "./support.ts";

const MINUTE = 60_000;
let running: RunningHeroku;
let heroku: RunningHeroku["heroku"];
let api: RunningHeroku["api"];
let images: RunningHeroku["images"];
let newApp: RunningHeroku["newApp"];
let dynos: RunningHeroku["dynos"];
let states: RunningHeroku["states"];
let isState: RunningHeroku["isState"];
let see: RunningHeroku["see"];

beforeAll(async () => {
  running = await runningHeroku();
  ({ heroku, api, images, newApp, dynos, states, isState, see } = running);
}, 3 * MINUTE);
afterAll(() => running?.remove(), 2 * MINUTE);

describe("a release", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await newApp("released-app", { GREETING: "hello" });
  }, 2 * MINUTE);

  test("answers through the router, as Heroku runs it", async () => {
    const { env, uid, headers, version } = await see(`${app.url}some/path?q=1`);
    expect(version).toBe("1");
    expect(env).toMatchObject({ GREETING: "hello", DYNO: "web.1", PORT: expect.stringMatching(/^\d+$/) });
    expect(uid).toBeGreaterThan(1000);
    expect(headers).toMatchObject({
      host: new URL(app.url).host,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-port": String(heroku.ctx.ports.router),
      "x-request-start": expect.stringMatching(/^\d{13}$/),
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      via: "1.1 heroku-router",
    });
    expect(await states(app.name)).toEqual(["web.1 up"]);
  });

  test("is told by the API", async () => {
    const [latest] = (
      await api("GET", `/apps/${app.name}/releases`, { headers: { range: "version ..; max=1,order=desc" } })
    ).body;
    expect(latest).toMatchObject({ version: 4, status: "succeeded", current: true });
    expect(latest.description).toMatch(/^Deployed web \([0-9a-f]{12}\)$/);
    expect((await api("GET", `/apps/${app.name}/formation/web`)).body).toMatchObject({
      type: "web",
      quantity: 1,
      size: "Basic",
    });
    const formation = await api("GET", `/apps/${app.name}/formation`, { variant: "docker-releases" });
    expect(formation.body[0].docker_image.id).toMatch(/^sha256:/);
  });

  test("the container is limited as a Basic dyno", async () => {
    const [dyno] = await dynos(app.name);
    const info = await heroku.ctx.docker.getContainer(`tag-to-endpoint-dyno-${dyno?.id}`).inspect();
    expect(info.HostConfig).toMatchObject({
      Memory: 512 * 1024 * 1024,
      MemorySwap: 512 * 1024 * 1024,
      PidsLimit: 256,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      PortBindings: {},
    });
    expect(info.Config.Labels["tag-to-endpoint.sandbox"]).toBe(heroku.ctx.id);
    expect(info.State).not.toHaveProperty("Health");
  });

  test("the same image again is refused, as Heroku does", async () => {
    const image = await push(heroku, images[0], app.name);
    expect((await release(heroku, app.name, image)).body).toEqual({
      id: "invalid_params",
      message:
        "The process type web was not updated, because it is already running the specified docker image.",
    });
  });

  test("a config var restarts the dynos; requests meanwhile are held, none fails", async () => {
    const [before] = await dynos(app.name);
    await api("PATCH", `/apps/${app.name}/config-vars`, { body: { GREETING: "good day" } });
    expect((await see(app.url)).env.GREETING).toBe("good day");
    expect((await dynos(app.name))[0]?.id).not.toBe(before?.id);
  });

  test("a second image, its config, and back again", async () => {
    const image = await push(heroku, images[1], app.name);
    await release(heroku, app.name, image);
    await eventually("version 2", async () => (await see(app.url)).version === "2");
    const back = await api("POST", `/apps/${app.name}/releases`, { body: { release: "4" } });
    expect(back.body.description).toBe("Rollback to v4");
    await eventually("version 1", async () => (await see(app.url)).version === "1");
    expect((await see(app.url)).env.GREETING).toBe("hello");
  });

  test("the app is deleted with its dynos and images", async () => {
    await api("DELETE", `/apps/${app.name}`);
    expect((await web(app.url)).status).toBe(404);
    expect((await web(app.url)).text).toContain("No such app");
    const left = await heroku.ctx.docker.listContainers({
      all: true,
      filters: { label: ["tag-to-endpoint.dyno"] },
    });
    expect(left.filter(({ Labels }) => Labels["tag-to-endpoint.sandbox"] === heroku.ctx.id)).toEqual([]);
    await api("POST", "/apps", { body: { name: app.name } });
    const pulled = await docker(heroku, ["pull", `${heroku.service.registryHost}/${app.name}/web`]);
    expect(pulled.status).not.toBe(0);
  });
});

describe("what goes wrong in a dyno", () => {
  test(
    "no release yet: H81; scaled to zero: H14; maintenance: H80",
    async () => {
      const { body } = await api("POST", "/apps", { body: { name: "blank-app" } });
      expect((await web(body.web_url)).status).toBe(502);
      expect(await appLog(heroku, "blank-app", { source: "heroku" })).toContain('code=H81 desc="Blank app"');
      const app = await newApp("idle-app");
      await isState(app.name, "web.1 up");
      await api("PATCH", `/apps/${app.name}/formation/web`, { body: { quantity: 0 } });
      expect((await web(app.url)).status).toBe(503);
      await api("PATCH", `/apps/${app.name}`, { body: { maintenance: true } });
      expect((await web(app.url)).text).toContain("maintenance");
      const log = await appLog(heroku, app.name);
      expect(log).toContain('at=error code=H14 desc="No web processes running" method=GET path="/"');
      expect(log).toContain("code=H80");
      expect(await states(app.name)).toEqual([]);
    },
    MINUTE,
  );

  test(
    "an image of more than 40 layers does not start",
    async () => {
      await api("POST", "/apps", { body: { name: "deep-app", stack: "container" } });
      const tag = `tag-to-endpoint-test/app:${heroku.ctx.id}-deep`;
      const lines = Array.from({ length: 41 }, (_, index) => `COPY file /file-${index}`);
      const folder = await mkdtemp(join(heroku.folder, "deep-"));
      await writeFile(join(folder, "file"), "");
      await writeFile(join(folder, "Dockerfile"), [`FROM ${images[0]}`, ...lines, ""].join("\n"));
      expect((await docker(heroku, ["build", "--quiet", "--tag", tag, folder])).status).toBe(0);
      await release(heroku, "deep-app", await push(heroku, tag, "deep-app"));
      await isState("deep-app", "web.1 crashed");
      const log = await appLog(heroku, "deep-app", { source: "heroku" });
      expect(log).toContain("Images with more than 40 layers may fail to start in the Common Runtime");
      expect(log).toContain("State changed from starting to crashed");
    },
    MINUTE,
  );

  test(
    "a crash: H10, the exit status, and further attempts with a pause",
    async () => {
      const app = await newApp("crashing-app", { MODE: "crash" });
      const crashed = await eventually("H10", async () => {
        const answer = await web(app.url);
        return answer.status === 503 && (await appLog(heroku, app.name)).includes("code=H10") && answer;
      });
      expect(crashed.text).toContain("Application error");
      const log = await eventually("a second attempt", async () => {
        const text = await appLog(heroku, app.name);
        return text.includes("State changed from crashed to starting") && text;
      });
      expect(log).toContain("app[web.1]: cannot go on");
      expect(log).toContain("heroku[web.1]: Process exited with status 7");
      expect(log).toContain("heroku[web.1]: State changed from starting to crashed");
      // A good release starts at once, whatever pause is under way.
      await api("PATCH", `/apps/${app.name}/config-vars`, { body: { MODE: null } });
      await eventually("up again", async () => (await web(app.url)).status === 200);
    },
    MINUTE,
  );

  test(
    "nothing listens on $PORT: R10, and H20 for those who wait",
    async () => {
      const app = await newApp("silent-app", { MODE: "silent" });
      const started = Date.now();
      expect((await web(app.url)).status).toBe(503);
      expect(Date.now() - started).toBeGreaterThan(3_000);
      const log = await eventually("R10", async () => {
        const text = await appLog(heroku, app.name);
        return text.includes("R10") && text.includes("Process exited with status 137") && text;
      });
      expect(log).toContain(
        "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 4 seconds of launch",
      );
      expect(log).toMatch(/code=H(10|20)/);
      await api("DELETE", `/apps/${app.name}`);
    },
    MINUTE,
  );

  test(
    "too much memory: R15, the dyno is ended and comes back",
    async () => {
      const app = await newApp("hungry-app");
      await isState(app.name, "web.1 up");
      const current = async () => (await dynos(app.name))[0]?.id;
      const isReplaced = (id: string | undefined) =>
        eventually("another dyno is up", async () => {
          const [now] = await dynos(app.name);
          return now?.state === "up" && now.id !== id;
        });
      const killed = async () =>
        (await appLog(heroku, app.name)).split("Error R15 (Memory quota vastly exceeded)").length - 1;

      const first = await current();
      expect((await web(`${app.url}eat/100`)).status).toBe(200);
      expect((await web(`${app.url}eat/700`)).status).toBe(503);
      await isReplaced(first);
      expect(await killed()).toBe(1);

      // One process of several: the whole dyno ends for it.
      const second = await current();
      await web(`${app.url}child`);
      await isReplaced(second);
      expect(await killed()).toBe(2);
    },
    MINUTE,
  );

  test(
    "SIGTERM is ignored: R12 and SIGKILL",
    async () => {
      const app = await newApp("stubborn-app", { MODE: "stubborn" });
      await isState(app.name, "web.1 up");
      expect((await api("DELETE", `/apps/${app.name}/dynos/web.1`)).status).toBe(202);
      await eventually("R12", async () => {
        const text = await appLog(heroku, app.name);
        return text.includes("Error R12 (Exit timeout)") && text.includes("SIGKILL");
      });
      await api("DELETE", `/apps/${app.name}`);
    },
    MINUTE,
  );
});

describe("scaling and restarts", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await newApp("scaled-app");
    await isState(app.name, "web.1 up");
  }, MINUTE);

  test(
    "Basic dynos do not scale out, Standard ones do, in turn",
    async () => {
      const path = `/apps/${app.name}/formation/web`;
      expect((await api("PATCH", path, { body: { quantity: 2 } })).status).toBe(422);
      expect((await api("PATCH", path, { body: { quantity: 2, size: "huge" } })).status).toBe(422);
      const scaled = await api("PATCH", path, { body: { quantity: 2, size: "standard-2x" } });
      expect(scaled.body).toMatchObject({ quantity: 2, size: "Standard-2X" });
      // As the official command line writes it.
      expect((await api("PATCH", path, { body: { quantity: "-1" } })).body.quantity).toBe(1);
      expect((await api("PATCH", path, { body: { quantity: "+1" } })).body.quantity).toBe(2);
      expect((await api("PATCH", path, { body: { quantity: "-3" } })).status).toBe(422);
      await isState(app.name, "web.1 up", "web.2 up");
      const served = new Set<string>();
      for (let i = 0; i < 4; i++) served.add((await see(app.url)).env.DYNO);
      expect([...served].toSorted()).toEqual(["web.1", "web.2"]);
      const [dyno] = await dynos(app.name);
      const info = await heroku.ctx.docker.getContainer(`tag-to-endpoint-dyno-${dyno?.id}`).inspect();
      expect(info.HostConfig.Memory).toBe(1024 * 1024 * 1024);
    },
    MINUTE,
  );

  test(
    "one dyno restarts, the others stay; an unknown one is an error",
    async () => {
      const before = await dynos(app.name);
      await api("DELETE", `/apps/${app.name}/dynos/web.2`);
      await isState(app.name, "web.1 up", "web.2 up");
      const after = await dynos(app.name);
      expect(after[0]?.id).toBe(before[0]?.id);
      expect(after[1]?.id).not.toBe(before[1]?.id);
      expect((await api("DELETE", `/apps/${app.name}/dynos/web.7`)).status).toBe(404);
    },
    MINUTE,
  );

  test(
    "with preboot the old dynos serve until the new ones are up",
    async () => {
      const { status } = await api("PATCH", `/apps/${app.name}/features/preboot`, {
        body: { enabled: true },
      });
      expect(status).toBe(200);
      await api("PATCH", `/apps/${app.name}/config-vars`, { body: { BOOT: "1.5", STEP: "two" } });
      const started = Date.now();
      expect((await see(app.url)).env).not.toHaveProperty("STEP");
      expect(Date.now() - started).toBeLessThan(1_000);
      await eventually("the new dynos serve", async () => (await see(app.url)).env.STEP === "two");
      await isState(app.name, "web.1 up", "web.2 up");
    },
    MINUTE,
  );

  test(
    "all is back after a restart of the sandbox",
    async () => {
      const before = await dynos(app.name);
      await heroku.restart();
      await isState(app.name, "web.1 up", "web.2 up");
      expect((await see(app.url)).env.STEP).toBe("two");
      expect((await dynos(app.name)).map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
      expect(await appLog(heroku, app.name)).toContain("app[web.1]: mode serve");
    },
    MINUTE,
  );
});
