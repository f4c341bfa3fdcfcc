import { vi } from "vitest";
import type { StackConfig } from "../../infra/config/config.ts";
import type { Facts } from "../../infra/preflight/facts.ts";
import { makesKeyPair } from "../../lib/gitlab/deploy-key.ts";
import { idOf, type Outputs } from "./recorder.ts";

// Tests of the program have it read what `configWith` gives.
const { readConfig } = await vi.importActual<typeof import("../../infra/config/config.ts")>(
  "../../infra/config/config.ts",
);

/** The configuration with every default, other settings as given. */
export function configWith(settings: Partial<StackConfig> = {}): StackConfig {
  const required = {
    "mlops:gitlabNamespace": "ml",
    "mlops:herokuApp": "ml-app",
    "gitlab:token": canaries.gitlabToken,
    "heroku:apiKey": canaries.herokuKey,
  };
  return { ...readConfig({ settings: required, isSecret: () => true, env: {} }), ...settings };
}

export const facts: Facts = {
  namespaceId: 7,
  enterprise: true,
  user: { username: "ana", name: "Ana", email: "ana@example.com" },
  canRelease: true,
};

/** Values that must be secret wherever they turn up. */
export const canaries = {
  gitlabToken: "glpat-canary-of-the-stack",
  herokuKey: "HRKU-canary-of-the-stack",
  deployToken: "HRKU-canary-of-the-pipelines",
  accessToken: "glpat-canary-of-the-model",
  runnerToken: "glrt-canary-of-the-runner",
  deployKey: "Y2FuYXJ5IG9mIHRoZSBkZXBsb3kga2V5",
};

/** What GitLab, Heroku and docker would answer. */
export const answers: Outputs = (type, name, inputs) => {
  switch (type) {
    case "gitlab:index/project:Project":
      return {
        httpUrlToRepo: `https://gitlab.com/ml/${inputs.path}.git`,
        sshUrlToRepo: `git@gitlab.com:ml/${inputs.path}.git`,
        pathWithNamespace: `ml/${inputs.path}`,
        webUrl: `https://gitlab.com/ml/${inputs.path}`,
      };
    case "gitlab:index/projectAccessToken:ProjectAccessToken":
      return { token: canaries.accessToken };
    case "gitlab:index/deployKey:DeployKey":
      return { deployKeyId: Number(idOf(name)) };
    case "gitlab:index/userRunner:UserRunner":
      return { token: canaries.runnerToken };
    case "heroku:app/app:App":
      return { webUrl: `https://${inputs.name}-0123456789ab.herokuapp.com/` };
    case "docker:index/image:Image":
      return { repoDigest: `${String(inputs.imageName).replace(/:latest$/, "")}@sha256:${"0".repeat(64)}` };
    case "command:local:Command":
      if (makesKeyPair(inputs.create)) {
        const pair = { privateKey: canaries.deployKey, publicKey: `ssh-ed25519 ${name}` };
        return { stdout: JSON.stringify(pair), stderr: "" };
      }
      if (String(inputs.create).includes("copy-image")) {
        const image = `registry.gitlab.com/ml/${name}@sha256:${"0".repeat(64)}`;
        return { stdout: JSON.stringify({ image }), stderr: "" };
      }
      if (String(inputs.create).includes("release-pipeline")) {
        const built = (image: string) => `registry.gitlab.com/ml/mlserver/${image}@sha256:${"0".repeat(64)}`;
        const images = { runtimeImage: built("runtime"), trainingImage: built("training") };
        return { stdout: JSON.stringify({ pipeline: "https://gitlab.com/p/1", ...images }), stderr: "" };
      }
      return { stdout: JSON.stringify({ id: idOf(name), token: canaries.deployToken }), stderr: "" };
    default:
      return {};
  }
};
