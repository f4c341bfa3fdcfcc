/**
 * What a group and the instance let its projects be:
 * https://docs.gitlab.com/api/groups/ and https://docs.gitlab.com/user/public_access/
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answer, type Lab, type Project, startLab } from "./harness.ts";

let lab: Lab;
let owner: { id: number; token: string };
let count = 0;

beforeAll(async () => {
  lab = await startLab();
  owner = await lab.user("owner");
});
afterAll(() => lab.close());
beforeEach(() => {
  count += 1;
});

const newGroup = (settings: object = {}) =>
  lab.ok<{ id: number; [key: string]: unknown }>(
    "POST",
    "/groups",
    { name: `g${count}`, path: `g${count}`, ...settings },
    owner.token,
  );
const newProject = (id: number, settings: object = {}, token = owner.token): Promise<Answer<Project>> =>
  lab.call<Project>("POST", "/projects", { name: "p", namespace_id: id, ...settings }, token);
const change = (path: string, settings: object, token = owner.token) =>
  lab.call("PUT", path, settings, token);

describe("project_creation_level", () => {
  const roles = { reporter: 20, developer: 30, maintainer: 40, owner: 50, admin: 0 };
  type Role = keyof typeof roles;
  test.each<[string, Role[]]>([
    ["noone", []],
    ["administrator", ["admin"]],
    ["owner", ["owner", "admin"]],
    ["maintainer", ["maintainer", "owner", "admin"]],
    ["developer", ["developer", "maintainer", "owner", "admin"]],
  ])("%s", async (level, allowed) => {
    const group = await newGroup({ project_creation_level: level });
    const may: string[] = [];
    for (const [role, access] of Object.entries(roles)) {
      const user = role === "admin" ? { token: lab.service.adminToken } : await lab.user(`${role}-${count}`);
      if ("id" in user && access > 0) {
        await lab.ok("POST", `/groups/${group.id}/members`, { user_id: user.id, access_level: access });
      }
      const answer = await newProject(group.id, { name: role }, user.token);
      if (answer.status === 201) may.push(role);
      else expect(answer).toMatchObject({ status: 400, body: { message: { namespace: ["is not valid"] } } });
    }
    expect(may).toEqual(allowed);
  });

  test("is one of GitLab's", async () => {
    const group = await newGroup();
    expect(await change(`/groups/${group.id}`, { project_creation_level: "everybody" })).toMatchObject({
      status: 400,
      body: { error: "project_creation_level does not have a valid value" },
    });
  });
});

describe("visibility", () => {
  test("of a new project is lowered to its group's without a word, of an old one refused", async () => {
    const group = await newGroup({ visibility: "private" });
    const made = await newProject(group.id, { visibility: "public" });
    expect(made).toMatchObject({ status: 201, body: { visibility: "private" } });
    expect(await change(`/projects/${made.body.id}`, { visibility: "public" })).toMatchObject({
      status: 400,
      body: { message: { visibility_level: ["public is not allowed in a private group."] } },
    });
  });

  test("that is restricted is for administrators alone", async () => {
    const group = await newGroup({ visibility: "public" });
    await lab.ok("PUT", "/application/settings", { restricted_visibility_levels: ["internal"] });
    const refused = {
      status: 400,
      body: { message: { visibility_level: ["internal has been restricted by your GitLab administrator"] } },
    };
    expect(await newProject(group.id, { visibility: "internal" })).toMatchObject(refused);
    const project = await newProject(group.id, { visibility: "public" });
    expect(await change(`/projects/${project.body.id}`, { visibility: "internal" })).toMatchObject(refused);
    expect(
      (await newProject(group.id, { name: "admins", visibility: "internal" }, lab.service.adminToken)).status,
    ).toBe(201);
    expect(await change(`/groups/${group.id}`, { visibility: "internal" })).toMatchObject(refused);
    await lab.ok("PUT", "/application/settings", { restricted_visibility_levels: [] });
  });

  test("of a group fits its parent and what is in it", async () => {
    const parent = await newGroup({ visibility: "internal" });
    const child = { name: "c", path: "c", parent_id: parent.id, visibility: "public" };
    expect(await lab.call("POST", "/groups", child, owner.token)).toMatchObject({
      status: 400,
      body: {
        message:
          'Failed to save group {:visibility_level=>["public is not allowed since the parent group has a internal visibility."]}',
      },
    });
    await newProject(parent.id, { visibility: "internal" });
    expect(await change(`/groups/${parent.id}`, { visibility: "private" })).toMatchObject({
      status: 400,
      body: {
        message: {
          visibility_level: [
            "private is not allowed since this group contains projects with higher visibility.",
          ],
        },
      },
    });
  });
});

describe("shared_runners_setting", () => {
  const refused = {
    status: 400,
    body: {
      message: { shared_runners_enabled: ["cannot be enabled because parent group does not allow it"] },
    },
  };
  const runners = (project: Answer<Project>) => project.body.shared_runners_enabled;

  test("disabled_and_unoverridable is for all below: groups, projects, and those to come", async () => {
    const parent = await newGroup();
    const child = await lab.ok<{ id: number }>(
      "POST",
      "/groups",
      { name: "c", path: "c", parent_id: parent.id },
      owner.token,
    );
    const before = await newProject(child.id, { name: "before" });
    expect(runners(before)).toBe(true);
    await lab.ok(
      "PUT",
      `/groups/${parent.id}`,
      { shared_runners_setting: "disabled_and_unoverridable" },
      owner.token,
    );
    expect(await lab.ok("GET", `/groups/${child.id}`)).toMatchObject({
      shared_runners_setting: "disabled_and_unoverridable",
    });
    expect(await lab.ok("GET", `/projects/${before.body.id}`)).toMatchObject({
      shared_runners_enabled: false,
    });
    expect(await newProject(child.id, { shared_runners_enabled: true })).toMatchObject(refused);
    expect(runners(await newProject(child.id))).toBe(false);
    expect(await change(`/projects/${before.body.id}`, { shared_runners_enabled: true })).toMatchObject(
      refused,
    );
    expect((await change(`/projects/${before.body.id}`, { description: "d" })).status).toBe(200);
    expect(await change(`/groups/${child.id}`, { shared_runners_setting: "enabled" })).toMatchObject({
      status: 400,
      body: {
        message: {
          shared_runners_enabled: ["cannot be enabled because parent group has shared Runners disabled"],
        },
      },
    });
  });

  test("disabled_and_overridable is the default of projects, who may have them all the same", async () => {
    const group = await newGroup({ shared_runners_setting: "disabled_and_overridable" });
    expect(runners(await newProject(group.id, { name: "quiet" }))).toBe(false);
    expect(runners(await newProject(group.id, { name: "loud", shared_runners_enabled: true }))).toBe(true);
  });
});

test.each([
  ["template_name", "rails"],
  ["import_url", "https://example.com/a.git"],
  ["mirror", true],
])("a project with %s is not pretended", async (name, value) => {
  const group = await newGroup();
  expect(await newProject(group.id, { [name]: value })).toMatchObject({
    status: 501,
    body: { message: expect.stringContaining(name) },
  });
});

test("a group's setting that is not there is not pretended", async () => {
  const group = await newGroup();
  expect(await change(`/groups/${group.id}`, { ip_restriction_ranges: "10.0.0.0/8" })).toMatchObject({
    status: 501,
    body: { message: expect.stringContaining("ip_restriction_ranges") },
  });
});
