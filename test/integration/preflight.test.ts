/** What is in the way of a stack is told before anything is created, all at once, and each fix works. */
import { CommandFailed, gitlab, pulumi } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../infra/preflight/check.ts";
import { stackCommand } from "../support/stack-command.ts";

let stack: ThrowawayStack;
let group: { id: number };
let developer: { id: number; token: string };

const set = (key: string, value: string) =>
  pulumi(stack.environment, "pulumi", ["config", "set", key, value]);

/** One call of GitLab's API by its administrator. */
async function admin<T>(method: string, path: string, body: object): Promise<T> {
  const { GITLAB_BASE_URL = "", GITLAB_TOKEN = "" } = stack.environment.env;
  const answer = await fetch(`${GITLAB_BASE_URL}${path}`, {
    method,
    headers: { "PRIVATE-TOKEN": GITLAB_TOKEN, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.text();
  expect(answer.ok, `${method} ${path}: ${told}`).toBe(true);
  return JSON.parse(told) as T;
}

beforeAll(async () => {
  stack = await throwawayStack({ conditions: { heroku: { verified: false } } });
  group = await admin("POST", "/groups", { name: "ml", path: "ml", visibility: "private" });
  await admin("PUT", "/application/settings", { check_namespace_plan: true });
  await admin("PUT", `/groups/${group.id}`, {
    project_creation_level: "noone",
    shared_runners_setting: "disabled_and_unoverridable",
  });
  const user = await admin<{ id: number }>("POST", "/users", {
    name: "Dora",
    username: "dora",
    email: "dora@example.com",
    force_random_password: true,
  });
  await admin("POST", `/groups/${group.id}/members`, { user_id: user.id, access_level: 30 });
  const { token } = await admin<{ token: string }>("POST", `/users/${user.id}/personal_access_tokens`, {
    name: "stack",
    scopes: ["api"],
    expires_at: new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10),
  });
  developer = { id: user.id, token };
  await set("mlops:gitlabNamespace", "ml");
  await set("mlops:visibility", "public");
}, 300_000);

afterAll(async () => stack?.remove(), 120_000);

interface Reported {
  readonly problems: number;
  readonly findings: readonly Finding[];
}

async function preflight(env: Record<string, string> = {}): Promise<{ code: number; report: Reported }> {
  const { code, stdout, stderr } = await stackCommand(
    stack.environment,
    process.execPath,
    ["operations/preflight/main.ts", "--format", "json"],
    { env: { GITLAB_TOKEN: developer.token, ...env } },
  );
  expect(stderr).toBe("");
  expect(stdout).not.toContain(developer.token);
  return { code, report: JSON.parse(stdout) as Reported };
}

const named = (findings: readonly Finding[], outcome: Finding["outcome"]) =>
  findings.filter((finding) => finding.outcome === outcome).map(({ check }) => check);

const inTheWay = [
  "role in the group",
  "who may create projects",
  "visibility of the group",
  "shared runners in the group",
  "verified account",
];

describe("npm run preflight", () => {
  it("tells a developer of a closed group, with an account that is not verified, all of it at once", async () => {
    const { code, report } = await preflight();
    expect(code).toBe(2);
    expect(named(report.findings, "problem")).toEqual(inTheWay);
    expect(named(report.findings, "warning")).toEqual(["end of the token"]);
    // A developer sees no plan and no push rules; there is no project that names the registry.
    expect(named(report.findings, "not checked")).toEqual(
      expect.arrayContaining(["plan and trial", "log-in to GitLab's registry"]),
    );
  });

  it("is what stops an update, before anything is created", async () => {
    const { GITLAB_TOKEN: _, ...env } = stack.environment.env;
    const environment = { ...stack.environment, env: { ...env, GITLAB_TOKEN: developer.token } };
    const failed = await pulumi(environment, "pulumi", ["up", "--yes", "--skip-preview"]).catch(
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(CommandFailed);
    expect((failed as CommandFailed).output).toContain(`cannot come up: ${inTheWay.length} problems`);
    expect(await gitlab(stack.environment).Projects.all({ membership: true })).toEqual([]);
  });

  it("tells an Owner the plan as well, and what is left after the fixes", async () => {
    await admin("PUT", `/groups/${group.id}/members/${developer.id}`, { access_level: 50 });
    await admin("PUT", `/groups/${group.id}`, { project_creation_level: "owner" });
    await set("mlops:visibility", "private");
    await set("mlops:runner", "project");
    const { report } = await preflight();
    expect(named(report.findings, "problem")).toEqual(["plan and trial", "verified account"]);
  });

  it("has a missing docker engine as one more row", async () => {
    await admin("PUT", `/namespaces/${group.id}`, {
      gitlab_subscription_attributes: { plan_code: "premium" },
    });
    const without = await preflight({ DOCKER_HOST: "unix:///nonexistent/docker.sock" });
    expect(without.code).toBe(2);
    expect(named(without.report.findings, "problem")).toEqual(["verified account", "docker engine"]);
  });
});
