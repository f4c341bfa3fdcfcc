import type { StackConfig } from "../../infra/config/config.ts";
import type { Facts } from "../../infra/preflight/facts.ts";
import { idOf, type Outputs } from "./recorder.ts";

/** A complete configuration, other settings as given. */
export function configWith(settings: Partial<StackConfig> = {}): StackConfig {
  return {
    gitlabNamespace: "ml",
    serverProjectName: "mlserver",
    visibility: "private",
    defaultBranch: "main",
    runner: "shared",
    herokuApp: "ml-app",
    herokuTeam: undefined,
    herokuRegion: "us",
    herokuRegistry: "registry.heroku.com",
    dynoSize: "Basic",
    dynoQuantity: 1,
    herokuTokenScopes: ["read", "write-protected"],
    herokuTokenExpiryDays: 365,
    herokuTokenGenerations: [1],
    tagPattern: "v*",
    tagCreateAccessLevel: "maintainer",
    branchPushAccessLevel: "maintainer",
    branchMergeAccessLevel: "maintainer",
    deployOn: "defaultBranch",
    writeAccess: "projectAccessToken",
    writeToken: undefined,
    accessTokenExpiryDays: 90,
    accessTokenGenerations: [1],
    accessTokenRotateBeforeDays: 30,
    gitUserEmail: undefined,
    gitUserName: undefined,
    baseImage: "python:3.11-slim-bookworm",
    imagePlatform: "linux/amd64",
    mlserverRuntimes: ["sklearn"],
    models: [
      { name: "iris-decision-tree", template: "iris-decision-tree" },
      { name: "product-classifier", template: "product-classifier" },
    ],
    gitlab: { url: "https://gitlab.com/api/v4", token: canaries.gitlabToken },
    heroku: { url: "https://api.heroku.com", token: canaries.herokuKey },
    ...settings,
  };
}

export const facts: Facts = {
  namespaceId: 7,
  enterprise: true,
  user: { username: "ana", name: "Ana", email: "ana@example.com" },
};

/** Values that must be secret wherever they turn up. */
export const canaries = {
  gitlabToken: "glpat-canary-of-the-stack",
  herokuKey: "HRKU-canary-of-the-stack",
  deployToken: "HRKU-canary-of-the-pipelines",
  accessToken: "glpat-canary-of-the-model",
  runnerToken: "glrt-canary-of-the-runner",
};

/** What GitLab, Heroku and docker would answer. */
export const answers: Outputs = (type, name, inputs) => {
  switch (type) {
    case "gitlab:index/project:Project":
      return {
        httpUrlToRepo: `https://gitlab.com/ml/${inputs.path}.git`,
        pathWithNamespace: `ml/${inputs.path}`,
        webUrl: `https://gitlab.com/ml/${inputs.path}`,
      };
    case "gitlab:index/projectAccessToken:ProjectAccessToken":
      return { token: canaries.accessToken };
    case "gitlab:index/userRunner:UserRunner":
      return { token: canaries.runnerToken };
    case "heroku:app/app:App":
      return { webUrl: `https://${inputs.name}-0123456789ab.herokuapp.com/` };
    case "docker:index/image:Image":
      return { repoDigest: `${String(inputs.imageName).replace(/:latest$/, "")}@sha256:${"0".repeat(64)}` };
    case "command:local:Command":
      return { stdout: JSON.stringify({ id: idOf(name), token: canaries.deployToken }), stderr: "" };
    default:
      return {};
  }
};
