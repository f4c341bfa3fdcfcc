/** What drift tells of what is connected to the stack's projects, and around them. */
import { describe, expect, it } from "vitest";
import type { Step } from "../../lib/pulumi/preview.ts";
import { found, kept, level, list, nothing, project, tagRule, urn } from "../support/drift.ts";
import type { Answers } from "../support/server.ts";

describe("what is connected to a project", () => {
  const at = "2026-11-29T10:08:12.345Z";
  const host = "eve.example";
  it.each<[string, object, string, string]>([
    [
      "hooks",
      {
        id: 7,
        url: `https://x:canary@${host}/?token=canary`,
        enable_ssl_verification: false,
        created_at: at,
      },
      "webhook 7 (eve.example): tells eve.example what happens in the project, whoever answers there (TLS is not checked)",
      "/projects/3/hooks/7",
    ],
    [
      "pipeline_schedules",
      {
        id: 7,
        description: "nightly",
        ref: "refs/heads/main",
        cron: "0 1 * * *",
        active: true,
        created_at: at,
      },
      "pipeline schedule 7 (nightly): runs the pipeline of main at 0 1 * * *",
      "/projects/3/pipeline_schedules/7",
    ],
    [
      "triggers",
      { id: 7, description: "by hand", token: "canary", created_at: at, owner: { username: "eve" } },
      "trigger token 7 (by hand): whoever has it starts pipelines with variables of their own",
      "/projects/3/triggers/7",
    ],
    [
      "deploy_tokens",
      {
        id: 7,
        name: "by hand",
        scopes: ["read_repository"],
        expires_at: null,
        revoked: false,
        expired: false,
      },
      "deploy token 7 (by hand): opens it with read_repository, without an end",
      "/projects/3/deploy_tokens/7",
    ],
    [
      "remote_mirrors",
      { id: 7, url: `https://*****:*****@${host}/x.git`, enabled: true },
      "push mirror 7 (eve.example): sends the repository to eve.example",
      "/projects/3/remote_mirrors/7",
    ],
    [
      "integrations",
      { id: 7, slug: "slack", title: "Slack notifications", active: true, created_at: at },
      "integration Slack notifications: tells Slack notifications what happens in the project",
      "/projects/3/integrations/slack",
    ],
    [
      "job_token_scope/allowlist",
      { id: 9, name: "x", path_with_namespace: "eve/x" },
      "allowed project eve/x: its jobs reach this project by their tokens, as those who started them",
      "/projects/3/job_token_scope/allowlist/9",
    ],
    [
      "members",
      { id: 9, username: "eve", access_level: 40, created_at: at, created_by: { username: "mallory" } },
      "member eve: is maintainer: may change rules, variables and credentials",
      "/projects/3/members/9",
    ],
    [
      "variables",
      { key: "HEROKU_API_URL", environment_scope: "production", protected: true },
      "variable HEROKU_API_URL (production): is seen by pipelines of protected refs",
      "/projects/3/variables/HEROKU_API_URL?filter[environment_scope]=production",
    ],
    [
      "runners",
      { id: 7, description: "eve's", runner_type: "instance_type", created_at: at },
      "runner eve's: is newer than the project and runs its jobs, with their credentials",
      "/runners/7",
    ],
  ])("is told: %s", async (name, item, words, path) => {
    const { unmanaged, notes } = await found({
      ...list(name, 200, [item]),
      "GET /projects/3": [200, { created_at: "2026-11-28T00:00:00Z" }],
    });
    expect(notes).toEqual([]);
    expect(unmanaged.map((one) => `${one.noun} ${one.name}: ${one.effect}`)).toEqual([words]);
    expect(unmanaged[0]?.undo).toEqual({ service: "gitlab", method: "DELETE", path });
    if (JSON.stringify(item).includes(at)) expect(unmanaged[0]?.since).toContain("2026-11-29 10:08 UTC");
    expect(JSON.stringify(unmanaged)).not.toContain("canary");
  });

  it.each<[string, Answers]>([
    ["the namespace's own user", { ...list("members", 200, [{ id: 4, username: "ana", access_level: 50 }]) }],
    ["the stack's account", list("members", 200, [{ id: 1, username: "root", access_level: 50 }])],
    ["a token's bot", list("members", 200, [{ id: 5, username: "project_3_bot_ab12", access_level: 40 }])],
    [
      "a runner of the instance that was there before",
      list("runners", 200, [
        { id: 7, description: "", runner_type: "instance_type", created_at: "2026-01-01T00:00:00Z" },
      ]),
    ],
  ])("is not told of %s", async (_what, answers) => {
    const detail = { created_at: "2026-11-28T00:00:00Z", owner: { id: 4 } };
    const { unmanaged } = await found({ ...answers, "GET /projects/3": [200, detail] });
    expect(unmanaged).toEqual([]);
  });

  it("is told where job tokens of every project reach it, and where it is shared with a group", async () => {
    const share = { group_id: 8, group_full_path: "eve/all", group_access_level: 30 };
    const { unmanaged } = await found({
      "GET /projects/3": [200, { shared_with_groups: [share] }],
      "GET /projects/3/job_token_scope": [200, { inbound_enabled: false }],
    });
    expect(unmanaged.map(({ noun, name, undo }) => [noun, name, undo?.path])).toEqual([
      ["invited group", "eve/all", "/projects/3/share/8"],
      ["setting", '"job token permissions"', "/projects/3/job_token_scope"],
    ]);
  });
});

describe("what is around the projects", () => {
  it("is told once for each group above them, and of the instance", async () => {
    const inGroup = (id: string): Step => ({
      ...kept("gitlab:index/project:Project", id, { pathWithNamespace: `a/b/${id}` }, { namespaceId: 12 }),
      urn: `${urn("gitlab:index/project:Project")}-${id}`,
    });
    const second = Object.fromEntries(
      Object.entries(nothing).map(([key, answer]) => [key.replace("/projects/3", "/projects/4"), answer]),
    );
    const group = (id: number, path: string, parent: number | null) =>
      ({
        [`GET /groups/${id}`]: [
          200,
          { id, full_path: path, parent_id: parent, web_url: "https://gitlab.example/g" },
        ],
        ...Object.fromEntries(
          ["members", "variables", "deploy_tokens"].map((name) => [
            `GET /groups/${id}/${name}?per_page=100&page=1`,
            [200, []],
          ]),
        ),
        [`GET /groups/${id}/hooks?per_page=100&page=1`]: [403, {}],
      }) as Answers;
    const { unmanaged, notes } = await found(
      {
        ...second,
        "GET /namespaces/12": [200, { kind: "group" }],
        ...group(12, "a/b", 11),
        ...group(11, "a", null),
        "GET /groups/11/members?per_page=100&page=1": [200, [{ id: 9, username: "eve", access_level: 30 }]],
        "GET /groups/12/variables?per_page=100&page=1": [
          200,
          [{ key: "PIP_INDEX_URL", environment_scope: "*", protected: false }],
        ],
        "GET /admin/ci/variables?per_page=100&page=1": [200, [{ key: "DOCKER_CLI_IMAGE", protected: true }]],
      },
      [inGroup("3"), inGroup("4")],
    );
    expect(unmanaged.map((one) => `${one.noun} ${one.name} of ${one.owner}`).sort()).toEqual([
      "member eve of a",
      "variable DOCKER_CLI_IMAGE of the instance",
      "variable PIP_INDEX_URL of a/b",
    ]);
    expect(unmanaged.every(({ isAround }) => isAround)).toBe(true);
    expect(notes).toEqual([
      "not checked: webhooks of a (GitLab answered 403 when asked for /groups/11/hooks)",
      "not checked: webhooks of a/b (GitLab answered 403 when asked for /groups/12/hooks)",
    ]);
  });
});

describe("a rule's drift", () => {
  it("does not hide another rule behind it: the baseline is what the stack wants", async () => {
    const drifted: Step = {
      ...tagRule,
      op: "update",
      newState: {
        id: "3:v*",
        inputs: { project: "3", tag: "v*", createAccessLevel: "developer" },
        outputs: {},
      },
    };
    const rules = [{ name: "rc-*", create_access_levels: [level(30, "Developers + Maintainers")] }];
    const { unmanaged } = await found(list("protected_tags", 200, rules), [project, drifted]);
    expect(unmanaged.map(({ name }) => name)).toEqual(["rc-*"]);
  });
});
