/** Each check of Heroku, by the shapes of Heroku's answers: well, wrong, and where Heroku does not tell. */
import { expect, it } from "vitest";
import { type Case, describeCheck, notChecked, ok, type World, worldWith } from "../../support/preflight.ts";
import { canaries } from "../../support/program.ts";
import type { Answers } from "../../support/server.ts";

const account = (changes: object): Answers => ({
  "GET /account": [200, { verified: true, suspended_at: null, delinquent_at: null, ...changes }],
});
const authorizations = (...list: object[]): Answers => ({ "GET /oauth/authorizations": [200, list] });
const listed = (scope: string[], expires_in: number | null = null) => ({
  description: "by hand",
  scope,
  access_token: { token: canaries.herokuKey, expires_in },
});
const inTeam = (team: object, config: World["config"] = {}): World => ({
  config: { herokuTeam: "data", ...config },
  heroku: { "GET /teams/data": [200, { name: "data", type: "team", ...team }] },
});
const noIdentity: Answers = { "GET /account": [403, { id: "forbidden" }] };

describeCheck("access to Heroku", [
  ["that is good", {}, ok("HEROKU")],
  [
    "that Heroku refuses",
    { heroku: { "GET /account": [401] } },
    {
      outcome: "problem",
      setting: "heroku:apiKey",
      found: "a key that HEROKU does not know, or that has expired",
    },
  ],
]);

it("of a suspended account nothing else is asked, and nothing else is told", async () => {
  const { findings, hero } = await worldWith({
    heroku: { ...account({ suspended_at: "2026-11-01T10:00:00Z" }), "GET /oauth/authorizations": [403] },
  });
  const ofHeroku = (await findings()).filter(({ subject }) => subject === "Heroku");
  expect(ofHeroku[0]).toMatchObject({
    outcome: "problem",
    setting: "heroku:apiKey",
    found: "a key of an account that Heroku suspended on 2026-11-01",
  });
  expect(ofHeroku.slice(1).every(({ outcome }) => outcome === "not checked")).toBe(true);
  expect(hero.received.map(({ path }) => path)).toEqual(["/account"]);
});

describeCheck("scopes of the key", [
  ["global", {}, ok("global")],
  [
    "narrower",
    { heroku: authorizations(listed(["write"])) },
    { outcome: "problem", found: "a key with scope write" },
  ],
  [
    "that may not list authorizations",
    { heroku: { "GET /oauth/authorizations": [403] } },
    { outcome: "problem", found: "a key that may not make authorizations for the pipelines" },
  ],
  [
    "of a key that is in no list",
    { heroku: authorizations() },
    notChecked(
      "Heroku does not tell which of the listed authorizations is this key, which may read the list",
    ),
  ],
]);

describeCheck("end of the key", [
  ["none", {}, ok("no end")],
  [
    "far away",
    { heroku: authorizations(listed(["global"], 100 * 86_400 + 60)) },
    { outcome: "ok", found: expect.stringMatching(/^100 days left, until \d{4}-/) },
  ],
  [
    "near",
    { heroku: authorizations(listed(["global"], 86_400 + 60)) },
    {
      outcome: "warning",
      setting: "heroku:apiKey",
      found: expect.stringMatching(/^1 day left, until \d{4}-/),
    },
  ],
  ["not told", { heroku: authorizations() }, { outcome: "not checked" }],
]);

describeCheck("bills of the account", [
  ["paid", {}, ok("paid")],
  [
    "delinquent",
    { heroku: account({ delinquent_at: "2026-11-01T10:00:00Z" }) },
    { outcome: "problem", fix: "pay it: https://dashboard.heroku.com/account/billing" },
  ],
  ["not told", { heroku: noIdentity }, notChecked("a key without scope identity may not read the account")],
]);

describeCheck("verified account", [
  ["yes", {}, ok("verified")],
  [
    "no",
    { heroku: account({ verified: false }) },
    {
      outcome: "problem",
      setting: "heroku:apiKey",
      fix: "add payment information: https://heroku.com/verify, or name a team in mlops:herokuTeam",
    },
  ],
  [
    "no, and a team pays",
    {
      ...inTeam({ role: "member" }),
      heroku: { ...inTeam({ role: "member" }).heroku, ...account({ verified: false }) },
    },
    ok("team data pays"),
  ],
  ["not told", { heroku: noIdentity }, { outcome: "not checked" }],
]);

describeCheck("role in the team", [
  ["no team", {}, ok("no team")],
  ["admin", inTeam({ role: "admin" }), ok("admin of data")],
  ["member", inTeam({ role: "member" }), ok("member of data")],
  ...["collaborator", "viewer"].map(
    (role): Case => [
      role,
      inTeam({ role }),
      {
        outcome: "problem",
        setting: "mlops:herokuTeam",
        found: `${role} of team data, who may not make apps`,
        allowed: "member or admin",
        fix: "an admin of the team gives the role: https://dashboard.heroku.com/teams/data/access",
      },
    ],
  ),
  ["not told", inTeam({ role: null }), notChecked("Heroku does not tell the role in team data")],
  [
    "in a team that cannot be seen",
    { config: { herokuTeam: "data" }, heroku: { "GET /teams/data": [403] } },
    { outcome: "problem", found: '"data", which the key cannot see (403)' },
  ],
]);

describeCheck("subscription to the dyno size", [
  ["Basic", {}, ok("Basic needs none")],
  [
    "Eco",
    { config: { dynoSize: "Eco" } },
    {
      outcome: "warning",
      setting: "mlops:dynoSize",
      fix: "subscribe: https://dashboard.heroku.com/account/billing, or pulumi config set mlops:dynoSize Basic",
    },
  ],
  [
    "Eco of an app that is there",
    {
      config: { dynoSize: "Eco" },
      machine: { owned: async () => ({ apps: ["ml-app"], projects: [], released: false }) },
    },
    ok("Eco; the app is there"),
  ],
  [
    "Eco in a team",
    inTeam({ role: "admin" }, { dynoSize: "Eco" }),
    {
      outcome: "problem",
      found: "Eco, with mlops:herokuTeam data",
      allowed: "Basic or larger: Heroku has Eco dynos for apps of one's own alone, not for teams",
    },
  ],
  [
    "Basic in a team of Heroku Enterprise",
    inTeam({ role: "admin", type: "enterprise" }),
    { outcome: "warning", fix: "pulumi config set mlops:dynoSize Standard-1X" },
  ],
]);

describeCheck("name of the app", [
  ["free", {}, ok("ml-app, free")],
  [
    "of the stack",
    { machine: { owned: async () => ({ apps: ["ml-app"], projects: [], released: false }) } },
    ok("ml-app, of the stack"),
  ],
  ["taken", { heroku: { "GET /apps/ml-app": [403] } }, { outcome: "problem", setting: "mlops:herokuApp" }],
  [
    "not told",
    { heroku: { "GET /apps/ml-app": [503] } },
    notChecked("Heroku answers 503 when asked for app ml-app"),
  ],
]);

const key = async () => canaries.deployToken;
describeCheck("log-in with the pipelines' scopes", [
  [
    "of a key that is to be made",
    { machine: { pipelineKey: async () => undefined } },
    notChecked(
      "the key with scopes read, write-protected does not exist yet; the stack's first release is the first to use it",
    ),
  ],
  ["in a preview", {}, notChecked("only npm run preflight tries it")],
  ["that pass", { machine: { pipelineKey: key } }, ok("read, write-protected")],
  [
    "refused",
    {
      machine: {
        pipelineKey: key,
        logIn: async (_, __, password) => {
          if (password === canaries.deployToken) throw new Error("docker login failed (1):\nunauthorized");
        },
      },
    },
    {
      outcome: "problem",
      setting: "mlops:herokuTokenScopes",
      found: "read, write-protected, with which registry.heroku.com refuses the log-in: unauthorized",
      fix: "npm run rotate -- --only heroku",
    },
  ],
]);
