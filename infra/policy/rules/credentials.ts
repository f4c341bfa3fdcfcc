/** Credentials: secret in the stack's state, and seen by nobody who need not see them. */

import { hasCredential, namesCredential } from "../../../lib/credentials/patterns.ts";
import { makesKeyPair } from "../../../lib/gitlab/deploy-key.ts";
import { kindOf } from "../../../lib/kinds/kinds.ts";
import { componentType, types } from "../../../lib/pulumi/types.ts";
import type { Problem } from "../../../lib/text/problem.ts";
import { ofType, type Resource, type ResourceRule } from "../rule.ts";
import { objectIn, SECRET, UNKNOWN, type Values } from "../values.ts";

function isCredential(key: unknown, value: unknown): boolean {
  return (
    value === SECRET ||
    // A clone address with a token in it.
    key === "MLSERVER_REPO" ||
    (typeof key === "string" && namesCredential(key)) ||
    (typeof value === "string" && hasCredential(value))
  );
}

/** What a CI/CD variable that holds a credential must be. `hidden` can only be said when GitLab makes it. */
function missing({ urn, inputs }: Resource): string[] {
  const ours = urn.includes(`${componentType("CiVariables")}$`);
  return [
    ...(inputs.value === SECRET ? [] : ["plain text in the stack's state"]),
    ...(["protected", "masked", ...(ours ? ["hidden"] : [])] as const)
      .filter((property) => inputs[property] !== true && inputs[property] !== UNKNOWN)
      .map((property) => `not ${property}`),
  ];
}

const credentialVariable: ResourceRule = {
  name: "credential-variable",
  description: "CI/CD variables with credentials are secret, protected, masked and hidden.",
  about: ofType(types.gitlab.projectVariable),
  check(resource) {
    const { key, value } = resource.inputs;
    const wrong = isCredential(key, value) ? missing(resource) : [];
    if (wrong.length === 0) return [];
    return [
      {
        found: `variable ${String(key)}, a credential: ${wrong.join(", ")}`,
        allowed: "a secret value, and protected, masked and hidden: true",
        fix: "declare it in CiVariables with `credential: true` (infra/components/gitlab/ci-variables.ts)",
      },
    ];
  },
};

/** The value at a path; `SECRET` where something on the way is one. */
function at(values: Values, path: readonly string[]): unknown {
  let value: unknown = values;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return value;
    value = (value as Values)[step];
  }
  return value;
}

const credentialsOf = (type: string) => kindOf(type)?.credentials ?? [];

const credentialInput: ResourceRule = {
  name: "credential-input",
  description: "Providers and resources get their credentials as secrets.",
  about: (type) => credentialsOf(type).length > 0,
  check: ({ type, name, inputs }) =>
    credentialsOf(type)
      .map((path) => path.split("."))
      .filter((path) => ![undefined, SECRET].includes(at(inputs, path) as symbol | undefined))
      .map((path) => ({
        found: `${path.join(".")} of ${name} in plain text`,
        allowed: "a secret, which the state keeps encrypted",
        fix: `wrap it: ${path.at(-1)}: pulumi.secret(...)`,
      })),
};

/** Credentials of a program that the stack runs go in by the environment and come out as secrets. */
const credentialCommand: ResourceRule = {
  name: "credential-command",
  description:
    "Programs that the stack runs get credentials as secret variables, and what they print is secret.",
  about: ofType(types.command),
  check({ name, inputs, secretOutputs }) {
    const violations: Problem[] = [];
    const environment = Object.entries(objectIn(inputs, "environment"));
    for (const [key, value] of environment) {
      if (value === SECRET || !isCredential(key, value)) continue;
      violations.push({
        found: `variable ${key} of ${name} in plain text`,
        allowed: "a secret, which the state keeps encrypted",
        fix: `wrap it: ${key}: pulumi.secret(...)`,
      });
    }
    for (const line of ["create", "update", "delete"].filter((line) => inputs[line] === SECRET)) {
      violations.push({
        found: `a secret in the ${line} command line of ${name}, which every process of the machine can read`,
        allowed: "secrets in `environment` alone",
        fix: "hand it over by the environment of a ProgramCommand (infra/components/program-command.ts)",
      });
    }
    const usesSecrets =
      inputs.environment === SECRET ||
      environment.some(([, value]) => value === SECRET) ||
      makesKeyPair(inputs.create);
    const open = ["stdout", "stderr"].filter((output) => !secretOutputs.includes(output));
    if (usesSecrets && open.length > 0) {
      violations.push({
        found: `${open.join(" and ")} of ${name} in plain text, and it is given or makes credentials`,
        allowed: "stdout and stderr as secrets",
        fix: "use ProgramCommand (infra/components/program-command.ts), or additionalSecretOutputs",
      });
    }
    return violations;
  },
};

export const credentialRules: readonly ResourceRule[] = [
  credentialVariable,
  credentialInput,
  credentialCommand,
];
