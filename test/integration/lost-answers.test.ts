/**
 * Answers that get lost after the request was carried out, and an engine that is killed meanwhile: the next plain
 * `npx pulumi up` goes on from there, asks for no approval, makes nothing twice and leaves nothing behind.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gitlab, required } from "@tag-to-endpoint/journey";
import { afterAll, beforeAll, expect, it } from "vitest";
import { approve } from "../support/approve.ts";
import { type FaultyProxy, faultyProxy } from "../support/faulty-proxy.ts";
import { stackCommand } from "../support/stack-command.ts";
import { type ThrowawayStack, throwawayStack } from "../support/throwaway.ts";
import { accountsOf } from "./drift-cases.ts";

let stack: ThrowawayStack;
const proxies: FaultyProxy[] = [];
/** Requests of which the next answer gets lost: `POST` and the end of a path. */
const lost = new Set<string>();
/** Called when an answer was lost. */
let onLost: () => void = () => {};

async function between(variable: string): Promise<void> {
  const target = new URL(required(stack.environment, variable));
  const proxy = await faultyProxy(target.origin, ({ method, url = "" }) => {
    const hit = [...lost].find((end) => method === "POST" && new URL(url, target).pathname.endsWith(end));
    if (hit === undefined) return undefined;
    lost.delete(hit);
    onLost();
    return "lost";
  });
  proxies.push(proxy);
  stack.environment.env[variable] = `${proxy.url}${target.pathname.replace(/\/$/, "")}`;
}

beforeAll(async () => {
  stack = await throwawayStack();
  for (const variable of ["GITLAB_BASE_URL", "HEROKU_API_URL"]) await between(variable);
}, 300_000);
afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  await stack?.remove();
}, 120_000);

const up = () =>
  stackCommand(stack.environment, "pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"]);

/** What an update has said it repaired, before the answer that was to be lost was lost. */
async function upLosing(end: string): Promise<{ code: number; text: string }> {
  lost.add(end);
  const { code, stdout, stderr } = await up();
  expect([...lost], stdout + stderr).toEqual([]);
  expect(stderr).not.toMatch(/weaken/);
  return { code, text: stderr };
}

/** The lost answer of each update, and what the next one makes of it. */
const steps = [
  ["/apps", /^Repair: took over app sandbox-mlserver \(/m],
  ["/projects", /^Repair: took over project root\/\S+ \(\d+\), which has this stack's mark\.$/m],
  [
    "/access_tokens",
    /^Repair: revoked access token \d+ of root\/mlserver \(Pushes of .*\), whose value was lost\.$/m,
  ],
  ["/variables", /^Repair: removed variable \S+ of root\/\S+, which is made again\.$/m],
] as const;

let repaired: RegExp | undefined;
it.each(steps)(
  "an answer to POST %s that is lost fails the update, and the next goes on",
  async (end, next) => {
    const { code, text } = await upLosing(end);
    expect(code, text).toBe(1);
    if (repaired) expect(text).toMatch(repaired);
    else expect(text).not.toContain("Repair");
    repaired = next;
  },
);

it("an engine is killed while it waits for an answer", async () => {
  lost.add("/oauth/authorizations");
  const killed = new Promise<void>((resolve) => {
    onLost = () => {
      onLost = () => {};
      process.kill(lockOwner(), "SIGKILL");
      resolve();
    };
  });
  const { stderr } = await up();
  await killed;
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
  lost.add("/protected_tags");
  const { code } = await up();
  expect([code, [...lost]]).toEqual([1, []]);
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

it("destroy leaves nothing behind", async () => {
  const { code, stdout, stderr } = await stackCommand(stack.environment, "pulumi", [
    "destroy",
    "--yes",
    "--skip-preview",
    "--non-interactive",
  ]);
  expect(code, stdout + stderr).toBe(0);
  const { heroku } = accountsOf(stack.environment);
  expect(await heroku("GET", "/apps")).toEqual([]);
  const list = (await heroku("GET", "/oauth/authorizations")) as { description: string }[];
  expect(list.filter(({ description }) => description.startsWith("Pipelines of"))).toEqual([]);
});
