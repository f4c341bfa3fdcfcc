/** A stack as a refresh found it, and services in which nobody did anything. */
import type { Step } from "../../lib/pulumi/preview.ts";
import { unmanagedIn } from "../../operations/drift/unmanaged/checks.ts";
import { type Answers, serve } from "./server.ts";

export const urn = (type: string) => `urn:pulumi:prod::mlops::mlops:index:Part$${type}::it`;
export const kept = (type: string, id: string, outputs: object, inputs: object = {}): Step => {
  const state = { type, id, inputs: { ...inputs }, outputs: { ...outputs } };
  return { op: "refresh", urn: urn(type), oldState: state, newState: state };
};

export const project = kept("gitlab:index/project:Project", "3", {
  pathWithNamespace: "group/mlserver",
  webUrl: "https://gitlab.example/group/mlserver",
});
export const tagRule = kept(
  "gitlab:index/tagProtection:TagProtection",
  "3:v*",
  { project: "3", tag: "v*" },
  { project: "3", tag: "v*", createAccessLevel: "maintainer" },
);
export const level = (number: number, words: string, more: object = {}) => ({
  access_level: number,
  access_level_description: words,
  ...more,
});

/** Lists of a project in which nobody did anything, others as given. */
export const nothing: Answers = {
  ...Object.fromEntries(
    [
      "protected_tags",
      "protected_branches",
      "variables",
      "access_tokens",
      "deploy_keys",
      "deploy_tokens",
      "runners",
      "members",
      "hooks",
      "pipeline_schedules",
      "triggers",
      "remote_mirrors",
      "integrations",
      "job_token_scope/allowlist",
      "job_token_scope/groups_allowlist",
    ].map((list) => [`GET /projects/3/${list}?per_page=100&page=1`, [200, []] as const]),
  ),
  "GET /projects/3": [200, {}],
  "GET /projects/3/job_token_scope": [200, { inbound_enabled: true }],
  "GET /user": [200, { id: 1 }],
  "GET /admin/ci/variables?per_page=100&page=1": [200, []],
};
export const list = (name: string, status: number, body?: unknown): Answers => ({
  [`GET /projects/3/${name}?per_page=100&page=1`]: [status, body],
});

export async function found(answers: Answers, steps: readonly Step[] = [project, tagRule]) {
  const server = await serve({ ...nothing, ...answers });
  const account = { url: server.url, token: "glpat-of-the-look" };
  try {
    return await unmanagedIn(steps, { gitlab: account, heroku: account });
  } finally {
    await server.close();
  }
}
