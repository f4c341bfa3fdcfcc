/** Dynos that fail when they start: https://devcenter.heroku.com/articles/error-codes */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FaultInput } from "../../src/core/faults/rules.ts";
import { type RunningHeroku, runningHeroku, type TestApp } from "../heroku/running.ts";
import { appLog, eventually } from "../heroku/support.ts";

const MINUTE = 60_000;
let running: RunningHeroku;
let app: TestApp;

beforeAll(async () => {
  running = await runningHeroku();
  app = await running.newApp("faulty-app");
  await running.isState(app.name, "web.1 up");
}, 3 * MINUTE);
afterAll(() => running?.remove(), 2 * MINUTE);
beforeEach(() => running.heroku.ctx.faults.clear());

/** Restarts the app's dynos with the fault; gives what Heroku said of it once the log has `last`. */
async function restartWith(fault: FaultInput, last: string): Promise<string> {
  const before = (await appLog(running.heroku, app.name)).length;
  running.heroku.ctx.faults.add(fault);
  expect((await running.api("DELETE", `/apps/${app.name}/dynos`)).status).toBe(202);
  return eventually(last, async () => {
    const fresh = (await appLog(running.heroku, app.name)).slice(before);
    return fresh.includes(last) && fresh;
  });
}

describe("a dyno", () => {
  const crashed = "State changed from starting to crashed";

  test("that crashes at boot is started again, and comes up once the fault is spent", async () => {
    const log = await restartWith({ fault: "dyno-crash", app: app.name }, crashed);
    expect(log).toContain("Process exited with status 1");
    await running.isState(app.name, "web.1 up");
    expect(running.heroku.ctx.faults.list()).toMatchObject([
      { matched: expect.any(Number), hits: ["faulty-app web.1"] },
    ]);
  });

  test("that does not listen in time is ended (R10)", async () => {
    const log = await restartWith({ fault: "boot-timeout", seconds: 0.2 }, crashed);
    expect(log).toMatch(
      /Error R10 \(Boot timeout\) -> Web process failed to bind to \$PORT within 4 seconds/,
    );
    expect(log).toContain("Process exited with status 137");
    await running.isState(app.name, "web.1 up");
  });

  test("that takes too much memory is warned of (R14) and ended (R15)", async () => {
    const log = await restartWith({ fault: "memory-exceeded" }, crashed);
    expect(log).toMatch(
      /mem=538M\(105\.0%\)\n.*Error R14 \(Memory quota exceeded\)\n.*mem=1050M\(205\.0%\)\n.*Error R15 \(Memory quota vastly exceeded\)\n.*SIGKILL/,
    );
    expect(log).toContain("Process exited with status 137");
    await running.isState(app.name, "web.1 up");
  });

  test("of another app starts as ever", async () => {
    await restartWith({ fault: "dyno-crash", app: "another", times: "always" }, "starting to up");
    expect(running.heroku.ctx.faults.list()[0]?.hits).toEqual([]);
  });
});

test("a full disk is answered with 500 and named in the log; with room all goes on", async () => {
  const { heroku, api } = running;
  heroku.ctx.faults.add({ fault: "disk-full", service: "heroku" });
  const refused = await api("POST", "/apps", { body: { name: "no-room" } });
  expect([refused.status, refused.body.id]).toEqual([500, "internal_server_error"]);
  expect((await api("GET", "/apps/no-room")).status).toBe(404);
  heroku.ctx.faults.clear();
  expect((await api("POST", "/apps", { body: { name: "no-room" } })).status).toBe(201);
});
