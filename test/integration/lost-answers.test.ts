/**
 * Answers that get lost after the request was carried out, and an engine that is killed meanwhile: the next plain
 * `npx pulumi up` goes on from there, asks for no approval, makes nothing twice and leaves nothing behind.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { gitlab, required } from "@tag-to-endpoint/journey";
import { afterAll, beforeAll, expect, it } from "vitest";
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

/** An update during which the answers to these are lost; every one of them must have been. */
async function upLosing(...ends: string[]) {
  for (const end of ends) lost.add(end);
  const { code, stdout, stderr } = await up();
  expect([...lost], stdout + stderr).toEqual([]);
  return { code, text: stdout + stderr };
}

it("a lost answer to the creation of the app and of a project", async () => {
  const { code } = await upLosing("/apps", "/projects");
  expect(code).toBe(1);
});

it("both are taken over by the next, whose access token, variable and authorization get lost", async () => {
  const { code, text } = await upLosing("/access_tokens", "/variables", "/oauth/authorizations");
  expect(text).toMatch(/^Repair: took over app mlserver \(/m);
  expect(text).toMatch(/^Repair: took over project root\/\S+ \(\d+\), which has this stack's mark\.$/m);
  expect(code, text).toBe(1);
});

it("what is of no use is removed by the next, whose engine is killed while a variable is made", async () => {
  lost.add("/variables");
  const { env, root, stack: name } = stack.environment;
  const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], {
    cwd: root,
    env: { ...process.env, ...env, PULUMI_STACK: name },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  onLost = () => {
    onLost = () => {};
    const lockOwner = async () => {
      const folder = `${String(env.PULUMI_BACKEND_URL).slice("file://".length)}/.pulumi/locks/organization/mlops/${name}`;
      const [file] = (await readdir(folder)).filter((one) => one.endsWith(".json"));
      const { default: lock } = await import(path.join(folder, file ?? ""), { with: { type: "json" } });
      return (lock as { pid: number }).pid;
    };
    void lockOwner().then((pid) => process.kill(pid, "SIGKILL"));
  };
  await once(child, "close");
  expect(text).toMatch(
    /^Repair: revoked access token \d+ of root\/mlserver \(Pushes of model project \S+\), whose value was lost\.$/m,
  );
  expect(text).toMatch(/^Repair: removed variable \S+ of root\/\S+, which is made again\.$/m);
});

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
