/** What people connect to a project: hooks, schedules, triggers, tokens, groups, mirrors, integrations. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dropRecords, recordsOf } from "../../src/gitlab/project-records.ts";
import { emptyState } from "../../src/gitlab/state.ts";
import { type Lab, type Project, startLab } from "./harness.ts";

let lab: Lab;
let project: Project;
let base: string;
let developer: { id: number; token: string };
beforeAll(async () => {
  lab = await startLab();
  project = await lab.project("connected");
  base = `/projects/${project.id}`;
  developer = await lab.member(project, "dora", 30);
});
afterAll(() => lab.close());

describe.each([
  ["hooks", { url: "https://eve.example/hook", token: "canary" }, "id", 40],
  ["pipeline_schedules", { description: "nightly", ref: "main", cron: "0 1 * * *" }, "id", 30],
  ["triggers", { description: "by hand" }, "id", 40],
  ["deploy_tokens", { name: "by hand", scopes: ["read_repository"] }, "id", 40],
  ["remote_mirrors", { url: "https://eve:canary@eve.example/x.git", enabled: true }, "id", 40],
] as const)("%s", (list, body, key, level) => {
  test("are made, listed and removed, and tell no secret", async () => {
    const made = await lab.ok<Record<string, unknown>>("POST", `${base}/${list}`, body);
    const listed = await lab.ok<Record<string, unknown>[]>("GET", `${base}/${list}`);
    expect(listed).toMatchObject([{ id: made[key] }]);
    expect(JSON.stringify([made, listed])).not.toContain("canary");
    expect((await lab.call("DELETE", `${base}/${list}/${made[key]}`)).status).toBe(204);
    expect(await lab.ok("GET", `${base}/${list}`)).toEqual([]);
    expect((await lab.call("DELETE", `${base}/${list}/${made[key]}`)).status).toBe(404);
  });

  test("are refused to who has not the role", async () => {
    const { status } = await lab.call("GET", `${base}/${list}`, undefined, developer.token);
    expect(status).toBe(level > 30 ? 403 : 200);
  });
});

test("a deploy token of a group is told to the group alone", async () => {
  const group = await lab.ok<{ id: number }>("POST", "/groups", { name: "tokens", path: "tokens" });
  const body = { name: "of the group", scopes: ["read_registry"] };
  const { id } = await lab.ok<{ id: number }>("POST", `/groups/${group.id}/deploy_tokens`, body);
  expect(await lab.ok("GET", `/groups/${group.id}/deploy_tokens`)).toMatchObject([{ id }]);
  expect(await lab.ok("GET", `${base}/deploy_tokens`)).toEqual([]);
  expect((await lab.call("DELETE", `/groups/${group.id}/deploy_tokens/${id}`)).status).toBe(204);
});

test("an integration is switched on and off", async () => {
  await lab.ok("PUT", `${base}/integrations/slack`, { webhook: "https://hooks.example/canary" });
  expect(await lab.ok("GET", `${base}/integrations`)).toMatchObject([{ slug: "slack", active: true }]);
  expect((await lab.call("DELETE", `${base}/integrations/slack`)).status).toBe(204);
  expect(await lab.ok("GET", `${base}/integrations`)).toEqual([]);
});

test("job tokens of others get in by the allow-list, or when the project is opened", async () => {
  const other = await lab.project("other");
  const group = await lab.ok<{ id: number }>("POST", "/groups", { name: "allowed", path: "allowed" });
  const scope = `${base}/job_token_scope`;
  expect(await lab.ok("GET", scope)).toEqual({ inbound_enabled: true, outbound_enabled: false });
  expect((await lab.call("PATCH", scope, { enabled: false })).status).toBe(204);
  expect(await lab.ok("GET", scope)).toMatchObject({ inbound_enabled: false });
  await lab.ok("POST", `${scope}/allowlist`, { target_project_id: other.id });
  await lab.ok("POST", `${scope}/groups_allowlist`, { target_group_id: group.id });
  expect(await lab.ok("GET", `${scope}/allowlist`)).toMatchObject([{ id: other.id }]);
  expect(await lab.ok("GET", `${scope}/groups_allowlist`)).toMatchObject([{ id: group.id }]);
  expect((await lab.call("DELETE", `${scope}/allowlist/${other.id}`)).status).toBe(204);
  expect((await lab.call("DELETE", `${scope}/groups_allowlist/${group.id}`)).status).toBe(204);
});

test("members of a group that the project is shared with get the lower of the two roles", async () => {
  const group = await lab.ok<{ id: number }>("POST", "/groups", { name: "guests", path: "guests" });
  const eve = await lab.user("eve");
  await lab.ok("POST", `/groups/${group.id}/members`, { user_id: eve.id, access_level: 40 });
  expect((await lab.call("GET", base, undefined, eve.token)).status).toBe(404);
  await lab.ok("POST", `${base}/share`, { group_id: group.id, group_access: 30 });
  expect((await lab.call("POST", `${base}/share`, { group_id: group.id, group_access: 30 })).status).toBe(
    409,
  );
  expect(await lab.ok("GET", base)).toMatchObject({
    shared_with_groups: [{ group_id: group.id, group_access_level: 30 }],
  });
  expect((await lab.call("GET", `${base}/variables`, undefined, eve.token)).status).toBe(403);
  expect((await lab.call("GET", base, undefined, eve.token)).status).toBe(200);
  expect((await lab.call("DELETE", `${base}/share/${group.id}`)).status).toBe(204);
  expect((await lab.call("GET", base, undefined, eve.token)).status).toBe(404);
});

test("a project is moved to another namespace, and its old path leads there", async () => {
  const moved = await lab.project("moved");
  const group = await lab.ok<{ id: number }>("POST", "/groups", { name: "target", path: "target" });
  await lab.ok("PUT", `/projects/${moved.id}/transfer`, { namespace: group.id });
  expect(await lab.ok("GET", `/projects/${moved.id}`)).toMatchObject({ path_with_namespace: "target/moved" });
  const old = encodeURIComponent(moved.path_with_namespace);
  expect(await lab.ok("GET", `/projects/${old}`)).toMatchObject({ id: moved.id });
  expect((await lab.call("PUT", `/projects/${moved.id}/transfer`, { namespace: "none" })).status).toBe(404);
});

test("audit events say who did what, where somebody pays for them", async () => {
  await lab.ok("POST", `${base}/protected_tags`, { name: "audited-*" });
  expect(await lab.ok("GET", `${base}/audit_events`)).toMatchObject([
    { details: { add: "protected_tag", target_details: "audited-*", author_name: "Administrator" } },
  ]);
  await lab.ok("PUT", "/application/settings", { check_namespace_plan: true });
  expect((await lab.call("GET", `${base}/audit_events`)).status).toBe(403);
  await lab.ok("PUT", "/application/settings", { check_namespace_plan: false });
});

test("all of it goes with the project, and nothing of others", () => {
  const state = emptyState();
  const hook = { id: 1, projectId: 1, createdAt: "", url: "", name: null, description: null, events: {} };
  const more = { verifiesTls: true, branchFilter: null };
  recordsOf(state).hooks.push({ ...hook, ...more }, { ...hook, ...more, id: 2, projectId: 2 });
  recordsOf(state).jobTokenScopes.push({ projectId: 2, isLimited: true, projects: [1, 3], groups: [] });
  dropRecords(state, 1);
  expect(recordsOf(state).hooks.map(({ id }) => id)).toEqual([2]);
  expect(recordsOf(state).jobTokenScopes).toMatchObject([{ projects: [3] }]);
});
