import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, type Project, seed, startLab, type WorkTree } from "./harness.ts";

const ROLES = { guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const;
type Role = keyof typeof ROLES;

let lab: Lab;
let project: Project;
const tokens: Partial<Record<Role, string>> = {};
const trees: Partial<Record<Role, WorkTree>> = {};
let main: WorkTree;

beforeAll(async () => {
  lab = await startLab();
  project = await lab.project("protected");
  main = await seed(lab, project, { "README.md": "hello\n" });
  for (const [name, level] of Object.entries(ROLES)) {
    const role = name as Role;
    tokens[role] = (await lab.member(project, role, level)).token;
    if (level >= ROLES.reporter) trees[role] = await lab.clone(project, tokens[role]);
  }
  const rule = (kind: string, body: object) =>
    lab.ok("POST", `/projects/${project.id}/protected_${kind}`, body);
  await rule("tags", { name: "v*", create_access_level: 40 });
  await rule("tags", { name: "closed-*", create_access_level: 0 });
  await rule("branches", { name: "frozen", push_access_level: 0, merge_access_level: 0 });
  await rule("branches", { name: "forced", push_access_level: 30, allow_force_push: true });
});
afterAll(() => lab.close());

describe("over the API", () => {
  test("tags keep to the rules that pushes keep to (access-table.test.ts)", async () => {
    const create = (role: Role, name: string) =>
      lab.call(
        "POST",
        `/projects/${project.id}/repository/tags`,
        { tag_name: name, ref: "main" },
        tokens[role],
      );
    expect((await create("reporter", "api-free")).status).toBe(403);
    expect((await create("developer", "api-free")).status).toBe(201);
    expect((await create("developer", "v-api")).status).toBe(403);
    expect((await create("maintainer", "v-api")).status).toBe(201);
    expect((await create("owner", "closed-api")).status).toBe(403);
  });
});

describe("the default branch", () => {
  test("is protected from the first push on", async () => {
    expect(await lab.ok("GET", `/projects/${project.id}/protected_branches/main`)).toMatchObject({
      push_access_levels: [{ access_level: 40, access_level_description: "Maintainers" }],
      merge_access_levels: [{ access_level: 40 }],
      allow_force_push: false,
    });
  });

  test("takes no push of a Developer, and one of a Maintainer", async () => {
    await trees.developer?.commit({ "dev.txt": "x" });
    const refused = await trees.developer?.git("push", "origin", "HEAD:main");
    expect(refused?.stderr).toContain(
      "GitLab: You are not allowed to push code to protected branches on this project.",
    );
    await trees.maintainer?.commit({ "maintainer.txt": "x" });
    expect(await trees.maintainer?.git("push", "origin", "HEAD:main")).toMatchObject({ code: 0 });
  });

  test("cannot be forced or deleted", async () => {
    await main.git("commit", "--amend", "--quiet", "-m", "Rewritten");
    const forced = await main.git("push", "--force", "origin", "main");
    expect(forced.stderr).toContain(
      "You are not allowed to force push code to a protected branch on this project.",
    );
    const deleted = await main.git("push", "origin", ":main");
    expect(deleted.stderr).toContain("The default branch of a project cannot be deleted.");
    expect((await lab.call("DELETE", `/projects/${project.id}/repository/branches/main`)).status).toBe(403);
  });
});

describe("changing what is there", () => {
  test("protected tags are neither moved nor deleted by a push", async () => {
    const tree = await lab.clone(project);
    await tree.git("push", "origin", "HEAD:refs/tags/v-fixed");
    await tree.commit({ "n.txt": "n" });
    expect((await tree.git("push", "--force", "origin", "HEAD:refs/tags/v-fixed")).stderr).toContain(
      "Protected tags cannot be updated.",
    );
    expect((await tree.git("push", "origin", ":refs/tags/v-fixed")).stderr).toContain(
      "You can only delete protected tags using the web interface.",
    );
    expect((await lab.call("DELETE", `/projects/${project.id}/repository/tags/v-fixed`)).status).toBe(204);
  });

  test("a Developer changes no tag, whatever its rule", async () => {
    await trees.developer?.git("push", "origin", "HEAD:refs/tags/movable");
    await trees.developer?.commit({ "m.txt": "m" });
    const moved = await trees.developer?.git("push", "--force", "origin", "HEAD:refs/tags/movable");
    expect(moved?.stderr).toContain("You are not allowed to change existing tags on this project.");
  });

  test("allow_force_push lets history be rewritten", async () => {
    const tree = trees.developer as WorkTree;
    expect(await tree.git("push", "origin", "HEAD:forced")).toMatchObject({ code: 0 });
    await tree.git("commit", "--amend", "--quiet", "-m", "Other");
    expect(await tree.git("push", "--force", "origin", "HEAD:forced")).toMatchObject({ code: 0 });
    await lab.ok("PATCH", `/projects/${project.id}/protected_branches/forced`, { allow_force_push: false });
    await tree.git("commit", "--amend", "--quiet", "-m", "Third");
    expect((await tree.git("push", "--force", "origin", "HEAD:forced")).code).not.toBe(0);
  });

  test("`No one` holds for owners too, until the rule changes", async () => {
    const tree = await lab.clone(project, tokens.owner);
    expect((await tree.git("push", "origin", "HEAD:frozen")).code).not.toBe(0);
    expect((await lab.call("DELETE", `/projects/${project.id}/protected_branches/frozen`)).status).toBe(204);
    expect(await tree.git("push", "origin", "HEAD:frozen")).toMatchObject({ code: 0 });
  });

  test("of several rules the most permissive counts, and one refused ref refuses the whole push", async () => {
    await lab.ok("POST", `/projects/${project.id}/protected_tags`, {
      name: "v-dev-*",
      create_access_level: 30,
    });
    const tree = trees.developer as WorkTree;
    expect(await tree.git("push", "origin", "HEAD:refs/tags/v-dev-1")).toMatchObject({ code: 0 });
    const both = await tree.git("push", "origin", "HEAD:refs/tags/free-2", "HEAD:refs/tags/v-other");
    expect(both.code).not.toBe(0);
    expect((await lab.call("GET", `/projects/${project.id}/repository/tags/free-2`)).status).toBe(404);
  });
});

describe("rules over the API", () => {
  const base = () => `/projects/${project.id}/protected_tags`;
  test("exist once, are shown in full and removed", async () => {
    expect(await lab.call("POST", base(), { name: "v*" })).toMatchObject({
      status: 409,
      body: { message: "Protected tag 'v*' already exists" },
    });
    expect(await lab.ok("GET", `${base()}/${encodeURIComponent("v*")}`)).toMatchObject({
      name: "v*",
      create_access_levels: [{ access_level: 40, access_level_description: "Maintainers" }],
    });
    expect((await lab.call("POST", base(), { name: "x", create_access_level: 35 })).status).toBe(400);
    expect((await lab.call("DELETE", `${base()}/none`)).status).toBe(404);
    expect((await lab.call("POST", base(), { name: "w*" }, tokens.developer)).status).toBe(403);
  });

  test("entries of a branch rule are changed one by one", async () => {
    const branches = `/projects/${project.id}/protected_branches`;
    type Rule = { push_access_levels: { id: number; access_level: number; user_id: number | null }[] };
    const made = await lab.ok<Rule>("POST", branches, { name: "patched" });
    const id = made.push_access_levels[0]?.id;
    const user = await lab.ok<{ id: number }>("GET", "/user");
    const patch = (entries: object[]) =>
      lab.ok<Rule>("PATCH", `${branches}/patched`, { allowed_to_push: entries });
    expect((await patch([{ user_id: user.id }])).push_access_levels).toHaveLength(2);
    expect((await patch([{ id, access_level: 30 }])).push_access_levels[0]).toMatchObject({
      id,
      access_level: 30,
    });
    expect((await patch([{ id, _destroy: true }])).push_access_levels).toMatchObject([{ user_id: user.id }]);
  });
});

test("in an empty repository only Maintainers make the default branch", async () => {
  const empty = await lab.project("empty");
  const developer = await lab.member(empty, "developer", 30);
  const tree = await lab.clone(empty, developer.token);
  await tree.git("checkout", "--quiet", "-b", "trunk");
  await tree.commit({ a: "a" });
  expect((await tree.git("push", "origin", "trunk")).stderr).toContain(
    "You are not allowed to push code to protected branches on this project.",
  );
  const maintainer = await lab.member(empty, "maintainer", 40);
  const url = empty.http_url_to_repo.replace("http://", `http://x:${maintainer.token}@`);
  expect(await tree.git("push", url, "trunk")).toMatchObject({ code: 0 });
  expect(await lab.ok("GET", `/projects/${empty.id}`)).toMatchObject({
    default_branch: "trunk",
    empty_repo: false,
  });
  expect(await lab.ok("GET", `/projects/${empty.id}/protected_branches`)).toMatchObject([{ name: "trunk" }]);
});
