/** Cases of the rules about credentials. */
import { SECRET, UNKNOWN } from "../../infra/policy/values.ts";
import { type Cases, command, ownVariable, resource, variable } from "./resources.ts";

const guarded = { protected: true, masked: true, hidden: true };
const variableAllowed = "a secret value, and protected, masked and hidden: true";
const variableFix =
  "declare it in CiVariables with `credential: true` (infra/components/gitlab/ci-variables.ts)";
const secretAllowed = "a secret, which the state keeps encrypted";

export const credentialCases: Record<string, Cases> = {
  "credential-variable": {
    passes: [
      ["a guarded credential", ownVariable({ key: "HEROKU_API_KEY", value: SECRET, ...guarded })],
      ["a plain value", ownVariable({ key: "GIT_USER_NAME", value: "GitLab iris", protected: true })],
      ["an address without a password", variable({ key: "REPO", value: "https://gitlab.com/ml/a.git" })],
      [
        "one not made by us, so not hidden",
        variable({ key: "X", value: SECRET, protected: true, masked: true }),
      ],
      [
        "protection that is not known yet",
        variable({ key: "X", value: SECRET, ...guarded, masked: UNKNOWN }),
      ],
    ],
    fails: [
      [
        "a credential that any pipeline and any log shows",
        ownVariable({ key: "DEPLOY_TOKEN", value: SECRET }),
        [
          "variable DEPLOY_TOKEN, a credential: not protected, not masked, not hidden",
          variableAllowed,
          variableFix,
        ],
      ],
      [
        "a known name in plain text",
        ownVariable({ key: "MLSERVER_REPO", value: UNKNOWN, ...guarded }),
        [
          "variable MLSERVER_REPO, a credential: plain text in the stack's state",
          variableAllowed,
          variableFix,
        ],
      ],
      [
        "a token under another name",
        variable({ key: "HARMLESS", value: "glpat-0123456789abcdefghij", ...guarded }),
        ["variable HARMLESS, a credential: plain text in the stack's state", variableAllowed, variableFix],
      ],
      [
        "an address with a password",
        variable({ key: "ADDRESS", value: "https://me:canary-word@example.com/x.git", ...guarded }),
        ["variable ADDRESS, a credential: plain text in the stack's state", variableAllowed, variableFix],
      ],
    ],
  },
  "credential-input": {
    passes: [
      ["a secret token", resource("pulumi:providers:gitlab", { baseUrl: "https://x", token: SECRET })],
      ["no token", resource("pulumi:providers:heroku", { url: "https://x" })],
      ["a secret password", resource("docker:index/image:Image", { registry: { password: SECRET } })],
      ["a secret log-in", resource("docker:index/image:Image", { registry: SECRET })],
      ["another provider", resource("pulumi:providers:random", { token: "x" })],
    ],
    fails: [
      [
        "a plain token",
        resource("pulumi:providers:gitlab", { token: "canary-word" }),
        ["token of one in plain text", secretAllowed, "wrap it: token: pulumi.secret(...)"],
      ],
      [
        "a plain API key",
        resource("pulumi:providers:heroku", { apiKey: "canary-word" }),
        ["apiKey of one in plain text", secretAllowed, "wrap it: apiKey: pulumi.secret(...)"],
      ],
      [
        "a plain password that is not known yet",
        resource("docker:index/image:Image", { registry: { password: UNKNOWN } }),
        ["registry.password of one in plain text", secretAllowed, "wrap it: password: pulumi.secret(...)"],
      ],
    ],
  },
  "credential-command": {
    passes: [
      ["a secret variable", command({ create: "true", environment: { API_KEY: SECRET, BRANCH: "main" } })],
      ["no credentials", command({ create: "true", environment: { BRANCH: "main" } }, { secretOutputs: [] })],
    ],
    fails: [
      [
        "a plain variable",
        command({ create: "true", environment: { API_KEY: "canary-word" } }),
        ["variable API_KEY of one in plain text", secretAllowed, "wrap it: API_KEY: pulumi.secret(...)"],
      ],
      [
        "a secret argument",
        command({ create: SECRET }),
        [
          "a secret in the create command line of one, which every process of the machine can read",
          "secrets in `environment` alone",
          "hand it over by the environment of a ProgramCommand (infra/components/program-command.ts)",
        ],
      ],
      [
        "open output",
        command({ create: "true", environment: { API_KEY: SECRET } }, { secretOutputs: ["stdout"] }),
        [
          "stderr of one in plain text, and it is given or makes credentials",
          "stdout and stderr as secrets",
          "use ProgramCommand (infra/components/program-command.ts), or additionalSecretOutputs",
        ],
      ],
      [
        "the open output of a program that makes a key",
        command({ create: "node infra/commands/ssh-key-pair.ts create" }, { secretOutputs: [] }),
        [
          "stdout and stderr of one in plain text, and it is given or makes credentials",
          "stdout and stderr as secrets",
          "use ProgramCommand (infra/components/program-command.ts), or additionalSecretOutputs",
        ],
      ],
    ],
  },
};
