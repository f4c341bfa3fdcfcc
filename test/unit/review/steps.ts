/** Steps of a preview, and what the review makes of them. */

import type { Digest, State, Step } from "../../../lib/pulumi/preview.ts";
import type { Properties } from "../../../lib/pulumi/values.ts";
import { review } from "../../../operations/review/judge.ts";
import { grouped } from "../../../operations/review/words.ts";

export const SECRET = "[secret]";
export const types = {
  tag: "gitlab:index/tagProtection:TagProtection",
  branch: "gitlab:index/branchProtection:BranchProtection",
  variable: "gitlab:index/projectVariable:ProjectVariable",
  token: "gitlab:index/projectAccessToken:ProjectAccessToken",
  member: "gitlab:index/projectMembership:ProjectMembership",
  key: "gitlab:index/deployKey:DeployKey",
  runner: "gitlab:index/userRunner:UserRunner",
  project: "gitlab:index/project:Project",
  collaborator: "heroku:collaborator/collaborator:Collaborator",
  formation: "heroku:formation/formation:Formation",
  command: "command:local:Command",
  image: "docker:index/image:Image",
  gitlab: "pulumi:providers:gitlab",
  approval: "gitlab:index/projectApprovalRule:ProjectApprovalRule",
} as const;
/** One of these, or the type token of a kind that has its own test. */
export type Type = keyof typeof types | `${string}:${string}`;

const tokenOf = (type: Type) => (type in types ? types[type as keyof typeof types] : type);

export const urn = (type: Type, name = "it") =>
  `urn:pulumi:dev::mlops::mlops:index:A$${tokenOf(type)}::${name}`;

/** The project that the resources are in. */
export const project = (op: string): Step => ({
  op,
  urn: urn("project", "server"),
  ...(op === "create"
    ? { newState: { inputs: { path: "server" } } }
    : { oldState: { id: "1", inputs: { path: "server" }, outputs: { pathWithNamespace: "ml/server" } } }),
});

export function changed(type: Type, before: Properties, after: Properties, more: Partial<Step> = {}): Step {
  const keys = Object.keys({ ...before, ...after }).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  return {
    op: "update",
    urn: urn(type),
    oldState: { id: "x", inputs: { project: "1", ...before }, outputs: { project: "1", ...before } },
    newState: { inputs: { project: "1", ...after } },
    detailedDiff: Object.fromEntries(keys.map((key) => [key, { kind: "update", inputDiff: false }])),
    ...more,
  };
}

export const created = (type: Type, inputs: Properties, state: Partial<State> = {}): Step => ({
  op: "create",
  urn: urn(type),
  newState: { inputs: { project: "1", ...inputs }, ...state },
});

/** What a property is made of, by the URN of the resource. */
export const madeOf = (property: string, ...urns: string[]): Partial<State> => ({
  propertyDependencies: { [property]: urns },
});

export const deleted = (type: Type, inputs: Properties): Step => ({
  op: "delete",
  urn: urn(type),
  oldState: { id: "x", inputs: { project: "1", ...inputs } },
});

export const judge = (...steps: Step[]) => review({ steps });
export const judgeOutputs = (outputs: Digest["outputs"]) => review({ steps: [], outputs });
/** The findings, as `rank: words`. */
export const told = (digest: Digest) => {
  const { findings } = review(digest);
  return grouped(findings).map(({ mark, what, change }) => `${mark} ${what}: ${change}`);
};

export const main = { branch: "main" };
export const apiKey = { key: "HEROKU_API_KEY", value: SECRET };
export const access = { name: "access-mlserver" };
export const authorization = { create: "node infra/commands/heroku-authorization.ts create" };
export const environment = (more: Properties) => ({
  ...authorization,
  environment: {
    DESCRIPTION: "Pipelines",
    SCOPES: "read",
    EXPIRY_DAYS: "365",
    HEROKU_API_KEY: SECRET,
    ...more,
  },
});
