/** What repair takes for the stack's own, takes over or removes, and what it leaves alone. */
import { afterEach, describe, expect, it } from "vitest";
import { evidenceFrom } from "../../../operations/repair/evidence.ts";
import { leftoversOf } from "../../../operations/repair/leftovers.ts";
import { placesOf } from "../../../operations/repair/places.ts";
import type { State } from "../../../operations/repair/state.ts";
import { ownApp, ownProject } from "../../../operations/repair/take-over.ts";
import { configWith } from "../../support/program.ts";
import { type Answers, serve } from "../../support/server.ts";

let close: (() => Promise<unknown>) | undefined;
afterEach(async () => close?.());

const mark = "(Pulumi stack mlops/dev)";
const now = new Date().toISOString();
const longAgo = "2020-01-01T00:00:00Z";
const failed = { kind: "update", result: "failed", startTime: now, endTime: now };
const evidence = evidenceFrom(JSON.stringify([failed]), undefined, []);
const none = evidenceFrom("[]", undefined, []);

/** The settings of a stack whose services both answer as told, and what they were asked for. */
async function services(answers: Answers) {
  const server = await serve(answers);
  close = server.close;
  const account = { url: server.url, token: "secret" };
  const config = configWith({ gitlab: account, heroku: account, runner: "project" });
  return { config, asked: server.received };
}

const { server: project, app } = placesOf(configWith(), "urn:pulumi:dev::mlops::");

describe("a project", () => {
  const own = { id: 7, description: `Serves ${mark}`, created_at: now };
  it.each<[string, object, typeof evidence, string | undefined]>([
    ["of the mark, made meanwhile", own, evidence, "7"],
    ["of another stack", { ...own, description: "Serves (Pulumi stack mlops/other)" }, evidence, undefined],
    ["of somebody", { ...own, description: null }, evidence, undefined],
    ["of a stack of the same name elsewhere", { ...own, created_at: longAgo }, evidence, undefined],
    ["where no update failed", own, none, undefined],
    ["that is deleted", { ...own, marked_for_deletion_on: "2026-01-01" }, evidence, undefined],
    [
      "that the state says was being made",
      { ...own, created_at: longAgo },
      { ...none, creating: new Set([project.urn]) },
      "7",
    ],
  ])("%s", async (_, found, shown, id) => {
    const { config } = await services({ "GET /projects/ml%2Fmlserver": [200, found] });
    expect((await ownProject(config, project, mark, shown))?.id).toBe(id);
  });
});

describe("an app", () => {
  const own = { id: "a1", name: "ml-app", created_at: now, owner: { email: "me@example.com" }, team: null };
  const fresh = { releases: [{ description: "Initial release" }], variables: {}, formation: [] as object[] };
  it.each<[string, object, object, string | undefined]>([
    ["that nobody has used", {}, {}, "ml-app"],
    ["of somebody else", { owner: { email: "you@example.com" } }, {}, undefined],
    ["of a team", { team: { name: "team" } }, {}, undefined],
    ["that was there before", { created_at: longAgo }, {}, undefined],
    ["with a release", {}, { releases: [{ description: "Deploy web" }] }, undefined],
    ["with a config var", {}, { variables: { KEY: "x" } }, undefined],
    ["with dynos", {}, { formation: [{ type: "web" }] }, undefined],
  ])("%s", async (_, more, used, id) => {
    const { releases, variables, formation } = { ...fresh, ...used };
    const { config } = await services({
      "GET /apps/ml-app": [200, { ...own, ...more }],
      "GET /account": [200, { email: "me@example.com" }],
      "GET /apps/ml-app/releases": [200, releases],
      "GET /apps/ml-app/config-vars": [200, variables],
      "GET /apps/ml-app/formation": [200, formation],
    });
    expect((await ownApp(config, app, evidence))?.id).toBe(id);
  });
});

describe("what is of no use", () => {
  const pair = "ssh-ed25519 AAAA";
  const resource = (type: string, id: string, more: object = {}) => ({
    urn: `urn:pulumi:dev::mlops::${type}::it`,
    type,
    id,
    inputs: {},
    outputs: {},
    ...more,
  });
  const state: State = {
    pending: [],
    resources: [
      resource("gitlab:index/project:Project", "1", { outputs: { pathWithNamespace: "ml/mlserver" } }),
      resource("gitlab:index/projectAccessToken:ProjectAccessToken", "1:10"),
      resource("gitlab:index/deployKey:DeployKey", "1:30"),
      resource("gitlab:index/userRunner:UserRunner", "40"),
      resource("gitlab:index/projectVariable:ProjectVariable", "1:KNOWN:*"),
      resource("command:local:Command", "c1", {
        inputs: { create: "node infra/commands/heroku-authorization.ts create" },
        outputs: { stdout: JSON.stringify({ id: "known" }) },
      }),
      resource("command:local:Command", "c2", {
        inputs: { create: "node infra/commands/ssh-key-pair.ts create" },
        outputs: { stdout: JSON.stringify({ publicKey: pair }) },
      }),
    ],
  };
  const description = `Pushes ${mark}`;
  const token = { id: 11, active: true, created_at: now, description };
  const variable = { key: "LOST", environment_scope: "*", description };
  const page = "per_page=100&page=1";
  const answers: Answers = {
    "GET /version": [200, {}],
    [`GET /projects/1/access_tokens?state=active&${page}`]: [
      200,
      [
        token,
        { ...token, id: 10 },
        { ...token, id: 12, created_at: longAgo },
        { ...token, id: 13, description: "Pushes" },
      ],
    ],
    [`GET /projects/1/deploy_keys?${page}`]: [
      200,
      [
        { id: 30, key: pair, title: "known" },
        { id: 31, key: `${pair} comment`, title: "lost" },
        { id: 32, key: "ssh-ed25519 BBBB", title: "somebody's" },
      ],
    ],
    [`GET /projects/1/runners?type=project_type&${page}`]: [
      200,
      [
        { id: 40, description },
        { id: 41, description },
        { id: 42, description: "somebody's" },
      ],
    ],
    [`GET /projects/1/variables?${page}`]: [
      200,
      [variable, { ...variable, key: "KNOWN" }, { ...variable, key: "THEIRS", description: null }],
    ],
    "GET /oauth/authorizations": [
      200,
      ["lost", "known", "old", "other"].map((id) => ({
        id,
        description: id === "other" ? "Pipelines" : `Pipelines ${mark}`,
        created_at: id === "old" ? longAgo : now,
      })),
    ],
  };

  it("is what has the mark, is not in the state, and was made meanwhile", async () => {
    const { config } = await services(answers);
    const found = await leftoversOf({ config, state, evidence, mark });
    expect(found.map(({ words }) => words).sort()).toEqual([
      "removed deploy key 31 of ml/mlserver (lost), which is made again",
      "removed runner 41 of ml/mlserver, whose token was lost",
      "removed variable LOST of ml/mlserver, which is made again",
      "revoked Heroku authorization lost (Pipelines), whose token was lost",
      "revoked access token 11 of ml/mlserver (Pushes), whose value was lost",
    ]);
  });

  it("is removed by calls of its own, and one that is gone needs none", async () => {
    const { config, asked } = await services(answers);
    for (const { remove } of await leftoversOf({ config, state, evidence, mark })) await remove();
    const removals = asked.filter(({ method }) => method === "DELETE").map(({ path }) => path);
    expect(removals.sort()).toEqual([
      "/oauth/authorizations/lost",
      "/projects/1/access_tokens/11",
      "/projects/1/deploy_keys/31",
      "/projects/1/variables/LOST?filter[environment_scope]=*",
      "/runners/41",
    ]);
  });

  it("is nothing where no update failed, but for a deploy key of the stack's own pair", async () => {
    const { config } = await services(answers);
    const found = await leftoversOf({ config, state, evidence: none, mark });
    expect(found.map(({ words }) => words)).toEqual([expect.stringContaining("deploy key 31")]);
  });
});
