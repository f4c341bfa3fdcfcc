/** The preflight against services of this process: one message per problem, and no secret in any. */
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../../infra/config/problems.ts";
import { failing, type World, worldWith } from "../../support/preflight.ts";
import { canaries } from "../../support/program.ts";
import { type Answers, serve } from "../../support/server.ts";

/** The message that a preflight ends with, addresses of the servers as GITLAB and HEROKU. */
async function complaint(world: World): Promise<string> {
  const { facts, told } = await worldWith(world);
  try {
    await facts();
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return told(error.message);
  }
  throw new Error("the preflight passed");
}

/** A group inside `ml`. */
const team: Answers = {
  "GET /namespaces/ml%2Fteam": [200, { id: 43, kind: "group" }],
  "GET /groups/ml%2Fteam?with_projects=false": [
    200,
    { visibility: "private", project_creation_level: "maintainer", shared_runners_setting: "enabled" },
  ],
  "GET /groups/ml%2Fteam/members/all/7": [200, { access_level: 40 }],
};

const message = (setting: string, found: string, allowed: string, fix: string) =>
  "The stack cannot come up: 1 problem. Nothing was created or changed.\n" +
  `\n  ${setting}\n    found:   ${found}\n    allowed: ${allowed}\n    fix:     ${fix}\n`;

describe("when all is well, the preflight", () => {
  it("gives what the program needs", async () => {
    const { facts } = await worldWith();
    expect(await facts()).toEqual({
      namespaceId: 42,
      enterprise: true,
      user: { username: "ana", name: "Ana", email: "ana@dev.example.com" },
      canRelease: true,
    });
  });

  it("tells the Community Edition from the Enterprise Edition", async () => {
    const { facts } = await worldWith({ gitlab: { "GET /metadata": [200, { enterprise: false }] } });
    expect((await facts()).enterprise).toBe(false);
  });

  it.each<[string, World]>([
    ["a paid plan", { gitlab: { "GET /namespaces/ml": [200, { id: 42, plan: "premium", trial: false }] } }],
    ["an instance without plans", { gitlab: { "GET /namespaces/ml": [200, { id: 42, plan: "default" }] } }],
    [
      "the Free plan and deploy keys",
      {
        config: { writeAccess: "deployKey" },
        gitlab: { "GET /namespaces/ml": [200, { id: 42, plan: "free", trial: false }] },
      },
    ],
    [
      "the Free plan and a token of the user's",
      {
        config: { writeAccess: "token", writeToken: "glpat-supplied-by-hand" },
        gitlab: { "GET /namespaces/ml": [200, { id: 42, plan: "free", trial: false }] },
      },
    ],
    [
      "a trial and one model",
      {
        config: { models: [{ name: "iris", template: "iris-decision-tree" }] },
        gitlab: { "GET /namespaces/ml": [200, { id: 42, plan: "ultimate_trial", trial: true }] },
      },
    ],
    [
      "a group inside one that the user cannot see",
      {
        config: { gitlabNamespace: "ml/team" },
        gitlab: { ...team, "GET /namespaces/ml": [404] },
      },
    ],
    [
      "a name that a project had before it was deleted and renamed",
      { gitlab: { "GET /projects/ml%2Fmlserver": [301, {}, { Location: "/api/v4/projects/1" }] } },
    ],
    [
      "a team that pays for its apps",
      {
        config: { herokuTeam: "ml" },
        heroku: { "GET /account": [200, { verified: false }], "GET /teams/ml": [200, { name: "ml" }] },
      },
    ],
  ])("lets %s pass", async (_, world) => {
    const { facts } = await worldWith(world);
    await expect(facts()).resolves.toBeDefined();
  });

  it("lets names pass that exist because the stack made them", async () => {
    const { facts } = await worldWith({
      gitlab: { "GET /projects/ml%2Fmlserver": [200, { id: 1 }] },
      heroku: { "GET /apps/ml-app": [200, { name: "ml-app" }] },
      machine: { owned: async () => ({ apps: ["ml-app"], projects: ["ml/mlserver"], released: true }) },
    });
    await expect(facts()).resolves.toBeDefined();
  });

  it("only reads, with the credential of each service", async () => {
    const { facts, lab, hero } = await worldWith();
    await facts();
    expect(new Set([...lab.received, ...hero.received].map(({ method }) => method))).toEqual(
      new Set(["GET"]),
    );
    expect(lab.received.every(({ headers }) => headers["private-token"] === canaries.gitlabToken)).toBe(true);
    expect(
      hero.received.every(({ headers }) => headers.authorization === `Bearer ${canaries.herokuKey}`),
    ).toBe(true);
    expect(
      hero.received.every(({ headers }) => headers.accept === "application/vnd.heroku+json; version=3"),
    ).toBe(true);
  });
});

const api = "a GitLab access token with scope api";
const global = "a Heroku API key or authorization with scope global";
const setToken =
  "make one: GITLAB/-/user_settings/personal_access_tokens, then pulumi config set --secret gitlab:token";
const setKey = "make one: heroku authorizations:create, then pulumi config set --secret heroku:apiKey";
const deployKey = "deployKey, an SSH key for each model: this plan has no project access token for each";
const useDeployKey = "pulumi config set mlops:writeAccess deployKey, or a subscription";
const goodStanding = "a key of an account in good standing, which may make apps";

describe("one problem gives one message", () => {
  it.each<[what: string, world: World, setting: string, found: string, allowed: string, fix: string]>([
    [
      "a token that GitLab does not know",
      { gitlab: { "GET /user": [401, { message: "401 Unauthorized" }] } },
      "gitlab:token",
      "a token that GITLAB does not know, or that has expired",
      api,
      setToken,
    ],
    [
      "a token with too little scope",
      { gitlab: { "GET /personal_access_tokens/self": [200, { scopes: ["read_api", "read_user"] }] } },
      "gitlab:token",
      "a token with scope read_api, read_user",
      api,
      setToken,
    ],
    [
      "a namespace on the Free plan of gitlab.com",
      { gitlab: { "GET /namespaces/ml": [200, { id: 42, plan: "free", trial: false }] } },
      "mlops:writeAccess",
      "projectAccessToken, and the namespace is on gitlab.com's Free plan",
      deployKey,
      useDeployKey,
    ],
    [
      "the Free plan of the group that a group is in",
      {
        config: { gitlabNamespace: "ml/team" },
        gitlab: {
          ...team,
          "GET /namespaces/ml": [200, { id: 42, plan: "free", trial: false }],
        },
      },
      "mlops:writeAccess",
      "projectAccessToken, and the namespace is on gitlab.com's Free plan",
      deployKey,
      useDeployKey,
    ],
    [
      "more models than a trial has tokens for",
      { gitlab: { "GET /namespaces/ml": [200, { id: 42, plan: "ultimate_trial", trial: true }] } },
      "mlops:writeAccess",
      "projectAccessToken for 2 models, and a trial of gitlab.com has one project access token",
      deployKey,
      useDeployKey,
    ],
    [
      "a Heroku account that is not verified",
      { heroku: { "GET /account": [200, { verified: false, suspended_at: null, delinquent_at: null }] } },
      "heroku:apiKey",
      "a key of an account that is not verified, so that Heroku makes no app for it",
      goodStanding,
      "add payment information: https://heroku.com/verify, or name a team in mlops:herokuTeam",
    ],
    [
      "a Heroku account that is suspended",
      { heroku: { "GET /account": [200, { verified: false, suspended_at: "2026-11-01T10:00:00Z" }] } },
      "heroku:apiKey",
      "a key of an account that Heroku suspended on 2026-11-01",
      goodStanding,
      "ask Heroku: https://help.heroku.com",
    ],
    [
      "a Heroku account with an unpaid bill",
      { heroku: { "GET /account": [200, { verified: true, delinquent_at: "2026-11-01T10:00:00Z" }] } },
      "heroku:apiKey",
      "a key of an account with an unpaid bill since 2026-11-01",
      goodStanding,
      "pay it: https://dashboard.heroku.com/account/billing",
    ],
    [
      "an address that is not GitLab's API",
      { gitlab: { "GET /user": [200, "welcome"] } },
      "gitlab:baseUrl",
      "GITLAB, which does not answer as GitLab's API (200, something else)",
      "the address of GitLab's API, ending in /api/v4",
      "pulumi config set gitlab:baseUrl https://gitlab.com/api/v4 (or set GITLAB_BASE_URL)",
    ],
    [
      "a namespace that does not exist",
      { gitlab: { "GET /namespaces/ml": [404] } },
      "mlops:gitlabNamespace",
      "ml, which ana cannot see (404)",
      "a user or group that the token may create projects in, like ana",
      "pulumi config set mlops:gitlabNamespace ana",
    ],
    [
      "a project that is somebody else's",
      { gitlab: { "GET /projects/ml%2Fmlserver": [200, { id: 1 }] } },
      "mlops:serverProjectName",
      '"mlserver", but project ml/mlserver (id 1) exists and does not belong to this stack',
      "the name of no other project in the namespace",
      "pulumi config set mlops:serverProjectName mlserver-2; if an interrupted update of this stack made it: npm run repair",
    ],
    [
      "a model's project that another stack made",
      {
        gitlab: {
          "GET /projects/ml%2Firis-decision-tree": [
            200,
            { id: 1, description: "Trains (Pulumi stack mlops/other)" },
          ],
        },
      },
      "mlops:models[0].name",
      '"iris-decision-tree", but project ml/iris-decision-tree (id 1) exists and does not belong to this stack; its description ends with (Pulumi stack mlops/other)',
      "the name of no other project in the namespace",
      "pulumi config set --path 'mlops:models[0].name' iris-decision-tree-2; if an interrupted update of this stack made it: npm run repair",
    ],
    [
      "a key that Heroku does not know",
      { heroku: { "GET /account": [401, { id: "unauthorized", message: "Invalid credentials provided." }] } },
      "heroku:apiKey",
      "a key that HEROKU does not know, or that has expired",
      global,
      setKey,
    ],
    [
      "a key that may not make authorizations",
      { heroku: { "GET /account": [403], "GET /oauth/authorizations": [403] } },
      "heroku:apiKey",
      "a key that may not make authorizations for the pipelines",
      global,
      setKey,
    ],
    [
      "an address that is not Heroku's API",
      { heroku: { "GET /account": [404] } },
      "heroku:url",
      "HEROKU, which does not answer as Heroku's API (404)",
      "the address of Heroku's Platform API",
      "pulumi config set heroku:url https://api.heroku.com (or set HEROKU_API_URL)",
    ],
    [
      "an app name that somebody else has",
      { heroku: { "GET /apps/ml-app": [403, { id: "forbidden" }] } },
      "mlops:herokuApp",
      '"ml-app", which is taken by an app of somebody else',
      "a name that no other app on Heroku has",
      "pulumi config set mlops:herokuApp ml-app-2",
    ],
    [
      "an app of one's own that the stack does not have",
      { heroku: { "GET /apps/ml-app": [200, { name: "ml-app" }] } },
      "mlops:herokuApp",
      '"ml-app", which is taken by an app of yours that does not belong to this stack',
      "a name that no other app on Heroku has",
      "pulumi config set mlops:herokuApp ml-app-2; if an interrupted update of this stack made it: npm run repair",
    ],
    [
      "a team that the key does not see",
      { config: { herokuTeam: "others" } },
      "mlops:herokuTeam",
      '"others", which the key cannot see (404)',
      "a Heroku team that the key's account is a member of, or no team",
      "pulumi config rm mlops:herokuTeam",
    ],
    [
      "no docker",
      { machine: failing(/^docker info/, "docker is not installed") },
      "docker",
      "docker is not installed",
      "a docker engine that answers; the runtime image is built with it",
      "start docker, or point DOCKER_HOST at an engine",
    ],
    [
      "a base image that is nowhere",
      {
        machine: failing(
          /^docker (image|manifest) inspect/,
          "docker manifest inspect failed (1):\nno such manifest",
        ),
      },
      "mlops:baseImage",
      "python:3.11-slim-bookworm, which is not on this machine and cannot be pulled: no such manifest",
      "a container image with Python 3.11 on Debian bookworm",
      "pulumi config set mlops:baseImage python:3.11-slim-bookworm",
    ],
    [
      "a registry that refuses",
      {
        machine: {
          logIn: async (server) => {
            if (server === "registry.heroku.com") throw new Error("docker login failed (1):\nunauthorized");
          },
        },
      },
      "mlops:herokuRegistry",
      "registry.heroku.com, which refuses the log-in with heroku:apiKey: unauthorized",
      "Heroku's container registry and a key that it knows",
      "pulumi config set mlops:herokuRegistry registry.heroku.com",
    ],
    [
      "no git",
      { machine: failing(/^git/, "git is not installed") },
      "git",
      "git is not installed",
      "git on PATH",
      "install it: apt-get install git",
    ],
    [
      "a template that is not there",
      { config: { models: [{ name: "red", template: "wine" }] }, machine: { hasFile: async () => false } },
      "mlops:models[0].template",
      '"wine", and there is no models/wine/model-settings.json',
      "the name of a folder under models/ with a model-settings.json",
      "pulumi config set --path 'mlops:models[0].template' iris-decision-tree",
    ],
  ])("%s", async (_, world, setting, found, allowed, fix) => {
    expect(await complaint(world)).toBe(message(setting, found, allowed, fix));
  });

  it("a service that does not answer", async () => {
    const gone = await serve({});
    await gone.close();
    const text = await complaint({ config: { heroku: { url: gone.url, token: canaries.herokuKey } } });
    expect(text).toBe(
      message(
        "heroku:url",
        `${gone.url}: connect ECONNREFUSED ${gone.url.slice("http://".length)}`,
        "an address that answers",
        "start it, or pulumi config set heroku:url https://api.heroku.com (or set HEROKU_API_URL)",
      ),
    );
  });
});

it("a service that takes no more requests says when it will", async () => {
  const text = await complaint({ gitlab: { "GET /user": [429, {}, { "Retry-After": "3600" }] } });
  expect(text).toMatch(
    /GitLab\n {4}found: {3}\S+ takes no more requests for now \(429\): .*, and it asks to wait 3600 s\. Run this again after \S+Z\.\n/,
  );
});

it.each(["gitlab", "heroku"] as const)("a %s that is not well is no wrong setting", async (service) => {
  const first = { gitlab: "GET /user", heroku: "GET /account" }[service];
  const text = await complaint({ [service]: { [first]: [503] } });
  const { name, path } = {
    gitlab: { name: "GitLab", path: "/user" },
    heroku: { name: "Heroku", path: "/account" },
  }[service];
  expect(text).toContain(
    message(
      name,
      `${service.toUpperCase()}${path} answered 503, also when asked again. Run this again in a few minutes.`,
      "a service that takes requests and answers them",
      "wait, and run this again",
    ),
  );
});

it("all problems are told at once", async () => {
  const text = await complaint({
    gitlab: { "GET /user": [401] },
    heroku: { "GET /apps/ml-app": [403] },
    machine: { hasFile: async () => false, ...failing(/^docker info/, "down") },
  });
  expect(text).toMatch(/^The stack cannot come up: 5 problems\./);
});
