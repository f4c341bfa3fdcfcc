import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, run, startLab } from "../gitlab/harness.ts";
import { goClient } from "./installed.ts";

/** What GitLab's own Go client, that of the Terraform provider, decoded of each call of `go/main.go`. */
let said: Record<string, unknown>;
let lab: Lab;
beforeAll(async () => {
  const client = join(await goClient(), "client");
  lab = await startLab();
  const env = { GITLAB_BASE_URL: lab.service.apiUrl, GITLAB_TOKEN: lab.service.adminToken };
  const ran = await run(client, [], lab.folder, env);
  // A type that the client does not expect ends it, by the call's name.
  expect(ran.stderr).toBe("");
  said = JSON.parse(ran.stdout);
}, 600_000);
afterAll(() => lab?.close());

const sha = expect.stringMatching(/^[0-9a-f]{40}$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);
const maintainers = { access_level: 40, access_level_description: "Maintainers" };

const expected: Record<string, Record<string, unknown>> = {
  "who one is": {
    user: { id: 1, username: "root", state: "active", is_admin: true, created_at: time },
    version: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    metadata: { enterprise: true, kas: { enabled: false } },
    settings: { signup_enabled: false, can_create_group: true, default_project_visibility: "private" },
    "personal_access_tokens.self": { user_id: 1, active: true, revoked: false, expires_at: null },
    personal_access_tokens: [{ name: "sandbox", scopes: expect.arrayContaining(["api"]) }],
  },
  "groups, namespaces and projects": {
    "groups.create": { full_path: "go", full_name: "Go", visibility: "private" },
    "groups.get": { name: "Go", project_creation_level: "developer", created_at: time },
    groups: [{ full_path: "go" }],
    namespaces: [
      { kind: "user", full_path: "root" },
      { kind: "group", full_path: "go" },
    ],
    "namespaces.get": { kind: "group", name: "Go", members_count_with_descendants: 1 },
    "projects.create model": {
      path_with_namespace: "go/model",
      name_with_namespace: "Go / model",
      visibility: "private",
      empty_repo: false,
      default_branch: "main",
      resource_group_default_process_mode: "unordered",
      namespace: { kind: "group", full_path: "go" },
    },
    "projects.create twice": {
      status: 400,
      message: expect.stringContaining("path: [has already been taken]"),
    },
    "projects.edit": {
      description: "a model",
      merge_method: "ff",
      resource_group_default_process_mode: "oldest_first",
    },
    "projects.get": {
      description: "a model",
      created_at: time,
      ci_default_git_depth: 20,
      permissions: { group_access: { access_level: 50 } },
    },
    projects: [{ path: "second" }],
    "groups.projects": [{ path: "third" }, { path: "second" }, { path: "model" }],
    "projects by offset": [["third", "second"], ["model"]],
    "projects by keyset": [["model", "second"], ["third"]],
    "projects.get missing": { status: 404 },
  },
  members: {
    "users.create": { username: "gopher", email: "gopher@example.com", state: "active" },
    users: [{ username: "gopher" }],
    "members.create": { username: "gopher", access_level: 30, expires_at: null },
    "members.edit": { access_level: 40, expires_at: day },
    "members.get": { access_level: 40, expires_at: day, created_at: time },
    "members.all": expect.arrayContaining([
      expect.objectContaining({ username: "root", access_level: 50 }),
      expect.objectContaining({ username: "gopher", access_level: 40 }),
    ]),
    "members.delete": 204,
    "members.get missing": { status: 404 },
    "groups.members": [{ username: "root", access_level: 50 }],
  },
  protection: {
    protected_branches: [{ name: "main", push_access_levels: [maintainers], allow_force_push: false }],
    "protected_branches.create": {
      name: "release/*",
      push_access_levels: [{ access_level: 0, access_level_description: "No one" }],
      merge_access_levels: [maintainers],
      allow_force_push: false,
    },
    "protected_branches.edit": { name: "release/*", allow_force_push: true },
    "protected_branches.get": { allow_force_push: true, code_owner_approval_required: false },
    "protected_branches.delete": 204,
    "protected_tags.create": { name: "v*", create_access_levels: [maintainers] },
    "protected_tags.get": { name: "v*", create_access_levels: [maintainers] },
    protected_tags: [{ name: "v*" }],
    "protected_tags.delete": 204,
  },
  variables: {
    "variables.create": {
      key: "KEY",
      value: "",
      protected: true,
      masked: true,
      hidden: true,
      environment_scope: "production",
      variable_type: "env_var",
    },
    "variables.get": { key: "KEY", value: "", hidden: true },
    "variables.edit": { key: "KEY", protected: false, hidden: true },
    variables: [{ key: "KEY", protected: false }],
    "variables.delete": 204,
    "variables.create short": { status: 400, message: expect.stringContaining("value") },
  },
  "project access tokens": {
    "access_tokens.create": {
      name: "robot",
      scopes: ["write_repository"],
      access_level: 40,
      active: true,
      revoked: false,
      expires_at: day,
    },
    "access_tokens.get": { name: "robot", access_level: 40, created_at: time },
    access_tokens: [{ name: "robot" }],
    "access_tokens.rotate": { name: "robot", access_level: 40, active: true, expires_at: day },
    "access_tokens.rotate is another token": true,
    "access_tokens.revoke": 204,
    "access_tokens.get revoked": { active: false, revoked: true },
  },
  "deploy keys": {
    "deploy_keys.create": { title: "writer", can_push: true, created_at: time },
    "deploy_keys.get": { fingerprint_sha256: expect.stringMatching(/^SHA256:/), can_push: true },
    "deploy_keys.edit": { title: "reader", can_push: false },
    deploy_keys: [{ title: "reader" }],
    "deploy_keys.delete": 204,
  },
  "files, commits, branches and tags": {
    "files.create": { file_path: ".gitlab-ci.yml", branch: "main" },
    "files.get": { encoding: "base64", ref: "main", blob_id: sha, commit_id: sha, last_commit_id: sha },
    "files.head": { file_path: ".gitlab-ci.yml", blob_id: sha, size: expect.any(Number) },
    "files.raw": true,
    "commits.create": {
      id: sha,
      title: "Two files",
      message: "Two files\n\nwith a reason",
      parent_ids: [sha],
      committed_date: time,
      stats: { additions: 2, deletions: 3, total: 5 },
    },
    "commits.get": { status: null, last_pipeline: null, stats: { total: 5 } },
    commits: [{ title: "Two files" }, { title: "Pipeline" }, { title: "Initial commit" }],
    tree: [
      { path: "models", type: "tree", mode: "040000" },
      { path: ".gitlab-ci.yml", type: "blob", mode: "100644" },
      { path: "README.md" },
      { path: "models/a.json", name: "a.json" },
    ],
    "branches.create": { name: "next", protected: false, default: false, commit: { id: sha } },
    "branches.get": { name: "main", protected: true, default: true, can_push: true },
    branches: [{ name: "main" }, { name: "next" }],
    "branches.delete": 204,
    "tags.create": { name: "v1.0.0", message: "First", target: sha, created_at: time },
    "tags.get": { name: "v1.0.0", commit: { title: "Two files" } },
    tags: [{ name: "v1.0.0" }],
    "tags.delete": 204,
  },
  "pipelines, jobs and deployments": {
    "pipelines.create": {
      iid: 1,
      source: "api",
      ref: "main",
      sha,
      before_sha: sha,
      user: { username: "root" },
    },
    pipelines: [{ status: "success", ref: "main", created_at: time }],
    "pipelines.latest": { status: "success", detailed_status: { group: "success" } },
    "pipelines.jobs": expect.arrayContaining([
      expect.objectContaining({ name: "build", status: "success", stage: "build" }),
      expect.objectContaining({ name: "deploy", status: "manual", allow_failure: true }),
    ]),
    "jobs.get": {
      name: "build",
      commit: { id: sha, title: "Two files", author_name: "Administrator", created_at: time },
      pipeline: { ref: "main", status: "success" },
      artifacts_file: { filename: "artifacts.zip", size: expect.any(Number) },
      runner: { is_shared: true },
      started_at: time,
      finished_at: time,
    },
    "jobs.trace": expect.stringContaining("built for Go"),
    "jobs.artifacts": { "built.txt": "built for Go\n" },
    "jobs.artifacts file": "built for Go\n",
    "jobs.play": { name: "deploy", started_at: null },
    "pipelines.get": { status: "success", started_at: time, finished_at: time },
    "jobs.retry": { name: "build", finished_at: null },
    jobs: expect.arrayContaining([expect.objectContaining({ name: "deploy", status: "success" })]),
    environments: [{ name: "production", external_url: "http://live.example.com", state: "available" }],
    "environments.get": { tier: "production", last_deployment: { status: "success", sha } },
    deployments: [{ iid: 1, status: "success", environment: { name: "production" } }],
    "deployments.get": { deployable: { name: "deploy", status: "success", commit: { id: sha } } },
    "commits.get with pipeline": { status: "success", last_pipeline: { ref: "main", source: "api" } },
    "resource_groups.edit": { key: "production", process_mode: "newest_first" },
    "resource_groups.get": { key: "production", process_mode: "newest_first", created_at: time },
    registry: [],
  },
  runners: {
    "runners.create": { id: expect.any(Number) },
    "projects.runners": [{ runner_type: "instance_type" }, { runner_type: "project_type", is_shared: false }],
    "runners.get": { description: "of the project", tag_list: ["own"], run_untagged: true, paused: false },
    "runners.edit": { paused: true },
    runners: [{ is_shared: true }, { paused: true }],
    "runners.delete": 204,
  },
  "the end of a project": {
    "projects.delete": 202,
    "projects.get deleted": {
      marked_for_deletion_on: day,
      path: expect.stringMatching(/^model-deletion_scheduled-/),
    },
    "projects.delete for good": 202,
    "projects.get removed": { status: 404 },
  },
  "variables and push rules of a group and of the instance": {
    "groups.variables.create": { key: "OF_GROUP", value: "one", protected: true },
    "groups.variables.edit": { value: "two" },
    "groups.variables.get": { value: "two", variable_type: "env_var" },
    "groups.variables": [{ key: "OF_GROUP" }],
    "groups.variables.delete": 204,
    "instance.variables.create": { key: "OF_INSTANCE", value: "one" },
    "instance.variables.edit": { value: "two" },
    "instance.variables.delete": 204,
    "groups.push_rule.create": { commit_message_regex: "^[A-Z]" },
    "groups.push_rule.edit": { commit_message_regex: ".+" },
    "groups.push_rule.delete": 204,
  },
  "users and their tokens": {
    "users.create leaver": { username: "leaver" },
    "users.get": { username: "leaver", state: "active" },
    "groups.members.create": 201,
    "groups.members.get": { username: "leaver", access_level: 30 },
    "groups.members.all": expect.arrayContaining([expect.objectContaining({ username: "leaver" })]),
    "groups.members.delete": 204,
    "personal_access_tokens.get": { name: "leaver", active: true },
    "personal_access_tokens.revoke self": 204,
    "users.delete": 204,
    "access_tokens.revoke bot": 204,
  },
  "what is left of a project": {
    "users.projects": [],
    "files.edit": { file_path: "models/a.json", branch: "main" },
    "files.delete": 204,
    "jobs.artifacts of a ref": { "built.txt": expect.any(String) },
    "jobs.artifacts file of a ref": expect.any(String),
    "pipelines.retry": { status: "success" },
    "jobs.cancel": { name: expect.any(String) },
    "pipelines.delete": 204,
    "projects.archive": { archived: true },
    "projects.unarchive": { archived: false },
  },
};

describe("the Go client decodes", () => {
  test.for(Object.entries(expected))("%s", ([, calls]) => {
    const answers = Object.fromEntries(Object.keys(calls).map((name) => [name, said[name]]));
    expect(answers).toMatchObject(calls);
  });
});

test("each call has its place in the table", () => {
  const known = Object.values(expected).flatMap((calls) => Object.keys(calls));
  const others = ["projects.create second", "projects.create third"];
  expect(Object.keys(said).filter((name) => !known.includes(name) && !others.includes(name))).toEqual([]);
});
