/**
 * Role x ref x rule, by real pushes and real pipelines, as GitLab has it:
 * https://docs.gitlab.com/user/project/repository/branches/protection_rules/
 * https://docs.gitlab.com/user/project/protected_tags/
 * https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, type Project, seed, startLab, type WorkTree } from "./harness.ts";

const ROLES = {
  none: 0,
  guest: 10,
  reporter: 20,
  developer: 30,
  maintainer: 40,
  owner: 50,
  admin: 0,
} as const;
type Role = keyof typeof ROLES;
const roles = Object.keys(ROLES) as Role[];

/** What the server says; `ok` is an accepted push. */
const SAYS = {
  ok: "",
  hidden: "could not be found or you don't have permission to view it",
  push: "You are not allowed to push code to this project.",
  tag: "You are not allowed to create this tag as it is protected.",
  oldTag: "You are not allowed to change existing tags on this project.",
  moveTag: "Protected tags cannot be updated.",
  dropTag: "You can only delete protected tags using the web interface.",
  branch: "You are not allowed to push code to protected branches on this project.",
  newBranch: "You are not allowed to create protected branches on this project.",
  mergeOnly: "You can only create protected branches using the web interface and API.",
  force: "You are not allowed to force push code to a protected branch on this project.",
  drop: "You are not allowed to delete protected branches from this project.",
  dropByWeb: "You can only delete protected branches using the web interface.",
  dropDefault: "The default branch of a project cannot be deleted.",
} as const;
type Answer = keyof typeof SAYS;

type Way = "create" | "push" | "force" | "delete";

/** Who has at least Developer, in the order of the columns; without that role every push ends the same way. */
const columns = ["developer", "maintainer", "owner", "admin"] as const;
const BELOW: [Role, Answer][] = [
  ["none", "hidden"],
  ["guest", "push"],
  ["reporter", "push"],
];

/** ref (`*` is the role), rules that cover it, way, and the answer to Developer, Maintainer, Owner, administrator. */
const TABLE: [ref: string, rules: string, way: Way, ...answers: [Answer, Answer, Answer, Answer]][] = [
  ["tags/free-*", "none", "create", "ok", "ok", "ok", "ok"],
  ["tags/free-*", "none", "force", "oldTag", "ok", "ok", "ok"],
  ["tags/free-*", "none", "delete", "oldTag", "ok", "ok", "ok"],
  ["tags/v-*", "v*: Maintainers", "create", "tag", "ok", "ok", "tag"],
  ["tags/v-*", "v*: Maintainers", "force", "oldTag", "moveTag", "moveTag", "moveTag"],
  ["tags/v-*", "v*: Maintainers", "delete", "oldTag", "dropTag", "dropTag", "dropTag"],
  ["tags/open-*", "open-*: Developers", "create", "ok", "ok", "ok", "tag"],
  ["tags/closed-*", "closed-*: No one", "create", "tag", "tag", "tag", "tag"],
  ["tags/v-both-*", "v*: Maintainers, *-both-*: Developers", "create", "ok", "ok", "ok", "tag"],
  ["heads/free-*", "none", "create", "ok", "ok", "ok", "ok"],
  ["heads/free-*", "none", "push", "ok", "ok", "ok", "ok"],
  ["heads/free-*", "none", "force", "ok", "ok", "ok", "ok"],
  ["heads/free-*", "none", "delete", "ok", "ok", "ok", "ok"],
  ["heads/main", "main: Maintainers", "push", "branch", "ok", "ok", "branch"],
  ["heads/main", "main: Maintainers", "force", "force", "force", "force", "force"],
  ["heads/main", "main: Maintainers", "delete", "dropDefault", "dropDefault", "dropDefault", "dropDefault"],
  ["heads/release/*", "release/*: Maintainers", "create", "newBranch", "ok", "ok", "newBranch"],
  ["heads/release/*", "release/*: Maintainers", "push", "branch", "ok", "ok", "branch"],
  ["heads/release/*", "release/*: Maintainers", "force", "force", "force", "force", "force"],
  ["heads/release/*", "release/*: Maintainers", "delete", "drop", "dropByWeb", "dropByWeb", "dropByWeb"],
  ["heads/team/*", "team/*: Developers", "create", "ok", "ok", "ok", "newBranch"],
  ["heads/team/*", "team/*: Developers", "push", "ok", "ok", "ok", "branch"],
  [
    "heads/review/*",
    "review/*: No one pushes, Developers merge",
    "create",
    "mergeOnly",
    "mergeOnly",
    "mergeOnly",
    "newBranch",
  ],
  [
    "heads/review/*",
    "review/*: No one pushes, Developers merge",
    "push",
    "branch",
    "branch",
    "branch",
    "branch",
  ],
  ["heads/frozen/*", "frozen/*: No one", "create", "newBranch", "newBranch", "newBranch", "newBranch"],
  ["heads/forced/*", "forced/*: Developers, force push", "force", "ok", "ok", "ok", "branch"],
  [
    "heads/team/forced-*",
    "team/*: Developers, *forced-*: No one, force push",
    "force",
    "ok",
    "ok",
    "ok",
    "branch",
  ],
];

let lab: Lab;
let project: Project;
let base: WorkTree;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  lab = await startLab();
  // In a group, where the administrator is no member: the role alone lets nobody in.
  const owner = await lab.member(await lab.project("elsewhere"), "group-owner", 40);
  const group = await lab.ok<{ id: number }>("POST", "/groups", { name: "team", path: "team" }, owner.token);
  project = await lab.ok<Project>(
    "POST",
    "/projects",
    { name: "table", namespace_id: group.id },
    owner.token,
  );
  for (const role of roles) {
    tokens.set(role, role === "admin" ? lab.service.adminToken : (await newUser(role)).token);
  }
  base = await seed(lab, { ...project, http_url_to_repo: address("owner") }, { "README.md": "hello\n" });
  const rule = (kind: string, body: object) =>
    lab.ok("POST", `/projects/${project.id}/protected_${kind}`, body, owner.token);
  for (const [name, create_access_level] of [
    ["v*", 40],
    ["open-*", 30],
    ["closed-*", 0],
    ["*-both-*", 30],
  ]) {
    await rule("tags", { name, create_access_level });
  }
  for (const [name, push_access_level, merge_access_level, allow_force_push] of [
    ["release/*", 40, 40, false],
    ["team/*", 30, 30, false],
    ["review/*", 0, 30, false],
    ["frozen/*", 0, 0, false],
    ["forced/*", 30, 30, true],
    ["*forced-*", 0, 0, true],
  ]) {
    await rule("branches", { name, push_access_level, merge_access_level, allow_force_push });
  }
}, 120_000);
afterAll(() => lab.close());

async function newUser(role: Role): Promise<{ token: string }> {
  const user = await lab.ok<{ id: number }>("POST", "/users", {
    username: `table-${role}`,
    name: role,
    email: `table-${role}@example.com`,
    force_random_password: true,
  });
  if (ROLES[role] > 0) {
    await lab.ok("POST", `/projects/${project.id}/members`, { user_id: user.id, access_level: ROLES[role] });
  }
  return lab.ok("POST", `/users/${user.id}/personal_access_tokens`, { name: "test", scopes: ["api"] });
}

/** Clone address with the token of a role. */
function address(role: Role): string {
  return project.http_url_to_repo.replace("http://", `http://x:${tokens.get(role)}@`);
}

/** Makes the ref what it has to be before a push of that kind, as an owner with the rules put aside. */
async function prepare(ref: string, way: Way): Promise<string[]> {
  const commit = async (parent: string) =>
    (
      await base.git("commit-tree", "-p", parent, "-m", `${ref} ${way} ${parent}`, "HEAD^{tree}")
    ).stdout.trim();
  const started = (await base.git("ls-remote", address("owner"), `refs/${ref}`)).stdout.split(/\s/)[0] ?? "";
  if (way === "create") return [`HEAD:refs/${ref}`];
  const at = started || (await makeRef(ref));
  // Commits of the branch may have come from another clone.
  await base.git("fetch", "--quiet", address("owner"), `refs/${ref}`);
  if (way === "delete") return [`:refs/${ref}`];
  if (way === "push") return [`${await commit(at)}:refs/${ref}`];
  return ["--force", `${await commit("HEAD")}:refs/${ref}`];
}

/** A ref that no role of the table may make is made by an owner through the API, with a rule that lets owners. */
async function makeRef(ref: string): Promise<string> {
  const [kind, ...name] = ref.split("/");
  const path = `/projects/${project.id}/repository/${kind === "tags" ? "tags" : "branches"}`;
  const key = kind === "tags" ? "tag_name" : "branch";
  const made = await lab.ok<{ commit: { id: string } }>(
    "POST",
    path,
    { [key]: name.join("/"), ref: "main" },
    tokens.get("owner"),
  );
  return made.commit.id;
}

describe("who may do what to which ref, by real pushes", () => {
  const cases = TABLE.flatMap(([pattern, rules, way, ...answers]) => [
    ...columns.map((role, index) => [role, pattern, rules, way, answers[index] ?? "ok"] as const),
    ...BELOW.map(([role, answer]) => [role, pattern, rules, way, answer] as const),
  ]);
  test.each(cases)("%s, %s (%s): %s: %s", async (role, pattern, _rules, way, answer) => {
    const ref = pattern.endsWith("*") ? pattern.replace(/\*$/, `${way}-${role}`) : pattern;
    const words = await prepare(ref, way);
    const pushed = await base.git("push", "--quiet", address(role), ...words);
    if (answer === "ok") expect(pushed).toMatchObject({ code: 0 });
    else {
      expect(pushed.code).not.toBe(0);
      expect(pushed.stderr).toContain(SAYS[answer]);
    }
  });
});

describe("which variables a pipeline sees, by its ref", () => {
  const VALUES = { OPEN: "value-open-1", PROTECTED: "value-protected-1", HIDDEN: "value-hidden-1" } as const;

  beforeAll(async () => {
    const token = tokens.get("owner");
    const add = (body: object) => lab.ok("POST", `/projects/${project.id}/variables`, body, token);
    await add({ key: "OPEN", value: VALUES.OPEN });
    await add({ key: "PROTECTED", value: VALUES.PROTECTED, protected: true, masked: true });
    await add({ key: "HIDDEN", value: VALUES.HIDDEN, protected: true, masked_and_hidden: true });
    await base.git("fetch", "--quiet", address("owner"), "main");
    await base.git("reset", "--quiet", "--hard", "FETCH_HEAD");
    await base.commit({
      ".gitlab-ci.yml": `show:\n  image: $PYTHON_IMAGE\n  script: ['echo "open=$OPEN protected=$PROTECTED hidden=$HIDDEN."']\n`,
    });
    expect((await base.git("push", "--quiet", "-o", "ci.skip", address("owner"), "HEAD:main")).code).toBe(0);
  });

  const all = "open=value-open-1 protected=[MASKED] hidden=[MASKED].";
  const open = "open=value-open-1 protected= hidden=.";
  test.each([
    ["main", "heads/main", "maintainer", all],
    ["a branch that a wildcard protects", "heads/release/ci", "maintainer", all],
    ["a branch that Developers push to", "heads/team/ci", "developer", all],
    ["a branch without a rule", "heads/topic/ci", "maintainer", open],
    ["a tag that a wildcard protects", "tags/v9", "maintainer", all],
    ["a protected tag of a Developer", "tags/open-ci", "developer", all],
    ["a tag without a rule", "tags/9", "maintainer", open],
    ["a branch with the name of a protected tag", "heads/v-branch", "developer", open],
    ["a tag with the name of a protected branch", "tags/release/x", "developer", open],
  ] as const)("%s", async (_what, ref, role, expected) => {
    await base.git("commit", "--quiet", "--allow-empty", "-m", `Run on ${ref}`);
    const pushed = await base.git("push", "--quiet", address(role), `HEAD:refs/${ref}`);
    expect(pushed).toMatchObject({ code: 0 });
    const { id } = await lab.pipeline(project, ref.replace(/^(heads|tags)\//, ""));
    const [job] = await lab.ok<{ id: number }[]>("GET", `/projects/${project.id}/pipelines/${id}/jobs`);
    const trace = (await lab.call("GET", `/projects/${project.id}/jobs/${job?.id}/trace`)).text;
    expect(trace).toContain(`\n${expected}\n`);
    for (const secret of [VALUES.PROTECTED, VALUES.HIDDEN]) expect(trace).not.toContain(secret);
  });

  test.each([
    ["none", 404, undefined],
    ["guest", 403, undefined],
    ["reporter", 403, undefined],
    ["developer", 403, undefined],
    ["maintainer", 200, VALUES.PROTECTED],
    ["owner", 200, VALUES.PROTECTED],
  ] as const)(
    "%s asks the API for them: %i; a hidden one is given to nobody",
    async (role, status, value) => {
      const get = (key: string) =>
        lab.call("GET", `/projects/${project.id}/variables/${key}`, undefined, tokens.get(role));
      const read = await get("PROTECTED");
      expect(read.status).toBe(status);
      if (value) expect(read.body).toMatchObject({ value });
      for (const { text } of [await get("HIDDEN"), await get(""), read])
        expect(text).not.toContain(VALUES.HIDDEN);
      expect((await get("HIDDEN")).body.value ?? null).toBeNull();
    },
  );
});
