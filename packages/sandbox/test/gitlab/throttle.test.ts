/** https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/ */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "./harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const headers = (answer: { headers: Headers }) =>
  Object.fromEntries([...answer.headers].filter(([name]) => /^ratelimit|^retry/.test(name)));

test("no limit is told of as long as none is set", async () => {
  expect(headers(await lab.call("GET", "/user"))).toEqual({});
});

test("beyond its limit a user is told when to come back, and others go on", async () => {
  const [busy, calm] = [await lab.user("busy"), await lab.user("calm")];
  const ask = (token: string | null) => lab.call("GET", "/projects", undefined, token);
  // A day as the window, so that none ends meanwhile but at midnight.
  await lab.ok("PUT", "/application/settings", {
    throttle_authenticated_api_enabled: true,
    throttle_authenticated_api_requests_per_period: 2,
    throttle_authenticated_api_period_in_seconds: 86_400,
  });
  const first = await ask(busy.token);
  expect([first.status, headers(first)]).toEqual([
    200,
    {
      "ratelimit-limit": "1",
      "ratelimit-name": "throttle_authenticated_api",
      "ratelimit-observed": "1",
      "ratelimit-remaining": "1",
      "ratelimit-reset": expect.stringMatching(/^\d{10}$/),
      "ratelimit-resettime": expect.stringMatching(/GMT$/),
    },
  ]);
  await ask(busy.token);
  const refused = await ask(busy.token);
  expect([refused.status, refused.text]).toEqual([429, "Retry later\n"]);
  expect(refused.headers.get("content-type")).toMatch(/^text\/plain/);
  expect(headers(refused)).toMatchObject({ "ratelimit-observed": "3", "ratelimit-remaining": "0" });
  const wait = Number(refused.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(0);
  expect(Number(refused.headers.get("ratelimit-reset")) * 1000).toBeGreaterThan(Date.now());
  expect((await ask(calm.token)).status).toBe(200);
  expect((await ask(null)).status).toBe(200);
});
