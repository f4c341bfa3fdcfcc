/** https://docs.gitlab.com/user/project/repository/push_rules/ and https://docs.gitlab.com/api/project_push_rules/ */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, type Project, seed, startLab } from "./harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const rules = (project: Project) => `/projects/${project.id}/push_rule`;
/** What the server says of a push of one more commit. */
async function push(project: Project, message: string, branch = "main", ...more: string[]): Promise<string> {
  const tree = await lab.clone(project);
  await tree.git("checkout", "--quiet", "-B", branch);
  await tree.commit({ [`${branch}.txt`]: message }, message);
  const { code, stderr } = await tree.git("push", "--quiet", ...more, "origin", branch);
  return code === 0 ? "" : stderr;
}

describe("a push", () => {
  test.each<[string, object, string, string]>([
    [
      "message",
      { commit_message_regex: "^[A-Z]+-\\d+ " },
      "no ticket",
      "Commit message does not follow the pattern '^[A-Z]+-\\d+ '",
    ],
    [
      "message, not",
      { commit_message_negative_regex: "(?i)wip" },
      "WIP it",
      "Commit message contains the forbidden pattern '(?i)wip'",
    ],
    [
      "author",
      { author_email_regex: "@corp\\.example$" },
      "m",
      "Committer's email 'tester@example.com' does not follow the pattern '@corp\\.example$'",
    ],
    [
      "own commits",
      { commit_committer_check: true },
      "m",
      "You cannot push commits for 'tester@example.com'",
    ],
    ["sign-off", { reject_non_dco_commits: true }, "m", "Commit message must contain a DCO signoff"],
    ["signature", { reject_unsigned_commits: true }, "m", "Commit must be signed"],
    ["member", { member_check: true }, "m", "Author 'tester@example.com' is not a member of team"],
  ])("is held to the rule on %s", async (name, rule, message, words) => {
    const project = await lab.project(`rule ${name.replace(",", "")}`);
    await seed(lab, project, { a: "a" });
    await lab.ok("POST", rules(project), rule);
    expect(await push(project, message)).toContain(`GitLab: ${words}`);
    await lab.ok("DELETE", rules(project));
    expect(await push(project, message)).toBe("");
  });

  test("keeps to the names of branches, but for the default one, and to tags that stay", async () => {
    const project = await lab.project("names");
    const tree = await seed(lab, project, { a: "a" });
    await lab.ok("POST", rules(project), { branch_name_regex: "^(feature|fix)/", deny_delete_tag: true });
    expect(await push(project, "m", "other")).toContain(
      "GitLab: Branch name 'other' does not follow the pattern '^(feature|fix)/'",
    );
    expect(await push(project, "m", "fix/one")).toBe("");
    expect(await push(project, "m")).toBe("");
    await tree.git("tag", "v1");
    await tree.git("push", "--quiet", "origin", "v1");
    expect((await tree.git("push", "--quiet", "--delete", "origin", "v1")).stderr).toContain(
      "GitLab: You cannot delete a tag",
    );
  });

  test("that keeps to the rules is taken, and so is old history", async () => {
    const project = await lab.project("kept");
    await seed(lab, project, { a: "a" });
    await lab.ok("POST", rules(project), { commit_message_regex: "^JIRA-" });
    expect(await push(project, "JIRA-1 more")).toBe("");
  });
});

test("a commit by the API is held to them too", async () => {
  const project = await lab.project("by-api", { initialize_with_readme: true });
  await lab.ok("POST", rules(project), { commit_message_regex: "^JIRA-" });
  const commit = (commit_message: string) =>
    lab.call("POST", `/projects/${project.id}/repository/commits`, {
      branch: "main",
      commit_message,
      actions: [{ action: "create", file_path: "a", content: "a" }],
    });
  expect(await commit("plain")).toMatchObject({
    status: 400,
    body: { message: "Commit message does not follow the pattern '^JIRA-'" },
  });
  expect((await commit("JIRA-1")).status).toBe(201);
});

describe("the API", () => {
  test("shows, changes and removes rules, for Maintainers", async () => {
    const project = await lab.project("shown");
    expect(await lab.call("GET", rules(project))).toMatchObject({ status: 200, text: "null" });
    expect((await lab.call("PUT", rules(project), { member_check: true })).status).toBe(404);
    await lab.ok("POST", rules(project), { member_check: true });
    expect(await lab.call("POST", rules(project), { member_check: true })).toMatchObject({ status: 422 });
    expect(await lab.ok("PUT", rules(project), { commit_message_regex: "^a" })).toMatchObject({
      project_id: project.id,
      member_check: true,
      commit_message_regex: "^a",
      author_email_regex: "",
    });
    const developer = await lab.member(project, "developer", 30);
    expect((await lab.call("GET", rules(project), undefined, developer.token)).status).toBe(403);
    expect((await lab.call("DELETE", rules(project))).status).toBe(204);
  });

  test("gives a group's rules to its new projects", async () => {
    const group = await lab.ok<{ id: number }>("POST", "/groups", { name: "Ruled", path: "ruled" });
    const path = `/groups/${group.id}/push_rule`;
    expect((await lab.call("GET", path)).status).toBe(404);
    await lab.ok("POST", path, { author_email_regex: "@corp\\.example$" });
    const inner = await lab.ok<{ id: number }>("POST", "/groups", {
      name: "I",
      path: "i",
      parent_id: group.id,
    });
    const project = await lab.project("ruled", { namespace_id: inner.id });
    expect(await lab.ok("GET", rules(project))).toMatchObject({ author_email_regex: "@corp\\.example$" });
    expect(await lab.ok("GET", `/groups/${inner.id}/push_rule`)).toMatchObject({
      author_email_regex: "@corp\\.example$",
    });
  });

  test("has none on gitlab.com's Free plan, and pretends none", async () => {
    const project = await lab.project("free");
    await lab.ok("PUT", "/application/settings", { check_namespace_plan: true });
    expect((await lab.call("GET", rules(project))).status).toBe(404);
    await lab.ok("PUT", "/application/settings", { check_namespace_plan: false });
    expect(await lab.call("POST", rules(project), { prevent_secrets: true })).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining("prevent_secrets") },
    });
  });
});
