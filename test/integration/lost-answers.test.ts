/**
 * Answers that get lost after the request was carried out, and an engine that is killed meanwhile: the next plain
 * `npx pulumi up` or `destroy` goes on from there, asks for no approval, makes nothing twice and leaves nothing behind.
 * `npm run bench -- faults` tries every fault at every call.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { approve, gitlab } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accountsOf } from "../support/accounts.ts";
import { stackCommand } from "../support/stack-command.ts";

let stack: ThrowawayStack;
beforeAll(async () => {
  stack = await throwawayStack();
}, 300_000);
afterAll(async () => stack?.remove(), 120_000);

const up = () =>
  stackCommand(stack.environment, "pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"]);

/** What requests met a fault since the last call. */
async function hits(): Promise<string[]> {
  const faults = await stack.sandbox.faults.list();
  await stack.sandbox.faults.clear();
  return faults.flatMap((one) => one.hits);
}

type Call = readonly [service: "gitlab" | "heroku", path: string];

/** An update of which a POST meets a fault: its answer gets lost after it was carried out, or it is refused. */
async function upMeeting(
  fault: "reset-after" | "expired-token",
  [service, path]: Call,
): Promise<{ code: number; text: string }> {
  await stack.sandbox.faults.add({ fault, service, method: "POST", path });
  const { code, stdout, stderr } = await up();
  expect(await hits(), stdout + stderr).toHaveLength(1);
  expect(stderr).not.toMatch(/weaken/);
  return { code, text: stderr };
}

/** The lost answer of each update, and what the next one makes of it. */
const steps = [
  [["heroku", "/apps"], /^Repair: took over app sandbox-mlserver \(/m],
  [["gitlab", "/projects"], /^Repair: took over project root\/\S+ \(\d+\), which has this stack's mark\.$/m],
  [
    ["gitlab", "/projects/:id/access_tokens"],
    /^Repair: revoked access token \d+ of root\/mlserver \(Pushes of .*\), whose value was lost\.$/m,
  ],
  [
    ["gitlab", "/projects/:id/variables"],
    /^Repair: removed variable \S+ of root\/\S+, which is made again\.$/m,
  ],
] as const;

let repaired: RegExp | undefined;
it.each(steps)("an answer of %s that is lost fails the update, and the next goes on", async (call, next) => {
  const { code, text } = await upMeeting("reset-after", call);
  expect(code, text).toBe(1);
  if (repaired) expect(text).toMatch(repaired);
  else expect(text).not.toContain("Repair");
  repaired = next;
});

it("an engine is killed while it waits for an answer", async () => {
  const call = { service: "heroku", method: "POST", path: "/oauth/authorizations" } as const;
  await stack.sandbox.faults.add({ fault: "slow", seconds: 600, ...call });
  const update = up();
  while ((await stack.sandbox.faults.list()).every((one) => one.hits.length === 0)) await sleep(50);
  process.kill(lockOwner(), "SIGKILL");
  const { stderr } = await update;
  await stack.sandbox.faults.clear();
  expect(stderr).toMatch(repaired as RegExp);
});

/** The process that has the lock. */
function lockOwner(): number {
  const { env, stack: name } = stack.environment;
  const folder = `${String(env.PULUMI_BACKEND_URL).slice("file://".length)}/.pulumi/locks/organization/mlops/${name}`;
  const file = readdirSync(folder).find((one) => one.endsWith(".json")) ?? "";
  return (JSON.parse(readFileSync(path.join(folder, file), "utf8")) as { pid: number }).pid;
}

it("comes up with the next", async () => {
  const { code, stdout, stderr } = await up();
  expect(stderr).toMatch(/^Repair: removed the lock of .*: the process is gone\.$/m);
  expect(stderr).toMatch(
    /^Repair: revoked Heroku authorization \S+ \(Pipelines of root\/mlserver\), whose token was lost\.$/m,
  );
  expect(stderr).toMatch(/^Repair: dropped the interrupted operation "creating"/m);
  expect(stderr).not.toMatch(/weaken/);
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).not.toMatch(/pending operations/);
});

it("and has everything once", async () => {
  const { api, heroku } = accountsOf(stack.environment);
  const projects = await gitlab(stack.environment).Projects.all({ membership: true });
  expect(projects.map(({ path }) => path).sort()).toEqual([
    "iris-decision-tree",
    "mlserver",
    "product-classifier",
  ]);
  const tokens = await api.ProjectAccessTokens.all("root/mlserver");
  expect(tokens.filter(({ active }) => active)).toHaveLength(2);
  const list = (await heroku("GET", "/oauth/authorizations")) as { description: string }[];
  expect(list.filter(({ description }) => description.startsWith("Pipelines of"))).toHaveLength(1);
  expect(await heroku("GET", "/apps")).toHaveLength(1);
});

it("and an update has nothing to do, and nothing to repair", async () => {
  const { code, stdout, stderr } = await stackCommand(stack.environment, "pulumi", [
    "up",
    "--yes",
    "--skip-preview",
    "--non-interactive",
    "--expect-no-changes",
  ]);
  expect(code, stdout + stderr).toBe(0);
  expect(stderr).not.toContain("Repair");
});

it("an approved change that fails midway is finished without another approval", async () => {
  await stackCommand(stack.environment, "pulumi", [
    "config",
    "set",
    "mlops:tagCreateAccessLevel",
    "developer",
  ]);
  await approve(stack.environment);
  // A rule that is deleted, and then not made again. An answer that is lost would not do: the provider asks again.
  const { code, text } = await upMeeting("expired-token", ["gitlab", "/projects/:id/protected_tags"]);
  expect(code, text).toBe(1);
  const rest = await up();
  expect(rest.stderr).toMatch(/^The rest of the update of \S+, which was allowed and did not succeed:$/m);
  expect(rest.code, rest.stdout + rest.stderr).toBe(0);
});

it("a stack of before the marks gets them without an approval, and keeps its credentials", async () => {
  const { environment } = stack;
  const exported = await stackCommand(environment, "pulumi", ["stack", "export"]);
  const unmarked = exported.stdout.replaceAll(` (Pulumi stack mlops/${environment.stack})`, "");
  expect(unmarked).not.toBe(exported.stdout);
  await stackCommand(environment, "pulumi", ["stack", "import"], { input: unmarked });
  const preview = await stackCommand(environment, "pulumi", ["preview", "--json", "--non-interactive"]);
  const { steps } = JSON.parse(preview.stdout) as { steps: { op: string; urn: string }[] };
  const changed = steps.filter(({ op }) => op !== "same");
  expect(changed.length).toBeGreaterThan(0);
  for (const { op, urn } of changed) expect(`${op} ${urn}`).toMatch(/^update .*:(Project|ProjectVariable)::/);
  const { code, stdout, stderr } = await up();
  expect(code, stdout + stderr).toBe(0);
});

const destroy = () =>
  stackCommand(stack.environment, "pulumi", ["destroy", "--yes", "--skip-preview", "--non-interactive"]);

it("a destroy that fails midway says so, and how to go on", async () => {
  const { faults } = stack.sandbox;
  // GitLab has marked a project for deletion by then, and would refuse to do so again.
  await faults.add({ fault: "truncated", service: "gitlab", method: "DELETE", path: "/projects/:id" });
  const { code, stdout, stderr } = await destroy();
  expect(await hits()).toHaveLength(1);
  expect(code, stdout + stderr).not.toBe(0);
  expect(stderr).toMatch(
    /^npx pulumi destroy did not succeed\..* run the same command again: it goes on from here\.$/m,
  );
});

it("and the next leaves nothing behind", async () => {
  const { code, stdout, stderr } = await destroy();
  expect(stderr).toMatch(/^Repair: dropped project root\/\S+, which GitLab has marked for deletion\.$/m);
  expect(code, stdout + stderr).toBe(0);
  const projects = await gitlab(stack.environment).Projects.all({ membership: true });
  expect(projects.filter((one) => !one.marked_for_deletion_on)).toEqual([]);
  const { heroku } = accountsOf(stack.environment);
  expect(await heroku("GET", "/apps")).toEqual([]);
  const list = (await heroku("GET", "/oauth/authorizations")) as { description: string }[];
  expect(list.filter(({ description }) => description.startsWith("Pipelines of"))).toEqual([]);
});
