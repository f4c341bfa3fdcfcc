import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, run, startLab } from "../gitlab/harness.ts";
import { pythonClients } from "./installed.ts";

/** What python-gitlab decoded of each call of `python/python_gitlab.py`. */
let said: Record<string, unknown>;
let lab: Lab;
beforeAll(async () => {
  const python = join(await pythonClients(), "bin/python");
  lab = await startLab();
  const program = join(import.meta.dirname, "python/python_gitlab.py");
  const env = { GITLAB_URL: lab.service.url, GITLAB_TOKEN: lab.service.adminToken, PYTHONWARNINGS: "error" };
  const ran = await run(python, [program], lab.folder, env);
  expect(ran.stderr).toBe("");
  said = JSON.parse(ran.stdout);
}, 300_000);
afterAll(() => lab?.close());

const sha = expect.stringMatching(/^[0-9a-f]{40}$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$/);
const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);

const expected: Record<string, Record<string, unknown>> = {
  "who one is": {
    user: { username: "root", is_admin: true, created_at: time },
    version: [expect.stringMatching(/^\d+\.\d+\.\d+/), "sandbox"],
    settings: { require_two_factor_authentication: false, ed25519_key_restriction: 0 },
    "personal_access_tokens.self": { name: "sandbox", active: true },
    personal_access_tokens: [{ name: "sandbox" }],
  },
  "groups and projects": {
    "groups.create": { full_path: "snakes", parent_id: null },
    "groups.create below": { full_path: "snakes/small", full_name: "Snakes / Small" },
    "groups.subgroups": [{ full_path: "snakes/small" }],
    "groups top": ["snakes"],
    "namespaces.get": { kind: "group", full_path: "snakes/small", parent_id: expect.any(Number) },
    "projects.create model": { empty_repo: true, visibility: "private" },
    "projects.get": {
      path_with_namespace: "snakes/small/model",
      name_with_namespace: "Snakes / Small / model",
      ci_config_path: "",
      created_at: time,
    },
    "projects.save": { description: "a model", merge_method: "ff" },
    "projects search": [{ path: "model" }],
    "projects by keyset": ["model", "second", "third"],
    "projects by offset": ["third", "second", "model"],
    "projects pages": [3, 2, 2],
    "groups.projects": ["third", "second", "model"],
    "projects.get missing": {
      status: 404,
      message: "404 Project Not Found",
      kind: "GitlabGetError",
    },
    "projects.create twice": {
      status: 400,
      message: expect.objectContaining({ path: ["has already been taken"] }),
      kind: "GitlabCreateError",
    },
  },
  "members and variables": {
    "users.create": { username: "adder", state: "active" },
    "members.create": { username: "adder", access_level: 30 },
    "members.get": { access_level: 40, expires_at: null },
    "members.all": expect.arrayContaining([expect.objectContaining({ username: "root", access_level: 50 })]),
    "members.get missing": { status: 404 },
    "variables.create": { key: "KEY", value: "value-long-1", environment_scope: "*" },
    "variables.get": { value: "value-long-2", masked: true, protected: true, raw: false },
    variables: [],
  },
  "tokens and keys": {
    "access_tokens.create has a token": true,
    "access_tokens.get": { name: "robot", access_level: 20, expires_at: day, scopes: ["read_repository"] },
    "access_tokens.rotate is another token": true,
    "access_tokens names": ["robot"],
    "keys.create": { title: "reader", can_push: false },
    keys: [],
  },
  repository: {
    "files.get": { same: true, ref: "main", size: expect.any(Number) },
    "commits.create": { title: "A file", stats: { additions: 1, deletions: 0, total: 1 } },
    "commits.get": { id: sha, committed_date: time, authored_date: time, status: null },
    commits: [{ title: "A file" }, { title: "Pipeline" }],
    tree: ["models", ".gitlab-ci.yml", "models/a.json"],
    "branches.get": { default: true, protected: true, commit: { committed_date: time } },
    protectedbranches: [{ name: "main", push_access_levels: [{ access_level: 40 }] }],
    "protectedtags.create": { name: "v*", create_access_levels: [{ access_level: 40 }] },
    "tags.create": { name: "v1.0.0", message: "First", created_at: time },
    "tags.get": { target: sha, commit: { title: "A file" }, protected: true },
  },
  "pipelines and what they leave": {
    "pipelines.get": { status: "success", source: "api", finished_at: time, coverage: null },
    "pipelines.jobs": [{ name: "build", status: "success" }],
    "jobs.get": {
      commit: { title: "A file", author_email: "admin@example.com" },
      artifacts_file: { filename: "artifacts.zip" },
      duration: expect.any(Number),
    },
    "jobs.trace": expect.stringContaining("$ echo built"),
    "jobs.artifacts": { "built.txt": "built\n" },
    "jobs.artifact": "built\n",
    environments: [{ name: "production", state: "available" }],
    deployments: [{ status: "success", deployable: { name: "build" } }],
    runners: [{ is_shared: true, status: "online" }],
    registry: [],
    hooks: [],
    mergerequests: [],
    "projects.get deleted": { marked_for_deletion_on: day },
  },
};

describe("python-gitlab decodes", () => {
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
