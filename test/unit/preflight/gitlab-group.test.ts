/** What GitLab's group allows, by the shapes of GitLab's answers: well, wrong, and where GitLab does not tell. */
import { describeCheck, GROUP, group, notChecked, ok, user, type World } from "../../support/preflight.ts";

describeCheck("visibility of the group", [
  ["the same", {}, ok("private, in a private group")],
  [
    "narrower than the projects'",
    { config: { visibility: "public" }, gitlab: group({ visibility: "internal" }) },
    {
      outcome: "problem",
      setting: "mlops:visibility",
      found: "public, and group ml is internal",
      allowed: "private or internal: a project is never more visible than its group",
      fix: "pulumi config set mlops:visibility internal, or an Owner changes the group: GITLAB/groups/ml/-/edit",
    },
  ],
  ["not told", { gitlab: { [GROUP]: [403] } }, { outcome: "not checked" }],
]);

describeCheck("restricted visibility levels", [
  [
    "which others than administrators cannot read",
    {},
    notChecked("only administrators may read which levels an administrator has restricted"),
  ],
  [
    "none",
    {
      gitlab: {
        ...user({ is_admin: true }),
        "GET /application/settings": [200, { restricted_visibility_levels: [] }],
      },
    },
    ok("none"),
  ],
  [
    "the projects', which do not bind the administrator who asks",
    {
      gitlab: {
        ...user({ is_admin: true }),
        "GET /application/settings": [200, { restricted_visibility_levels: ["private"] }],
      },
    },
    ok("private, which do not bind an administrator like ana"),
  ],
]);

describeCheck("shared runners in the group", [
  ["on", {}, ok("enabled")],
  [
    "off, but a project may switch them on",
    { gitlab: group({ shared_runners_setting: "disabled_and_overridable" }) },
    ok("disabled_and_overridable"),
  ],
  [
    "off for good",
    { gitlab: group({ shared_runners_setting: "disabled_and_unoverridable" }) },
    {
      outcome: "problem",
      setting: "mlops:runner",
      found: "shared, and group ml has switched shared runners off for all its projects",
      fix: 'pulumi config set mlops:runner project, or an Owner changes "Instance runners": GITLAB/groups/ml/-/settings/ci_cd',
    },
  ],
  [
    "off, and the projects have their own",
    {
      config: { runner: "project" },
      gitlab: group({ shared_runners_setting: "disabled_and_unoverridable" }),
    },
    ok("runner project needs none"),
  ],
  ["not told", { gitlab: { [GROUP]: [404] } }, { outcome: "not checked" }],
]);

const PUSH_RULE = "GET /groups/ml/push_rule";
const rules = (changes: object): World => ({
  gitlab: {
    [PUSH_RULE]: [
      200,
      {
        commit_message_regex: "",
        commit_message_negative_regex: null,
        author_email_regex: "",
        file_name_regex: "",
        commit_committer_check: null,
        commit_committer_name_check: false,
        reject_unsigned_commits: null,
        reject_non_dco_commits: null,
        ...changes,
      },
    ],
  },
});
const refusing = (rule: string) => ({
  outcome: "problem",
  found: `push rules of ml that refuse the stack's commits: ${rule}`,
  fix: "an Owner changes them: GITLAB/groups/ml/-/settings/repository, or take another mlops:gitlabNamespace",
});

describeCheck("push rules", [
  ["none", {}, ok("none")],
  ["none in an answer of null", { gitlab: { [PUSH_RULE]: [200, null] } }, ok("none")],
  [
    "of the Community Edition",
    { gitlab: { "GET /metadata": [200, { enterprise: false }] } },
    ok("the Community Edition has none"),
  ],
  ["that let all pass", rules({}), ok("those of ml, which let the stack's commits pass")],
  [
    "that the stack keeps",
    rules({ commit_message_regex: "^(Start|Release)", author_email_regex: "@dev\\.example\\.com$" }),
    ok("those of ml, which let the stack's commits pass"),
  ],
  [
    "for messages",
    rules({ commit_message_regex: "^[A-Z]+-\\d+" }),
    refusing("commit_message_regex ^[A-Z]+-\\d+"),
  ],
  [
    "against messages",
    rules({ commit_message_negative_regex: "template" }),
    refusing("commit_message_negative_regex template"),
  ],
  ["for authors", rules({ author_email_regex: "@corp$" }), refusing("author_email_regex @corp$")],
  ["against files", rules({ file_name_regex: "\\.joblib$" }), refusing("file_name_regex \\.joblib$")],
  [
    "that want signatures of all kinds",
    rules({ reject_unsigned_commits: true, reject_non_dco_commits: true }),
    refusing("reject_unsigned_commits and reject_non_dco_commits"),
  ],
  [
    "that want one's own address, which a project access token's bot has not",
    rules({ commit_committer_check: true }),
    refusing("commit_committer_check"),
  ],
  [
    "that want one's own address, with a token of one's own",
    { ...rules({ commit_committer_check: true }), config: { writeAccess: "token" } },
    { outcome: "ok" },
  ],
  [
    "in a dialect of their own",
    rules({ author_email_regex: "(?P<a>x)" }),
    notChecked("this program cannot read author_email_regex of ml: GITLAB/groups/ml/-/settings/repository"),
  ],
  [
    "that only Owners may read",
    { gitlab: { [PUSH_RULE]: [403] } },
    notChecked(
      "GitLab shows the push rules of ml to its Owners alone; they are at GITLAB/groups/ml/-/settings/repository",
    ),
  ],
  [
    "that GitLab does not tell",
    { gitlab: { [PUSH_RULE]: [500] } },
    notChecked(
      "GitLab answers 500 when asked for the push rules of ml; they are at GITLAB/groups/ml/-/settings/repository",
    ),
  ],
  [
    "of a group further up",
    {
      config: { gitlabNamespace: "ml/team" },
      gitlab: {
        "GET /namespaces/ml%2Fteam": [200, { id: 43 }],
        "GET /groups/ml%2Fteam/push_rule": [404],
        [PUSH_RULE]: [200, { reject_unsigned_commits: true }],
      },
    },
    refusing("reject_unsigned_commits"),
  ],
]);

const SERVER = "GET /projects/ml%2Fmlserver";
const ofTheStack = { owned: async () => ({ apps: [], projects: ["ml/mlserver"], released: false }) };
describeCheck("names of the projects", [
  ["free", {}, ok("3 free")],
  [
    "of the stack",
    { gitlab: { [SERVER]: [200, { id: 1 }] }, machine: ofTheStack },
    ok("1 of the stack, 2 free"),
  ],
  [
    "taken",
    { gitlab: { [SERVER]: [200, { id: 1, marked_for_deletion_on: null }] } },
    { outcome: "problem", setting: "mlops:serverProjectName" },
  ],
  [
    "kept by a deleted project",
    { gitlab: { [SERVER]: [200, { id: 1, marked_for_deletion_on: "2026-11-20" }] } },
    {
      outcome: "problem",
      setting: "mlops:serverProjectName",
      found:
        '"mlserver", and project ml/mlserver was deleted on 2026-11-20 and keeps its name until GitLab removes it',
      allowed: "the name of no project, not even of a deleted one",
      fix: 'delete it at once, under "Advanced": GITLAB/ml/mlserver/edit, or pulumi config set mlops:serverProjectName mlserver-2',
    },
  ],
  [
    "of a project of the stack that somebody deleted",
    {
      gitlab: { [SERVER]: [200, { id: 1, marked_for_deletion_at: "2026-11-20" }] },
      machine: ofTheStack,
    },
    {
      outcome: "problem",
      allowed: "a project that stays",
      fix: 'restore it, under "Advanced": GITLAB/ml/mlserver/edit',
    },
  ],
  [
    "of which one is not told",
    { gitlab: { [SERVER]: [500] } },
    notChecked("GitLab answers 500 when asked for project ml/mlserver"),
  ],
]);

describeCheck("log-in to GitLab's registry", [
  ["that another project names", {}, ok("registry.example.com")],
  [
    "that no project names yet",
    { gitlab: { "GET /projects?membership=true&per_page=1": [200, []] } },
    notChecked("only a project tells where GitLab's registry is, and there is none yet"),
  ],
  [
    "that is switched off",
    { gitlab: { "GET /projects?membership=true&per_page=1": [200, [{ id: 1 }]] } },
    {
      outcome: "problem",
      setting: "gitlab:baseUrl",
      found: "GITLAB, whose container registry is switched off",
    },
  ],
  [
    "that refuses",
    {
      machine: {
        logIn: async (server) => {
          if (server === "registry.example.com") throw new Error("docker login failed (1):\ndenied");
        },
      },
    },
    {
      outcome: "problem",
      setting: "gitlab:token",
      found: "registry.example.com, which refuses the log-in with gitlab:token: denied",
    },
  ],
  ["without docker", { machine: { engine: { ServerVersion: "" } } }, notChecked("no docker engine answers")],
]);
