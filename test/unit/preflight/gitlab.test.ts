/** Token, namespace and plan, by the shapes of GitLab's answers: well, wrong, and where GitLab does not tell. */
import { describe, expect, it } from "vitest";
import {
  type Case,
  changed,
  describeCheck,
  found,
  GROUP,
  group,
  notChecked,
  ok,
  user,
  type World,
} from "../../support/preflight.ts";
import type { Answers } from "../../support/server.ts";

const MEMBER = "GET /groups/ml/members/all/7";
const TOKEN = "GET /personal_access_tokens/self";
const NAMESPACE = "GET /namespaces/ml";
const role = (level: number): Answers => ({ [MEMBER]: [200, { access_level: level }] });
const plan = (changes: object) => changed(NAMESPACE, changes);
const day = (days: number) => new Date(Date.now() + days * 86_400_000 + 3_600_000).toISOString().slice(0, 10);
const ownNamespace: World = {
  config: { gitlabNamespace: "Ana" },
  gitlab: { "GET /namespaces/Ana": [200, { id: 9, kind: "user" }] },
};

describeCheck("access to GitLab", [
  ["that is good", {}, ok("GITLAB")],
  [
    "that GitLab refuses",
    { gitlab: { "GET /user": [401] } },
    {
      outcome: "problem",
      setting: "gitlab:token",
      found: "a token that GITLAB does not know, or that has expired",
    },
  ],
]);

describeCheck("user of the token", [
  ["a person", {}, ok("ana")],
  [
    "a bot, which can make no project access tokens",
    { gitlab: user({ username: "group_1_bot_2", bot: true }) },
    {
      outcome: "problem",
      setting: "gitlab:token",
      found: "a token of group_1_bot_2, the bot of a group or project access token",
      fix: "make a personal access token: GITLAB/-/user_settings/personal_access_tokens, then pulumi config set --secret gitlab:token",
    },
  ],
  [
    "a bot that need not make any",
    { gitlab: user({ username: "bot", bot: true }), config: { writeAccess: "token" } },
    ok("bot"),
  ],
]);

describeCheck("scopes of the token", [
  ["with api", { gitlab: { [TOKEN]: [200, { scopes: ["api", "read_user"] }] } }, ok("api, read_user")],
  [
    "without api",
    { gitlab: { [TOKEN]: [200, { scopes: ["read_api"] }] } },
    { outcome: "problem", found: "a token with scope read_api" },
  ],
  ...[401, 403, 404].map(
    (status): Case => [
      `of a kind without a record (${status})`,
      { gitlab: { [TOKEN]: [status] } },
      notChecked(
        `GitLab keeps no record that a token of this kind may read (${status}); what it lacks shows at its first use`,
      ),
    ],
  ),
]);

describeCheck("end of the token", [
  ["that has none", {}, ok("no end")],
  [
    "far away",
    { gitlab: { [TOKEN]: [200, { scopes: ["api"], expires_at: day(100) }] } },
    { outcome: "ok", found: expect.stringMatching(/^(99|100) days left, until /) },
  ],
  [
    "near",
    { gitlab: { [TOKEN]: [200, { scopes: ["api"], expires_at: day(5) }] } },
    {
      outcome: "warning",
      found: expect.stringMatching(/^[45] days left, until /),
      allowed: "more than 14 days: without this token nothing of the stack can be changed",
    },
  ],
  ["of a kind without a record", { gitlab: { [TOKEN]: [404] } }, { outcome: "not checked" }],
]);

describeCheck("namespace", [
  ["a group", {}, ok("group ml")],
  ["one's own", ownNamespace, ok("the own namespace of ana")],
  [
    "that cannot be seen",
    { gitlab: { [NAMESPACE]: [404] } },
    { outcome: "problem", setting: "mlops:gitlabNamespace", found: "ml, which ana cannot see (404)" },
  ],
  [
    "a group that was deleted",
    { gitlab: group({ marked_for_deletion_on: "2026-11-20" }) },
    {
      outcome: "problem",
      found: "group ml, which was deleted on 2026-11-20 and goes away within days",
      fix: "restore it: GITLAB/groups/ml/-/edit, or pulumi config set mlops:gitlabNamespace ana",
    },
  ],
]);

describeCheck("role in the group", [
  [
    "maintainer, who cannot remove the stack again",
    { gitlab: role(40) },
    {
      outcome: "warning",
      found: "ana, who has the role maintainer in ml",
      allowed: "owner, to remove the stack again: GitLab lets only Owners delete the projects of a group",
    },
  ],
  [
    "maintainer, of a stack that is there",
    {
      gitlab: role(40),
      machine: { owned: async () => ({ apps: [], projects: ["ml/mlserver"], released: false }) },
    },
    ok("maintainer"),
  ],
  ["owner", { gitlab: role(50) }, ok("owner")],
  ["of an administrator", { gitlab: { ...user({ is_admin: true }), [MEMBER]: [404] } }, ok("administrator")],
  ["in one's own namespace", ownNamespace, ok("owner")],
  [
    "developer, who may create projects but not protect them",
    { gitlab: role(30) },
    {
      outcome: "problem",
      setting: "mlops:gitlabNamespace",
      found: "ana, who has the role developer in ml",
      allowed: "maintainer or owner: the stack protects branches and tags and sets CI/CD variables",
      fix: "an Owner gives the role: GITLAB/groups/ml/-/group_members",
    },
  ],
  ["none", { gitlab: { [MEMBER]: [404] } }, { outcome: "problem", found: "ana, who has no role in ml" }],
  [
    "that GitLab does not tell",
    { gitlab: { [MEMBER]: [403] } },
    notChecked("GitLab answers 403 when asked for the members"),
  ],
  [
    "in a namespace that cannot be seen",
    { gitlab: { [NAMESPACE]: [404], [GROUP]: [404], [MEMBER]: [404] } },
    notChecked("the namespace cannot be seen"),
  ],
]);

describe("who may create projects, by project_creation_level and role", () => {
  // The table of GitLab's own group_policy_spec.rb.
  const table: Record<string, Record<string, boolean>> = {
    noone: { reporter: false, developer: false, maintainer: false, owner: false, admin: false },
    administrator: { reporter: false, developer: false, maintainer: false, owner: false, admin: true },
    owner: { reporter: false, developer: false, maintainer: false, owner: true, admin: true },
    maintainer: { reporter: false, developer: false, maintainer: true, owner: true, admin: true },
    developer: { reporter: false, developer: true, maintainer: true, owner: true, admin: true },
  };
  const levels: Record<string, number> = { reporter: 20, developer: 30, maintainer: 40, owner: 50 };
  const cases = Object.entries(table).flatMap(([level, roles]) =>
    Object.entries(roles).map(([who, may]) => [level, who, may] as const),
  );
  it.each(cases)("%s and %s: %s", async (level, who, may) => {
    const answers = who === "admin" ? user({ is_admin: true }) : role(levels[who] ?? 0);
    const [row] = await found("who may create projects", {
      gitlab: { ...answers, ...group({ project_creation_level: level }) },
    });
    expect(row).toMatchObject({ outcome: may ? "ok" : "problem" });
  });
});

describeCheck("who may create projects", [
  [
    "others",
    { gitlab: { ...group({ project_creation_level: "owner" }), ...role(40) } },
    {
      outcome: "problem",
      setting: "mlops:gitlabNamespace",
      found: "group ml, in which only Owners may create projects, and ana has the role maintainer",
      allowed: "a group in which the token's user may create projects",
      fix: 'an Owner changes "Roles allowed to create projects": GITLAB/groups/ml/-/edit',
    },
  ],
  [
    "nobody",
    { gitlab: group({ project_creation_level: "noone" }) },
    { outcome: "problem", found: "group ml, in which nobody may create projects" },
  ],
  [
    "nobody, and all projects are there",
    {
      gitlab: group({ project_creation_level: "noone" }),
      machine: {
        owned: async () => ({
          apps: [],
          released: false,
          projects: ["ml/mlserver", "ml/iris-decision-tree", "ml/product-classifier"],
        }),
      },
    },
    ok("the stack has all its projects"),
  ],
  [
    "a level that is new",
    { gitlab: group({ project_creation_level: "guest" }) },
    notChecked("this program does not know project_creation_level guest"),
  ],
  [
    "a group that does not tell",
    { gitlab: { [GROUP]: [403] } },
    notChecked("GitLab answers 403 when asked for the group's settings"),
  ],
  [
    "a role that is not known",
    { gitlab: { [MEMBER]: [500] } },
    notChecked("the role in the group is not known"),
  ],
  [
    "not even in one's own namespace",
    { ...ownNamespace, gitlab: { ...ownNamespace.gitlab, ...user({ can_create_project: false }) } },
    { outcome: "problem", found: "ana, who may not create projects" },
  ],
]);

describeCheck("plan and trial", [
  ["paid", {}, ok("premium")],
  ["of an instance without plans", { gitlab: plan({ plan: "default", trial: false }) }, ok("default")],
  [
    "of an instance that names none to its Owner",
    { gitlab: plan({ plan: undefined, trial: undefined }) },
    ok("this GitLab has no plans"),
  ],
  [
    "that only Owners see",
    { gitlab: { ...plan({ plan: undefined, trial: undefined }), ...role(40) } },
    notChecked(
      "GitLab tells the plan of ml to its Owners alone; on gitlab.com project access tokens need Premium",
    ),
  ],
  [
    "free, and a token of one's own",
    { gitlab: plan({ plan: "free" }), config: { writeAccess: "token" } },
    ok("free; token needs none"),
  ],
  [
    "free",
    { gitlab: plan({ plan: "free" }) },
    { outcome: "problem", found: "projectAccessToken, and the namespace is on gitlab.com's Free plan" },
  ],
  [
    "a trial with two models",
    { gitlab: plan({ plan: "ultimate_trial", trial: true }) },
    {
      outcome: "problem",
      found: "projectAccessToken for 2 models, and a trial of gitlab.com has one project access token",
    },
  ],
]);
