import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, type Project, run, seed, startLab } from "./harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

describe("authentication", () => {
  test("no, wrong, revoked and narrow tokens get GitLab's answers", async () => {
    expect(await lab.call("GET", "/user", undefined, null)).toMatchObject({
      status: 401,
      body: { message: "401 Unauthorized" },
    });
    expect((await lab.call("GET", "/user", undefined, "glpat-wrong")).status).toBe(401);
    const admin = await lab.ok<{ id: number }>("GET", "/user");
    const path = `/users/${admin.id}/personal_access_tokens`;
    const narrow = await lab.ok<{ id: number; token: string }>("POST", path, {
      name: "n",
      scopes: ["read_api"],
    });
    expect((await lab.call("GET", "/projects", undefined, narrow.token)).status).toBe(200);
    expect(await lab.call("POST", "/projects", { name: "x" }, narrow.token)).toMatchObject({
      status: 403,
      body: { error: "insufficient_scope" },
    });
    await lab.ok("DELETE", `/personal_access_tokens/${narrow.id}`);
    expect(await lab.call("GET", "/user", undefined, narrow.token)).toMatchObject({
      status: 401,
      body: { error: "invalid_token" },
    });
  });

  test("PRIVATE-TOKEN, Bearer and the query parameter are the same", async () => {
    const { adminToken, apiUrl } = lab.service;
    for (const [headers, query] of [
      [{ "private-token": adminToken }, ""],
      [{ authorization: `Bearer ${adminToken}` }, ""],
      [{}, `?private_token=${adminToken}`],
    ] as const) {
      expect((await fetch(`${apiUrl}/user${query}`, { headers })).status).toBe(200);
    }
    expect((await fetch(`${apiUrl}/user`, { headers: { "job-token": adminToken } })).status).toBe(401);
  });

  test("a token shows itself, never its text", async () => {
    const self = await lab.ok("GET", "/personal_access_tokens/self");
    expect(self).toMatchObject({ active: true, revoked: false });
    expect(JSON.stringify(self)).not.toContain(lab.service.adminToken);
  });
});

describe("projects", () => {
  test("are made, found by number and path, changed and removed", async () => {
    const made = await lab.project("My Project", { description: "d", topics: ["a", "b"] });
    expect(made).toMatchObject({
      name: "My Project",
      path: "my-project",
      path_with_namespace: "root/my-project",
      visibility: "private",
      default_branch: "main",
      empty_repo: true,
      topics: ["a", "b"],
      container_registry_access_level: "enabled",
      container_registry_enabled: true,
      container_registry_image_prefix: `${lab.service.registryHost}/root/my-project`,
      http_url_to_repo: `${lab.service.url}/root/my-project.git`,
    });
    expect(await lab.ok("GET", "/projects/root%2Fmy-project")).toMatchObject({ id: made.id });
    const changed = await lab.ok("PUT", `/projects/${made.id}`, {
      merge_method: "ff",
      issues_enabled: false,
      build_timeout: 600,
      visibility: "internal",
    });
    expect(changed).toMatchObject({
      merge_method: "ff",
      issues_access_level: "disabled",
      build_timeout: 600,
      visibility: "internal",
    });
    expect((await lab.call("GET", String(new URL(String(made.web_url)).pathname))).status).toBe(404);
    expect((await fetch(String(made.web_url))).status).toBe(200);
    expect(await lab.call("DELETE", `/projects/${made.id}`)).toMatchObject({
      status: 202,
      body: { message: "202 Accepted" },
    });
    expect(await lab.call("GET", "/projects/404")).toMatchObject({
      status: 404,
      body: { message: "404 Project Not Found" },
    });
    const again = await lab.project("My Project");
    expect(again.id).not.toBe(made.id);
  });

  test("errors have GitLab's bodies", async () => {
    expect(await lab.call("POST", "/projects", {})).toMatchObject({
      status: 400,
      body: { error: "name, path are missing, at least one parameter must be provided" },
    });
    await lab.project("taken");
    expect(await lab.call("POST", "/projects", { name: "taken" })).toMatchObject({
      status: 400,
      body: { message: { name: ["has already been taken"], path: ["has already been taken"] } },
    });
    expect(await lab.call("POST", "/projects", { name: "v", visibility: "secret" })).toMatchObject({
      status: 400,
      body: { error: "visibility does not have a valid value" },
    });
    expect((await lab.call("POST", "/projects", { name: "n", namespace_id: 999 })).body).toMatchObject({
      message: { namespace: ["is not valid"] },
    });
    const answer = await fetch(`${lab.service.apiUrl}/projects`, {
      method: "POST",
      headers: { "private-token": lab.service.adminToken, "content-type": "application/json" },
      body: "{broken",
    });
    expect(answer.status).toBe(400);
    expect(await lab.call("GET", "/nothing/here")).toMatchObject({
      status: 404,
      body: { error: "404 Not Found" },
    });
    for (const [method, path] of [
      ["GET", "/projects/1/issues"],
      ["PATCH", "/projects/1"],
      ["GET", "/license"],
    ] as const) {
      expect(await lab.call(method, path)).toMatchObject({
        status: 501,
        body: { message: expect.stringContaining(`${method} /api/v4${path}`) },
      });
    }
  });

  test("lists come in pages with GitLab's headers", async () => {
    for (const number of [1, 2, 3, 4, 5]) await lab.project(`paged-${number}`);
    const page = await lab.call<Project[]>("GET", "/projects?search=paged&per_page=2&page=2&sort=asc");
    expect(page.body.map(({ name }) => name)).toEqual(["paged-3", "paged-4"]);
    const header = (name: string) => page.headers.get(name);
    expect(header("x-total")).toBe("5");
    expect(header("x-total-pages")).toBe("3");
    expect(header("x-page")).toBe("2");
    expect(header("x-per-page")).toBe("2");
    expect(header("x-next-page")).toBe("3");
    expect(header("x-prev-page")).toBe("1");
    expect(header("link")).toContain('search=paged&per_page=2&page=3&sort=asc>; rel="next"');
    const last = await lab.call("GET", "/projects?search=paged&per_page=2&page=3");
    expect(last.headers.get("x-next-page")).toBe("");
    expect((await lab.call("GET", "/projects?page=x")).body).toMatchObject({ error: "page is invalid" });
  });

  test("forms, JSON and multipart bodies are read alike", async () => {
    const { adminToken, apiUrl } = lab.service;
    const curl = (...args: string[]) =>
      run("curl", ["-sS", "-H", `PRIVATE-TOKEN: ${adminToken}`, ...args], lab.folder);
    const made = await curl("-X", "POST", "-d", "name=by-form&topics[]=a&topics[]=b", `${apiUrl}/projects`);
    expect(JSON.parse(made.stdout)).toMatchObject({ name: "by-form", topics: ["a", "b"] });
    const id = JSON.parse(made.stdout).id;
    const multipart = await curl(
      "--form",
      "key=K",
      "--form",
      "value=v",
      `${apiUrl}/projects/${id}/variables`,
    );
    expect(JSON.parse(multipart.stdout)).toMatchObject({ key: "K", value: "v" });
    const nested = await curl(
      ...["-X", "POST", `${apiUrl}/projects/${id}/protected_branches`],
      ...[
        "-d",
        "name=x",
        "-d",
        "allowed_to_push[][access_level]=30",
        "-d",
        "allowed_to_push[][access_level]=40",
      ],
    );
    expect(JSON.parse(nested.stdout).push_access_levels).toMatchObject([
      { access_level: 30 },
      { access_level: 40 },
    ]);
  });
});

describe("roles", () => {
  test("each role sees and does what it may", async () => {
    const project = await lab.project("roles");
    const base = `/projects/${project.id}`;
    const roles = { stranger: 0, guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 };
    const tokens: Record<string, string> = {};
    for (const [name, level] of Object.entries(roles)) {
      tokens[name] = (await lab.member(project, name, level)).token;
    }
    const status = async (method: string, path: string, body?: unknown) => {
      const list: Record<string, number> = {};
      for (const [name, token] of Object.entries(tokens)) {
        list[name] = (await lab.call(method, path, body, token)).status;
      }
      return list;
    };
    const forbiddenBelow = (level: number, success: number, forbidden = 403) =>
      Object.fromEntries(
        Object.entries(roles).map(([name, own]) => [
          name,
          own === 0 ? 404 : own < level ? forbidden : success,
        ]),
      );
    expect(await status("GET", base)).toEqual(forbiddenBelow(10, 200));
    expect(await status("GET", `${base}/repository/tags`)).toEqual(forbiddenBelow(20, 200));
    expect(await status("GET", `${base}/protected_branches`)).toEqual(forbiddenBelow(30, 200));
    expect(await status("GET", `${base}/variables`)).toEqual(forbiddenBelow(40, 200));
    expect(await status("GET", `${base}/access_tokens`)).toEqual(forbiddenBelow(40, 200, 401));
    expect(await status("PUT", base, { description: "x" })).toEqual(forbiddenBelow(40, 200));
    expect(await status("PUT", base, { visibility: "private" })).toEqual(forbiddenBelow(40, 200));
    expect(await status("PUT", base, { visibility: "internal" })).toMatchObject({
      maintainer: 403,
      owner: 200,
    });
    await lab.ok("PUT", base, { visibility: "private" });
    expect(await status("GET", "/admin/ci/variables")).toMatchObject({ owner: 403, maintainer: 403 });
    const maintainer = tokens.maintainer ?? "";
    const other = await lab.ok<{ id: number }>("POST", "/users", {
      username: "other",
      name: "Other",
      email: "other@example.com",
      reset_password: true,
    });
    const add = (level: number) =>
      lab.call("POST", `${base}/members`, { user_id: other.id, access_level: level }, maintainer);
    expect((await add(50)).status).toBe(403);
    expect((await add(30)).status).toBe(201);
    expect(await add(30)).toMatchObject({ status: 409, body: { message: "Member already exists" } });
    expect((await lab.call("DELETE", base, undefined, maintainer)).status).toBe(403);
    expect(await status("DELETE", base)).toMatchObject({ stranger: 404, guest: 403, owner: 202 });
  });

  test("groups give their roles on to projects", async () => {
    const group = await lab.ok<{ id: number }>("POST", "/groups", { name: "Team", path: "team" });
    const inner = await lab.ok<{ id: number; full_path: string }>("POST", "/groups", {
      name: "Inner",
      path: "inner",
      parent_id: group.id,
    });
    expect(inner.full_path).toBe("team/inner");
    const project = await lab.project("grouped", { namespace_id: inner.id });
    expect(project.path_with_namespace).toBe("team/inner/grouped");
    const user = await lab.member(project, "grouped", 0);
    expect((await lab.call("GET", `/projects/${project.id}`, undefined, user.token)).status).toBe(404);
    await lab.ok("POST", `/groups/${group.id}/members`, { user_id: user.id, access_level: 40 });
    expect((await lab.call("GET", `/projects/${project.id}/variables`, undefined, user.token)).status).toBe(
      200,
    );
    expect(await lab.ok("GET", `/projects/${project.id}/members/all/${user.id}`)).toMatchObject({
      access_level: 40,
    });
    expect((await lab.call("GET", `/projects/${project.id}/members/${user.id}`)).status).toBe(404);
    expect(await lab.ok("GET", "/namespaces/team%2Finner")).toMatchObject({ kind: "group", id: inner.id });
    expect((await lab.call("DELETE", `/groups/${group.id}`)).status).toBe(202);
    expect((await lab.call("GET", `/projects/${project.id}`)).status).toBe(404);
  });
});

describe("project access tokens", () => {
  test("are shown once, act for one project, rotate and end", async () => {
    const project = await lab.project("tokens");
    const other = await lab.project("tokens-other");
    const base = `/projects/${project.id}/access_tokens`;
    const made = await lab.ok<{ id: number; token: string; user_id: number }>("POST", base, {
      name: "access-mlserver",
      scopes: ["api"],
      access_level: 30,
      expires_at: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
    });
    expect(made.token).toMatch(/^glpat-\S{20}$/);
    const shown = await lab.ok("GET", `${base}/${made.id}`);
    expect(shown).toMatchObject({ name: "access-mlserver", access_level: 30, active: true });
    expect(shown).not.toHaveProperty("token");
    expect(await lab.ok("GET", `/projects/${project.id}/members/${made.user_id}`)).toMatchObject({
      access_level: 30,
      name: "access-mlserver",
    });
    const as = (token: string, path: string) => lab.call("GET", path, undefined, token);
    expect((await as(made.token, `/projects/${project.id}`)).status).toBe(200);
    expect((await as(made.token, `/projects/${other.id}`)).status).toBe(404);
    expect((await as(made.token, `/projects/${project.id}/variables`)).status).toBe(403);
    const next = await lab.ok<{ id: number; token: string }>("POST", `${base}/${made.id}/rotate`, {});
    expect(next).toMatchObject({ access_level: 30, name: "access-mlserver" });
    expect((await as(made.token, `/projects/${project.id}`)).status).toBe(401);
    expect((await as(next.token, `/projects/${project.id}`)).status).toBe(200);
    expect((await lab.call("DELETE", `${base}/${next.id}`)).status).toBe(204);
    expect((await as(next.token, `/projects/${project.id}`)).status).toBe(401);
    expect((await lab.call("GET", `/projects/${project.id}/members/${made.user_id}`)).status).toBe(404);
  });

  test("refuse wrong scopes, dates and levels", async () => {
    const project = await lab.project("tokens-bad");
    const base = `/projects/${project.id}/access_tokens`;
    const post = (body: object) => lab.call("POST", base, { name: "t", scopes: ["api"], ...body });
    expect(await post({ scopes: ["all"] })).toMatchObject({
      status: 400,
      body: { error: "scopes does not have a valid value" },
    });
    expect((await post({ expires_at: "2001-01-01" })).status).toBe(400);
    expect((await post({ expires_at: "2999-01-01" })).status).toBe(400);
    expect((await post({ access_level: 35 })).status).toBe(400);
    const maintainer = await lab.member(project, "maintainer", 40);
    const above = await lab.call(
      "POST",
      base,
      { name: "t", scopes: ["api"], access_level: 50 },
      maintainer.token,
    );
    expect(above.status).toBe(400);
  });
});

test("a commit has no signature", async () => {
  const project = await lab.project("unsigned");
  await seed(lab, project, { "README.md": "x" });
  const signature = (sha: string) =>
    lab.call("GET", `/projects/${project.id}/repository/commits/${sha}/signature`);
  expect(await signature("main")).toMatchObject({
    status: 404,
    body: { message: "404 Signature Not Found" },
  });
  expect(await signature("none")).toMatchObject({ status: 404, body: { message: "404 Commit Not Found" } });
});
