/** What is connected to an app: people, webhooks, drains. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { failure, type TestHeroku, testHeroku } from "./support.ts";

let heroku: TestHeroku;
const api: TestHeroku["api"] = (...args) => heroku.api(...args);

beforeAll(async () => {
  heroku = await testHeroku();
  await api("POST", "/apps", { body: { name: "connected-app" } });
}, 60_000);
afterAll(() => heroku?.remove(), 60_000);

const APP = "/apps/connected-app";

test("collaborators are added, invited ones too, given permissions and removed", async () => {
  const owner = await api("GET", `${APP}/collaborators`);
  expect(owner.body).toMatchObject([{ role: "owner" }]);
  const added = await api("POST", `${APP}/collaborators`, { body: { user: "eve@example.com" } });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({
    role: "collaborator",
    user: { email: "eve@example.com" },
    permissions: [],
  });
  expect(failure(await api("POST", `${APP}/collaborators`, { body: { user: "eve@example.com" } }))).toEqual([
    422,
    "invalid_params",
    "User is already a collaborator on app.",
  ]);
  const changed = await api("PATCH", `/teams${APP}/collaborators/eve@example.com`, {
    body: { permissions: ["view", "deploy"] },
  });
  expect(changed.body.permissions.map(({ name }: { name: string }) => name)).toEqual(["view", "deploy"]);
  expect((await api("GET", `/teams${APP}/collaborators`)).body).toHaveLength(2);
  expect((await api("DELETE", `${APP}/collaborators/eve@example.com`)).status).toBe(200);
  expect((await api("DELETE", `${APP}/collaborators/eve@example.com`)).status).toBe(404);
  const team = `/teams${APP}/collaborators`;
  const body = { user: "eve@example.com", permissions: ["deploy"] };
  expect((await api("POST", team, { body })).body).toMatchObject({ permissions: [{ name: "deploy" }] });
  expect((await api("DELETE", `${team}/eve@example.com`)).status).toBe(200);
});

test("webhooks tell no secret and are removed", async () => {
  const body = {
    include: ["api:release"],
    level: "notify",
    url: "https://eve.example/hook",
    secret: "canary",
  };
  const made = await api("POST", `${APP}/webhooks`, { body });
  expect(made.status).toBe(201);
  const { body: list } = await api("GET", `${APP}/webhooks`);
  expect(list).toMatchObject([{ id: made.body.id, url: body.url, level: "notify" }]);
  expect(JSON.stringify(list)).not.toContain("canary");
  await api("DELETE", `${APP}/webhooks/${made.body.id}`);
  expect((await api("GET", `${APP}/webhooks`)).body).toEqual([]);
});

test("drains are added once by their address, and removed by it or their id", async () => {
  const body = { url: "https://eve.example/logs" };
  const made = await api("POST", `${APP}/log-drains`, { body });
  expect(made.status).toBe(201);
  expect((await api("POST", `${APP}/log-drains`, { body })).status).toBe(422);
  expect((await api("GET", `${APP}/log-drains`)).body).toMatchObject([{ url: body.url, addon: null }]);
  expect((await api("DELETE", `${APP}/log-drains/${made.body.id}`)).status).toBe(200);
  expect((await api("DELETE", `${APP}/log-drains/${made.body.id}`)).status).toBe(404);
});
