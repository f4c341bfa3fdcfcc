import { describe, expect, it } from "vitest";
import runtimes from "../../image/runtime/runtimes.json" with { type: "json" };
import { type ConfigSource, readConfig } from "../../infra/config/config.ts";
import { ProblemsError } from "../../infra/config/problems.ts";
import { settings } from "../../infra/config/settings.ts";
import { gitlabComKnownHosts } from "../../lib/gitlab/known-hosts.ts";

const needed = { "mlops:gitlabNamespace": "ml", "mlops:herokuApp": "ml-app" };
const tokens = { GITLAB_TOKEN: "glpat-0123456789", HEROKU_API_KEY: "HRKU-0123456789" };

function source(settings: Record<string, string> = {}, env: Record<string, string> = {}): ConfigSource {
  const secrets = ["gitlab:token", "heroku:apiKey", "mlops:writeToken"];
  return {
    settings: { ...needed, ...settings },
    isSecret: (name) => secrets.includes(name),
    env: { ...tokens, ...env },
  };
}

/** The message that reading a configuration ends with. */
function complaint(from: ConfigSource): string {
  try {
    readConfig(from);
  } catch (error) {
    if (error instanceof ProblemsError) return error.message;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

const message = (setting: string, found: string, allowed: string, fix: string) =>
  "The stack's configuration cannot be used: 1 problem. Nothing was created or changed.\n" +
  `\n  ${setting}\n    found:   ${found}\n    allowed: ${allowed}\n    fix:     ${fix}\n`;

describe("the configuration", () => {
  it("has generations of credentials as lists, however they are written", () => {
    const config = readConfig(source({ "mlops:accessTokenGenerations": "[1,2]" }));
    expect([config.accessTokenGenerations, config.herokuTokenGenerations]).toEqual([[1, 2], [1]]);
  });

  it("has a default for everything but names and tokens", () => {
    expect(readConfig(source())).toEqual({
      gitlabNamespace: "ml",
      serverProjectName: "mlserver",
      visibility: "private",
      defaultBranch: "main",
      projectDeletion: "delayed",
      runner: "shared",
      herokuApp: "ml-app",
      herokuRegion: "us",
      herokuRegistry: "registry.heroku.com",
      dynoSize: "Basic",
      dynoQuantity: 1,
      herokuTokenScopes: ["read", "write-protected"],
      herokuTokenExpiryDays: 365,
      herokuTokenGenerations: [1],
      tagPattern: "v*",
      trainingImage: "built",
      tagCreateAccessLevel: "maintainer",
      branchPushAccessLevel: "maintainer",
      branchMergeAccessLevel: "maintainer",
      mergeChecks: "required",
      deployOn: "defaultBranch",
      writeAccess: "projectAccessToken",
      accessTokenExpiryDays: 90,
      accessTokenGenerations: [1],
      accessTokenRotateBeforeDays: 30,
      firstRelease: "local",
      baseImage: "python:3.11-slim-bookworm",
      imagePlatform: "linux/amd64",
      mlserverRuntimes: ["sklearn"],
      models: [
        { name: "iris-decision-tree", template: "iris-decision-tree" },
        { name: "product-classifier", template: "product-classifier" },
      ],
      gitlab: { url: "https://gitlab.com/api/v4", token: "glpat-0123456789" },
      heroku: { url: "https://api.heroku.com", token: "HRKU-0123456789" },
    });
  });

  it("prefers the stack's settings over the environment", () => {
    const config = readConfig(
      source(
        { "gitlab:baseUrl": "https://gitlab.example.com/api/v4/", "gitlab:token": "glpat-of-the-stack" },
        {
          GITLAB_BASE_URL: "http://127.0.0.1:1/api/v4",
          HEROKU_API_URL: "http://127.0.0.1:2",
          HEROKU_REGISTRY: "127.0.0.1:3",
          MLOPS_BASE_IMAGE: "local/base:1",
        },
      ),
    );
    expect(config.gitlab).toEqual({ url: "https://gitlab.example.com/api/v4", token: "glpat-of-the-stack" });
    expect(config.heroku.url).toBe("http://127.0.0.1:2");
    expect(config.herokuRegistry).toBe("127.0.0.1:3");
    expect(config.baseImage).toBe("local/base:1");
  });

  it("reads numbers, lists and objects from text, and dyno sizes in any letter case", () => {
    const config = readConfig(
      source({
        "mlops:dynoSize": "standard-2x",
        "mlops:dynoQuantity": "3",
        "mlops:mlserverRuntimes": '["sklearn"]',
        "mlops:models": '[{"name":"wine","template":"iris-decision-tree"},{"name":"iris"}]',
      }),
    );
    expect(config.dynoSize).toBe("Standard-2X");
    expect(config.dynoQuantity).toBe(3);
    expect(config.mlserverRuntimes).toEqual(["sklearn"]);
    expect(config.models).toEqual([
      { name: "wine", template: "iris-decision-tree" },
      { name: "iris", template: "iris" },
    ]);
  });
});

describe("deploy keys", () => {
  const deployKey = { "mlops:writeAccess": "deployKey" };
  const knownHosts = `gitlab.example.com ${gitlabComKnownHosts.split("\n")[0]?.split(" ").slice(1).join(" ")}`;
  const elsewhere = { GITLAB_BASE_URL: "https://gitlab.example.com/api/v4" };

  it("need the host keys of no other GitLab than gitlab.com", () => {
    expect(readConfig(source(deployKey)).gitlabSshKnownHosts).toBeUndefined();
    expect(readConfig(source({}, elsewhere)).writeAccess).toBe("projectAccessToken");
    const config = readConfig(source(deployKey, { ...elsewhere, GITLAB_SSH_KNOWN_HOSTS: knownHosts }));
    expect(config.gitlabSshKnownHosts).toBe(knownHosts);
    expect(complaint(source(deployKey, elsewhere))).toBe(
      message(
        "mlops:gitlabSshKnownHosts",
        "none, with mlops:writeAccess deployKey and GitLab at https://gitlab.example.com",
        "the host keys of that GitLab's SSH server, as lines of a known_hosts file",
        "compare what `ssh-keyscan gitlab.example.com | ssh-keygen -lf -` prints (with -p and the port where it is not " +
          "22) with the fingerprints at https://gitlab.example.com/help/instance_configuration, then " +
          'pulumi config set mlops:gitlabSshKnownHosts "$(ssh-keyscan gitlab.example.com)"',
      ),
    );
  });
});

const slug = "2 to 50 lowercase letters, digits and dashes, starting with a letter, not ending with a dash";

describe("one wrong setting gives one message", () => {
  it.each<[setting: string, given: string, found: string, allowed: string, fix: string]>([
    [
      "mlops:herokuApp",
      "My_App",
      '"My_App"',
      "3 to 30 lowercase letters, digits and dashes, starting with a letter, not ending with a dash",
      "pulumi config set mlops:herokuApp my-mlserver",
    ],
    [
      "mlops:gitlabNamespace",
      "ml/",
      '"ml/"',
      "the path of a GitLab user or group that the token may create projects in, like my-group or my-group/ml",
      "pulumi config set mlops:gitlabNamespace my-group",
    ],
    ["mlops:serverProjectName", "ML", '"ML"', slug, "pulumi config set mlops:serverProjectName mlserver"],
    [
      "mlops:visibility",
      "open",
      '"open"',
      "private, internal or public",
      "pulumi config set mlops:visibility private",
    ],
    [
      "mlops:dynoQuantity",
      "many",
      '"many"',
      "a whole number from 1 to 100",
      "pulumi config set mlops:dynoQuantity 1",
    ],
    [
      "mlops:accessTokenExpiryDays",
      "9000",
      '"9000"',
      "a whole number from 2 to 365",
      "pulumi config set mlops:accessTokenExpiryDays 90",
    ],
    [
      "mlops:branchPushAccessLevel",
      "no one",
      '"no one"',
      "maintainer or developer",
      "pulumi config set mlops:branchPushAccessLevel maintainer",
    ],
    [
      "mlops:mlserverRuntimes",
      "sklearn,lightgbm",
      '"sklearn,lightgbm"',
      `a list of MLServer runtimes: ${Object.keys(runtimes).join(", ")}`,
      "pulumi config set --path 'mlops:mlserverRuntimes[0]' sklearn",
    ],
    [
      "mlops:models",
      "[]",
      '"[]"',
      "a list of models, each with a name and (optional) a template folder under models/",
      "pulumi config set --path 'mlops:models[0].name' iris-decision-tree",
    ],
    ...["[2,1]", "[]", "[0]", "2"].map((given): [string, string, string, string, string] => [
      "mlops:accessTokenGenerations",
      given,
      JSON.stringify(given),
      "a list of whole numbers from 1, each greater than the one before, like [1] or [1,2]",
      "pulumi config set mlops:accessTokenGenerations '[1]'",
    ]),
    [
      "mlops:gitlabSshKnownHosts",
      "gitlab.example.com SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8",
      '"gitlab.example.com SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8"',
      "lines of a known_hosts file, each with host, type of key and key: gitlab.example.com ssh-ed25519 AAAA...",
      `pulumi config set mlops:gitlabSshKnownHosts ${settings.gitlabSshKnownHosts.example}`,
    ],
    [
      "gitlab:baseUrl",
      "gitlab.com",
      '"gitlab.com"',
      "an http or https address without credentials, like https://gitlab.com/api/v4",
      "pulumi config set gitlab:baseUrl https://gitlab.com/api/v4 (or set GITLAB_BASE_URL)",
    ],
    [
      "heroku:url",
      "https://ana:secret@api.heroku.com",
      "an address with a user name or password in it",
      "an http or https address without credentials, like https://api.heroku.com",
      "pulumi config set heroku:url https://api.heroku.com (or set HEROKU_API_URL)",
    ],
    [
      "mlops:herokuAp",
      "x",
      "an unknown setting",
      "perhaps mlops:herokuApp; all settings are in docs/settings.md",
      "pulumi config rm mlops:herokuAp",
    ],
    [
      "gitlab:tokens",
      "x",
      "an unknown setting",
      "perhaps gitlab:token; all settings are in docs/settings.md",
      "pulumi config rm gitlab:tokens",
    ],
  ])("%s = %s", (setting, given, found, allowed, fix) => {
    expect(complaint(source({ [setting]: given }))).toBe(message(setting, found, allowed, fix));
  });

  it.each<[models: string, setting: string, found: string, allowed: string, fix: string]>([
    [
      '[{"name":"Wine"}]',
      "mlops:models[0].name",
      '"Wine"',
      slug,
      "pulumi config set --path 'mlops:models[0].name' iris-decision-tree",
    ],
    [
      '[{"name":"wine"},{"name":"iris","tmplate":"x"}]',
      "mlops:models[1].tmplate",
      "an unknown key",
      "an object with name and (optional) template",
      "pulumi config rm --path 'mlops:models[1].tmplate'",
    ],
    [
      '[{"name":"wine","template":"_pipeline"}]',
      "mlops:models[0].template",
      '"_pipeline"',
      "the name of a folder under models/",
      "pulumi config set --path 'mlops:models[0].template' iris-decision-tree",
    ],
    [
      '[{"name":"wine"},{"name":"wine"}]',
      "mlops:models[1].name",
      '"wine", which another project of the stack has',
      "a name of its own for each model, other than mlops:serverProjectName",
      "pulumi config set --path 'mlops:models[1].name' wine-2",
    ],
    [
      '[{"name":"mlserver"}]',
      "mlops:models[0].name",
      '"mlserver", which another project of the stack has',
      "a name of its own for each model, other than mlops:serverProjectName",
      "pulumi config set --path 'mlops:models[0].name' mlserver-2",
    ],
  ])("models %s", (models, setting, found, allowed, fix) => {
    expect(complaint(source({ "mlops:models": models }))).toBe(message(setting, found, allowed, fix));
  });

  it("for a rotation that would begin before the token", () => {
    expect(
      complaint(source({ "mlops:accessTokenExpiryDays": "30", "mlops:accessTokenRotateBeforeDays": "30" })),
    ).toBe(
      message(
        "mlops:accessTokenRotateBeforeDays",
        "30, with mlops:accessTokenExpiryDays 30",
        "fewer days than the token lives",
        "pulumi config set mlops:accessTokenRotateBeforeDays 10",
      ),
    );
  });

  it("for several dynos of a size that Heroku does not scale", () => {
    expect(complaint(source({ "mlops:dynoQuantity": "2" }))).toBe(
      message(
        "mlops:dynoQuantity",
        "2, with mlops:dynoSize Basic",
        "1 for Eco and Basic dynos, which Heroku does not scale",
        "pulumi config set mlops:dynoSize Standard-1X",
      ),
    );
  });

  it("for a supplied write token that is missing", () => {
    expect(complaint(source({ "mlops:writeAccess": "token" }))).toBe(
      message(
        "mlops:writeToken",
        "none, with mlops:writeAccess token",
        "a GitLab token with scope write_repository on the server project",
        "pulumi config set --secret mlops:writeToken",
      ),
    );
  });

  it("for a missing token", () => {
    expect(complaint(source({}, { GITLAB_TOKEN: "" }))).toBe(
      message(
        "gitlab:token",
        "none",
        "a GitLab access token with scope api",
        "pulumi config set --secret gitlab:token (or set GITLAB_TOKEN)",
      ),
    );
  });
});

describe("credentials", () => {
  it("must not be in the stack's file in plain text", () => {
    const open = { ...source({ "gitlab:token": "glpat-lies-open" }), isSecret: () => false };
    const text = complaint(open);
    expect(text).toBe(
      message(
        "gitlab:token",
        "a credential in plain text in the stack's file",
        "an encrypted value",
        "pulumi config set --secret gitlab:token, and revoke the one that was in the file",
      ),
    );
    expect(text).not.toContain("glpat-lies-open");
  });

  it("are not repeated when they are wrong", () => {
    expect(complaint(source({ "mlops:writeToken": "short" }))).toBe(
      message(
        "mlops:writeToken",
        "a secret in the wrong form",
        "a GitLab token with scope write_repository on the server project",
        "pulumi config set --secret mlops:writeToken",
      ),
    );
  });
});

it("all problems are told at once", () => {
  const text = complaint({ settings: { "mlops:visibilty": "public" }, isSecret: () => false, env: {} });
  expect(text).toMatch(/^The stack's configuration cannot be used: 5 problems\./);
  for (const setting of [
    "mlops:visibilty",
    "mlops:gitlabNamespace",
    "mlops:herokuApp",
    "gitlab:token",
    "heroku:apiKey",
  ]) {
    expect(text).toContain(`\n  ${setting}\n`);
  }
});
