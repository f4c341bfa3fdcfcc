import { readFile } from "node:fs/promises";
import path from "node:path";
import { secret } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, engine, SECRET_MARK, Thing, type ThingOptions } from "./engine.ts";
import { all, type Inputs, type Overrides, program } from "./gitlab-program.ts";
import { type TestSandbox, testSandbox } from "./sandbox.ts";

let sandbox: TestSandbox;
let api: TestSandbox["gitlab"];
let pulumi: Engine;
let userId: number;

beforeAll(async () => {
  sandbox = await testSandbox();
  api = sandbox.gitlab;
  pulumi = await engine(sandbox.env);
  const user = await api<{ id: number }>("POST", "/users", {
    username: "grace",
    name: "Grace",
    email: "grace@example.com",
    password: "a-long-password-7",
    skip_confirmation: true,
  });
  userId = user.id;
});
afterAll(async () => {
  await pulumi.remove();
  await sandbox.remove();
});

describe("the life of the GitLab resources", () => {
  let id: string;

  test("a preview touches nothing", async () => {
    const { steps } = await pulumi.preview(program(userId));
    expect(steps).toEqual(all("create"));
    expect(await api("GET", "/projects")).toEqual([]);
  });

  test("create: the API has them, ids are those of the official provider, secrets are encrypted", async () => {
    const { steps, outputs, log } = await pulumi.up(program(userId));
    expect(steps).toEqual(all("create"));
    id = String(outputs.id);
    expect(outputs).toMatchObject({
      path: "root/mlserver",
      url: expect.stringMatching(/root\/mlserver\.git$/),
    });
    expect(outputs.token).toMatch(/^glpat-/);

    const state = await pulumi.state();
    expect(state.resource("project").id).toBe(id);
    expect(state.resource("variable").id).toBe(`${id}:API_KEY:*`);
    expect(state.resource("tag").id).toBe(`${id}:v*`);
    expect(state.resource("branch").id).toBe(`${id}:main`);
    expect(state.resource("token").id).toMatch(new RegExp(`^${id}:\\d+$`));
    expect(state.resource("token").outputs.token).toHaveProperty(SECRET_MARK);
    expect(state.resource("runner").outputs.token).toHaveProperty(SECRET_MARK);
    expect(state.resource("project").outputs.runnersToken).toHaveProperty(SECRET_MARK);
    for (const plain of ["value-4711-plain", String(outputs.token)]) {
      expect(state.text).not.toContain(plain);
      expect(log).not.toContain(plain);
    }

    expect(await api("GET", `/projects/${id}`)).toMatchObject({
      description: "serves models",
      visibility: "private",
    });
    expect(await api("GET", `/projects/${id}/variables/API_KEY`)).toMatchObject({
      value: "value-4711-plain",
      masked: true,
      protected: true,
      environment_scope: "*",
    });
    const rules = await api<Array<Record<string, unknown>>>("GET", `/projects/${id}/protected_tags`);
    expect(rules).toMatchObject([{ name: "v*", create_access_levels: [{ access_level: 40 }] }]);
    expect(await api("GET", `/projects/${id}/protected_branches/main`)).toMatchObject({
      push_access_levels: [{ access_level: 40 }],
      merge_access_levels: [{ access_level: 30 }],
    });
  });

  test("a second up has nothing to do", async () => {
    expect((await pulumi.up(program(userId))).steps).toEqual(all("same"));
  });

  test("changes that the API can make are updates; a changed token is a rotated one", async () => {
    const before = (await pulumi.stack.outputs()).token?.value;
    const changes: Overrides = {
      project: { description: "serves more", topics: ["api", "ml"] },
      variable: { value: secret("value-4712-plain"), description: "for the app" },
      branch: {
        allowForcePush: true,
        allowedToMerges: [{ accessLevel: "maintainer" }, { userId }],
      },
      token: { rotationConfiguration: { expirationDays: 60, rotateBeforeDays: 7 } },
      member: { accessLevel: "maintainer" },
      runner: { description: "of this machine", tagLists: ["linux", "docker"] },
    };
    const { steps, diffs, outputs } = await pulumi.up(program(userId, changes));
    expect(steps).toEqual(all("update", { tag: "same", key: "same" }));
    expect(diffs).toMatchObject({
      project: ["description"],
      branch: ["allowForcePush", "allowedToMerges"],
      token: ["rotationConfiguration.expirationDays"],
      runner: ["description"],
    });
    expect(outputs.token).toMatch(/^glpat-/);
    expect(outputs.token).not.toBe(before);
    expect(await api("GET", `/projects/${id}`)).toMatchObject({ description: "serves more" });
    expect(await api("GET", `/projects/${id}/variables/API_KEY`)).toMatchObject({
      value: "value-4712-plain",
    });
    expect(await api("GET", `/projects/${id}/protected_branches/main`)).toMatchObject({
      allow_force_push: true,
      push_access_levels: [{ access_level: 40 }],
      merge_access_levels: [{ user_id: null }, { user_id: userId }],
    });
    expect(await api("GET", `/projects/${id}/members/${userId}`)).toMatchObject({ access_level: 40 });
    // The old token has ended, the new one works.
    const call = (token: unknown) =>
      fetch(`${sandbox.env.GITLAB_BASE_URL}/projects/${id}/repository/branches`, {
        headers: { "private-token": String(token) },
      });
    expect((await call(before)).status).toBe(401);
    expect((await pulumi.up(program(userId, changes))).steps).toEqual(all("same"));
  });

  test("changes that the API cannot make are replacements", async () => {
    const { steps } = await pulumi.up(
      program(userId, {
        variable: { hidden: true },
        tag: { createAccessLevel: "developer" },
        branch: { branch: "release/*" },
        token: { scopes: ["read_repository"] },
        key: { title: "another reader" },
      }),
    );
    expect(steps).toMatchObject({
      variable: "replace",
      tag: "replace",
      branch: "replace",
      token: "replace",
      key: "replace",
    });
    expect(await api("GET", `/projects/${id}/protected_tags/v*`)).toMatchObject({
      create_access_levels: [{ access_level: 30 }],
    });
    const branches = await api<Array<{ name: string }>>("GET", `/projects/${id}/protected_branches`);
    expect(branches.map(({ name }) => name)).toEqual(["release/*"]);
    expect(await api<unknown[]>("GET", `/projects/${id}/deploy_keys`)).toHaveLength(1);
    await pulumi.up(program(userId));
  });

  test("a refresh sees outside changes and the next up takes them back", async () => {
    await api("PUT", `/projects/${id}`, { description: "changed by hand" });
    await api("DELETE", `/projects/${id}/variables/API_KEY`);
    await api("DELETE", `/projects/${id}/protected_tags/v*`);
    await api("POST", `/projects/${id}/protected_tags`, { name: "v*", create_access_level: 30 });
    await api("PUT", `/projects/${id}/members/${userId}`, { access_level: 20 });

    const { steps } = await pulumi.refresh();
    expect(steps).toMatchObject({ variable: "delete" });
    expect((await pulumi.state()).resource("project").inputs.description).toBe("changed by hand");

    const repaired = await pulumi.up(program(userId));
    expect(repaired.steps).toEqual(
      all("same", { project: "update", variable: "create", tag: "replace", member: "update" }),
    );
    expect(await api("GET", `/projects/${id}`)).toMatchObject({ description: "serves models" });
    expect(await api("GET", `/projects/${id}/protected_tags/v*`)).toMatchObject({
      create_access_levels: [{ access_level: 40 }],
    });
  });

  test("a saved plan of a change holds when it is carried out", async () => {
    const changed = program(userId, {
      project: { description: "planned" },
      tag: { createAccessLevel: "no one" },
    });
    const plan = path.join(pulumi.folder, "plan.json");
    pulumi.stack.workspace.envVars.PULUMI_EXPERIMENTAL = "true";
    await pulumi.stack.preview({ program: changed, plan });
    expect(await readFile(plan, "utf8")).not.toContain("value-4711-plain");
    await pulumi.stack.up({ program: changed, plan });
    expect(await api("GET", `/projects/${id}`)).toMatchObject({ description: "planned" });
    await pulumi.stack.preview({ program: program(userId), plan });
    const stricter = program(userId, { tag: { createAccessLevel: "developer" } });
    await expect(pulumi.stack.up({ program: stricter, plan })).rejects.toThrow(/violates plan/);
    await pulumi.up(program(userId));
  });

  test("what exists can be imported by its id", async () => {
    const other = await engine(sandbox.env);
    try {
      const kept: ThingOptions = { retainOnDelete: true };
      const { steps } = await other.up(async () => {
        const take = (type: string, name: string, importId: string, inputs: Inputs) =>
          new Thing(`gitlab:index/${type}`, name, inputs, { ...kept, import: importId });
        take("project:Project", "project", id, {
          name: "mlserver",
          description: "serves models",
          visibilityLevel: "private",
          topics: ["ml", "api"],
        });
        take("projectVariable:ProjectVariable", "variable", `${id}:API_KEY:*`, {
          project: id,
          key: "API_KEY",
          value: "value-4711-plain",
          masked: true,
          protected: true,
        });
        take("tagProtection:TagProtection", "tag", `${id}:v*`, { project: id, tag: "v*" });
        take("branchProtection:BranchProtection", "branch", `${id}:main`, {
          project: id,
          branch: "main",
          allowedToPushes: [{ accessLevel: "maintainer" }],
          allowedToMerges: [{ accessLevel: "developer" }],
          allowedToUnprotects: [{ accessLevel: "maintainer" }],
        });
        take("projectMembership:ProjectMembership", "member", `${id}:${userId}`, {
          project: id,
          userId,
          accessLevel: "developer",
        });
      });
      expect(steps).toEqual({
        project: "import",
        variable: "import",
        tag: "import",
        branch: "import",
        member: "import",
      });
    } finally {
      await other.remove();
    }
  });

  test("destroy leaves nothing", async () => {
    await pulumi.destroy();
    expect(await api("GET", "/projects?active=true")).toEqual([]);
  });
});

describe("a project that is destroyed", () => {
  const projects = (query: string) =>
    api<{ id: number; path_with_namespace: string }[]>("GET", `/projects?search=throwaway&${query}`);
  const up = (inputs: Inputs) =>
    pulumi.up(async () => {
      new Thing("gitlab:index/project:Project", "throwaway", { name: "throwaway", ...inputs });
    });

  test("waits under another name, so that the same stack comes up again at once", async () => {
    await up({});
    await pulumi.destroy();
    const [waiting] = await projects("active=false");
    expect(waiting?.path_with_namespace).toBe(`root/throwaway-deletion_scheduled-${waiting?.id}`);
    await up({});
    expect(await projects("active=true")).toMatchObject([{ path_with_namespace: "root/throwaway" }]);
    await pulumi.destroy();
  });

  test("is gone at once where the program wants so", async () => {
    const before = await projects("");
    await up({ permanentlyDeleteOnDestroy: true });
    await pulumi.destroy();
    expect((await projects("")).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  test("that somebody marked for deletion is made anew", async () => {
    await up({});
    const [made] = await projects("active=true");
    await api("DELETE", `/projects/${made?.id}`);
    await pulumi.refresh();
    await up({});
    const [again] = await projects("active=true");
    expect(again?.id).not.toBe(made?.id);
    await pulumi.destroy();
  });
});

describe("what GitLab refuses", () => {
  test("is told in its own words", async () => {
    const { outputs } = await pulumi.up(async () => {
      const project = new Thing("gitlab:index/project:Project", "project", { name: "first" });
      return { id: project.id };
    });
    const project = String(outputs.id);
    const attempt = (type: string, inputs: Inputs) =>
      pulumi.up(async () => {
        new Thing("gitlab:index/project:Project", "project", { name: "first" });
        new Thing(`gitlab:index/${type}`, "refused", inputs);
      });
    await expect(attempt("project:Project", { name: "first" })).rejects.toThrow(
      /POST http:\/\/127\.0\.0\.1:\d+\/api\/v4\/projects: 400 \{message: .*has already been taken/,
    );
    await expect(
      attempt("projectVariable:ProjectVariable", { project, key: "A", value: "short", masked: true }),
    ).rejects.toThrow(/Invalid value for a masked variable.*400 \{message: \{value: \[is invalid\]\}\}/);
    await expect(
      attempt("branchProtection:BranchProtection", { project: "9999", branch: "main" }),
    ).rejects.toThrow(/404 \{message: 404 Project Not Found\}/);
  });

  test("wrong inputs are named before anything is created", async () => {
    await expect(
      pulumi.preview(async () => {
        new Thing("gitlab:index/projectVariable:ProjectVariable", "a", {
          project: "1",
          key: "NO-DASH",
          value: "v",
        });
        new Thing("gitlab:index/tagProtection:TagProtection", "b", {
          project: "1",
          tag: "v*",
          createAccessLevel: "boss",
        });
        new Thing("gitlab:index/projectAccessToken:ProjectAccessToken", "c", {
          project: "1",
          scopes: ["write_repo"],
        });
        new Thing("gitlab:index/projectMembership:ProjectMembership", "d", {
          project: "1",
          accessLevel: "developer",
        });
      }),
    ).rejects.toThrow(
      /only A-Z, a-z, 0-9, and _ are allowed|must be one of|The argument "userId" is required/,
    );
  });
});
