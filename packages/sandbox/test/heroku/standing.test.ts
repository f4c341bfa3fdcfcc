/**
 * Accounts that Heroku does not let go on, and its rate limit:
 * https://devcenter.heroku.com/articles/account-verification
 * https://devcenter.heroku.com/articles/platform-api-reference#rate-limits
 */
import { afterEach, expect, test } from "vitest";
import type { ConditionsInput } from "../../src/core/conditions.ts";
import { failure, type TestHeroku, testHeroku } from "./support.ts";

let heroku: TestHeroku;
afterEach(() => heroku.remove(), 60_000);
const start = async (conditions: ConditionsInput["heroku"]) => {
  heroku = await testHeroku({}, { heroku: conditions });
};
const newApp = (name: string, token = heroku.service.adminToken) =>
  heroku.api("POST", "/apps", { body: { name, stack: "container" }, token });

test("an account that is not verified makes no app, but its team does", { timeout: 60_000 }, async () => {
  await start({ verified: false });
  expect((await heroku.api("GET", "/account")).body).toMatchObject({ verified: false, suspended_at: null });
  const refused = [
    402,
    "verification_required",
    "To create an app, verify your account by adding payment information. Verify now at https://heroku.com/verify Learn more at https://devcenter.heroku.com/articles/account-verification",
  ];
  expect(failure(await newApp("not-verified"))).toEqual(refused);
  const personal = await heroku.api("POST", "/teams/apps", {
    body: { name: "not-verified", personal: true },
  });
  expect(failure(personal)).toEqual(refused);
  const other = await heroku.service.createAccount("other@example.com");
  expect((await newApp("of-another", other.token)).status).toBe(201);
  await heroku.api("POST", "/teams", { body: { name: "payers" } });
  const ofTeam = await heroku.api("POST", "/teams/apps", { body: { name: "of-a-team", team: "payers" } });
  expect(ofTeam.status).toBe(201);
});

test("an account that is suspended reads itself and no more", { timeout: 60_000 }, async () => {
  await start({ suspendedAt: "2026-11-01T00:00:00Z" });
  expect((await heroku.api("GET", "/account")).body.suspended_at).toBe("2026-11-01T00:00:00Z");
  const refused = [403, "suspended", expect.stringContaining("admin@example.com was suspended")];
  expect(failure(await heroku.api("GET", "/apps"))).toEqual(refused);
  expect(failure(await newApp("suspended"))).toEqual(refused);
});

test("an account that owes money makes no app", { timeout: 60_000 }, async () => {
  await start({ delinquentAt: "2026-11-01T00:00:00Z" });
  expect((await heroku.api("GET", "/account")).body.delinquent_at).toBe("2026-11-01T00:00:00Z");
  expect((await heroku.api("GET", "/apps")).status).toBe(200);
  expect(failure(await newApp("delinquent")).slice(0, 2)).toEqual([402, "delinquent"]);
});

test("whoever asks too often is told so, and asking for what is left is free", {
  timeout: 60_000,
}, async () => {
  await start({ rateLimit: { capacity: 3, perMinute: 0.001 } });
  for (const left of ["2", "1", "0"]) {
    const answer = await heroku.api("GET", "/regions");
    expect([answer.status, answer.headers.get("ratelimit-remaining")]).toEqual([200, left]);
  }
  const refused = await heroku.api("GET", "/regions");
  expect(failure(refused)).toEqual([
    429,
    "rate_limit",
    "Your account reached the API rate limit\nPlease wait a few minutes before making new requests",
  ]);
  expect(refused.body.url).toBe("https://devcenter.heroku.com/articles/platform-api-reference#rate-limits");
  expect(refused.headers.get("ratelimit-remaining")).toBe("0");
  expect((await heroku.api("GET", "/account/rate-limits")).body).toEqual({ remaining: 0 });
  const other = await heroku.service.createAccount("other@example.com");
  expect((await heroku.api("GET", "/regions", { token: other.token })).status).toBe(200);
});

test("a size that needs a subscription is not pretended where there is none", {
  timeout: 60_000,
}, async () => {
  await start({ ecoPlan: false });
  await newApp("no-eco");
  await heroku.api("POST", "/teams", { body: { name: "eco-less" } });
  await heroku.api("POST", "/teams/apps", { body: { name: "of-a-team", team: "eco-less" } });
  for (const app of ["no-eco", "of-a-team"]) {
    const answer = await heroku.api("PATCH", `/apps/${app}/formation/web`, { body: { size: "Eco" } });
    expect(failure(answer)).toEqual([501, "not_implemented", expect.stringContaining("Eco")]);
  }
});

test("members of a team use its apps, and admins manage it", { timeout: 60_000 }, async () => {
  await start({});
  const ana = (await heroku.service.createAccount("ana@example.com")).token;
  await heroku.api("POST", "/teams", { body: { name: "the-team" } });
  expect((await heroku.api("GET", "/teams/the-team", { token: ana })).status).toBe(404);
  const put = (email: string, role: string, token?: string) =>
    heroku.api("PUT", "/teams/the-team/members", {
      body: { email, role },
      ...(token === undefined ? {} : { token }),
    });
  expect((await put("ana@example.com", "member")).body).toMatchObject({
    email: "ana@example.com",
    role: "member",
  });
  const role = async () => (await heroku.api("GET", "/teams/the-team", { token: ana })).body.role;
  expect(await role()).toBe("member");
  expect(failure(await put("ana@example.com", "admin", ana)).slice(0, 2)).toEqual([403, "forbidden"]);
  await heroku.api("POST", "/teams/apps", { body: { name: "open-app", team: "the-team" } });
  await heroku.api("POST", "/teams/apps", { body: { name: "locked-app", team: "the-team", locked: true } });
  const seen = async (app: string) => (await heroku.api("GET", `/apps/${app}`, { token: ana })).status;
  expect([await seen("open-app"), await seen("locked-app")]).toEqual([200, 403]);
  const made = { name: "by-ana", team: "the-team" };
  expect((await heroku.api("POST", "/teams/apps", { body: made, token: ana })).status).toBe(201);
  expect((await put("ana@example.com", "admin")).status).toBe(200);
  expect([await role(), await seen("locked-app")]).toEqual(["admin", 200]);
  const members = (await heroku.api("GET", "/teams/the-team/members")).body;
  expect(members.map(({ email }: { email: string }) => email).sort()).toEqual([
    "admin@example.com",
    "ana@example.com",
  ]);
  await heroku.api("DELETE", "/teams/the-team/members/ana@example.com");
  expect((await heroku.api("GET", "/teams/the-team", { token: ana })).status).toBe(404);
  expect((await put("stranger@example.com", "member")).status).toBe(501);
});
