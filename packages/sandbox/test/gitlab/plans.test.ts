/**
 * Plans of gitlab.com and what hangs on them:
 * https://docs.gitlab.com/api/namespaces/
 * https://docs.gitlab.com/user/project/settings/project_access_tokens/
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Lab, type Project, startLab } from "./harness.ts";

let lab: Lab;
let owner: { id: number; token: string };
let group: { id: number };
let inner: { id: number };
let count = 0;

beforeAll(async () => {
  lab = await startLab({ gitlab: { groupsWithoutAccessTokens: ["closed"] } });
  owner = await lab.user("owner");
});
afterAll(() => lab.close());

beforeEach(async () => {
  await lab.ok("PUT", "/application/settings", { check_namespace_plan: true });
  count += 1;
  const root = { name: `Root ${count}`, path: `root-${count}` };
  group = await lab.ok<{ id: number }>("POST", "/groups", root, owner.token);
  const below = { name: "Inner", path: "inner", parent_id: group.id };
  inner = await lab.ok<{ id: number }>("POST", "/groups", below, owner.token);
});

const subscribe = (id: number, attributes: object) =>
  lab.ok("PUT", `/namespaces/${id}`, { gitlab_subscription_attributes: attributes });
const namespace = (id: number | string, token = owner.token) =>
  lab.ok("GET", `/namespaces/${id}`, undefined, token);
const newProject = (name: string) =>
  lab.ok<Project>("POST", "/projects", { name, namespace_id: inner.id }, owner.token);
const newToken = (project: Project, token = owner.token) =>
  lab.call(
    "POST",
    `/projects/${project.id}/access_tokens`,
    { name: "t", scopes: ["api"], access_level: 30 },
    token,
  );

describe("the plan of a namespace", () => {
  test("is that of its top-level group, told to owners alone", async () => {
    expect(await namespace(group.id)).toMatchObject({ plan: "free", trial: false, trial_ends_on: null });
    await subscribe(inner.id, { plan_code: "ultimate_trial", trial: true, trial_ends_on: "2027-01-31" });
    for (const id of [group.id, inner.id]) {
      expect(await namespace(id)).toMatchObject({
        plan: "ultimate_trial",
        trial: true,
        trial_ends_on: "2027-01-31",
      });
    }
    const maintainer = await lab.user(`maintainer-${count}`);
    await lab.ok("POST", `/groups/${group.id}/members`, { user_id: maintainer.id, access_level: 40 });
    expect(Object.keys(await namespace(group.id, maintainer.token))).not.toContain("plan");
  });

  test("of a user is Free as long as nobody paid", async () => {
    expect(await namespace("owner")).toMatchObject({ kind: "user", plan: "free", trial: false });
  });

  test("is `default` where the instance has no plans", async () => {
    await lab.ok("PUT", "/application/settings", { check_namespace_plan: false });
    expect(await namespace(group.id)).toMatchObject({ plan: "default", trial: false });
    expect((await newToken(await newProject("no-plans"))).status).toBe(201);
  });

  test("is for administrators to set", async () => {
    const wanted = { gitlab_subscription_attributes: { plan_code: "ultimate" } };
    expect((await lab.call("PUT", `/namespaces/${group.id}`, wanted, owner.token)).status).toBe(403);
    expect(
      await lab.call("PUT", `/namespaces/${group.id}`, { shared_runners_minutes_limit: 1 }),
    ).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining("shared_runners_minutes_limit") },
    });
  });
});

describe("approvals and protected environments", () => {
  test.for(["approvals", "approval_rules", "protected_environments"])(
    "%s are not there on Free",
    async (what) => {
      const project = await newProject("one");
      const ask = () => lab.call("GET", `/projects/${project.id}/${what}`, undefined, owner.token);
      expect((await ask()).status).toBe(404);
      await subscribe(group.id, { plan_code: "premium" });
      expect((await ask()).status).toBe(200);
    },
  );
});

describe("a project access token", () => {
  const refused = (why: string) => ({ status: 400, body: { message: `400 Bad request - ${why}` } });

  test("is refused on Free and given once somebody pays", async () => {
    const project = await newProject("free");
    const denied = refused("User does not have permission to create project access token");
    expect(await newToken(project)).toMatchObject(denied);
    const own = await lab.ok<Project>("POST", "/projects", { name: `own-${count}` }, owner.token);
    expect(await newToken(own)).toMatchObject(denied);
    await subscribe(group.id, { plan_code: "premium" });
    for (const _again of [1, 2]) expect((await newToken(project)).status).toBe(201);
  });

  test("is the only one of a trial, in all of its projects, until it is revoked", async () => {
    await subscribe(group.id, { plan_code: "ultimate_trial", trial: true, trial_ends_on: "2027-01-31" });
    const [first, second] = [await newProject("first"), await newProject("second")];
    const made = await newToken(first);
    expect(made.status).toBe(201);
    expect(await newToken(second)).toMatchObject(refused("Access token limit reached"));
    await lab.ok("DELETE", `/projects/${first.id}/access_tokens/${made.body.id}`);
    expect((await newToken(second)).status).toBe(201);
  });

  test("is refused to Developers, to tokens, and where the group's owners switched them off", async () => {
    await lab.ok("PUT", "/application/settings", { check_namespace_plan: false });
    const project = await newProject("roles");
    const denied = refused("User does not have permission to create project access token");
    const developer = await lab.member(project, "developer", 30);
    expect(await newToken(project, developer.token)).toMatchObject(denied);
    const bot = await newToken(project);
    expect(await newToken(project, String(bot.body.token))).toMatchObject(denied);
    const list = await lab.call("GET", `/projects/${project.id}/access_tokens`, undefined, developer.token);
    expect(list.status).toBe(401);
    const closed = await lab.ok<{ id: number }>("POST", "/groups", { name: "Closed", path: "closed" });
    const inClosed = await lab.ok<Project>("POST", "/projects", { name: "x", namespace_id: closed.id });
    expect(await newToken(inClosed, lab.service.adminToken)).toMatchObject(denied);
  });
});

describe("application settings", () => {
  test("are for administrators, checked, and kept", async () => {
    expect((await lab.call("GET", "/application/settings", undefined, owner.token)).status).toBe(403);
    expect(await lab.ok("GET", "/application/settings")).toMatchObject({ deletion_adjourned_period: 30 });
    for (const [days, text] of [
      [0, "must be greater than or equal to 1"],
      [91, "must be less than or equal to 90"],
    ] as const) {
      const answer = await lab.call("PUT", "/application/settings", { deletion_adjourned_period: days });
      expect(answer).toMatchObject({ status: 400, body: { message: { deletion_adjourned_period: [text] } } });
    }
    await lab.ok("PUT", "/application/settings", { deletion_adjourned_period: 7 });
    await lab.restart();
    expect(await lab.ok("GET", "/application/settings")).toMatchObject({ deletion_adjourned_period: 7 });
  });

  test("that are not there are not pretended", async () => {
    expect(await lab.call("PUT", "/application/settings", { gravatar_enabled: false })).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining("gravatar_enabled") },
    });
  });
});
