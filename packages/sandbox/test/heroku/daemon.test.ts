import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sandboxId } from "../../src/core/context.ts";
import { findRunning } from "../../src/core/lifecycle.ts";
import { runningPid } from "../../src/core/process.ts";
import { type Sandbox, startSandbox } from "../../src/index.ts";
import { eventually, web } from "./support.ts";

const run = promisify(execFile);
const engine = new Docker();
const root = join(import.meta.dirname, "../../../..");
const MINUTE = 60_000;
const APP = "daemon-app";

let folder: string;
let stateDir: string;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tag-to-endpoint-daemon-"));
  stateDir = join(folder, "state");
}, MINUTE);
afterAll(async () => {
  await sandbox?.reset();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}, 2 * MINUTE);

/** Runs the command line; gives its exit status and all that it printed. */
async function cli(args: string[], env: NodeJS.ProcessEnv = process.env) {
  const all = [join(root, "packages/sandbox/src/cli.ts"), ...args, "--state", stateDir];
  try {
    const { stdout, stderr } = await run(process.execPath, all, { env });
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, output: stdout + stderr };
  }
}

async function heroku(method: string, path: string, body?: unknown, variant = "") {
  const answer = await fetch(`${sandbox.env.HEROKU_API_URL}${path}`, {
    method,
    headers: {
      accept: `application/vnd.heroku+json; version=3${variant}`,
      authorization: `Bearer ${sandbox.env.HEROKU_API_KEY}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as { id: string; name: string; web_url: string; version: number };
}

/** Whether a process runs; one that has ended and is not yet collected does not. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, "utf8"));
}

const answers = async () => (await web((await heroku("GET", `/apps/${APP}`)).web_url)).status === 200;
const own = () => ({ filters: { label: [`tag-to-endpoint.sandbox=${sandboxId(stateDir)}`] } });

test(
  "two starts at once make one sandbox",
  async () => {
    const [first, second] = await Promise.all([startSandbox({ stateDir }), startSandbox({ stateDir })]);
    sandbox = first;
    expect(second.env).toEqual(first.env);
    expect(Object.keys(sandbox.env).toSorted()).toEqual([
      "GITLAB_BASE_URL",
      "GITLAB_SSH_KNOWN_HOSTS",
      "GITLAB_TOKEN",
      "HEROKU_API_KEY",
      "HEROKU_API_URL",
      "HEROKU_REGISTRY",
      "MLOPS_BASE_IMAGE",
      "PULUMI_CONFIG_PASSPHRASE",
    ]);
    for (const url of Object.values(sandbox.urls)) expect(url).toMatch(/^(http:\/\/)?127\.0\.0\.1:\d+$/);
    const { output } = await cli(["status"]);
    expect(output).toContain(`process ${runningPid(stateDir, "daemon")}`);
  },
  MINUTE,
);

test(
  "an app goes live",
  async () => {
    await heroku("POST", "/apps", { name: APP, stack: "container" });
    const name = `${sandbox.env.HEROKU_REGISTRY}/${APP}/web`;
    const env = { ...process.env, DOCKER_CONFIG: join(folder, "docker") };
    const build = [
      "build",
      "--quiet",
      "--build-arg",
      `BASE_IMAGE=${sandbox.env.MLOPS_BASE_IMAGE}`,
      "--tag",
      name,
    ];
    await run("docker", [...build, join(import.meta.dirname, "app")]);
    const login = run("docker", ["login", "-u", "_", "--password-stdin", sandbox.env.HEROKU_REGISTRY ?? ""], {
      env,
    });
    login.child.stdin?.end(sandbox.env.HEROKU_API_KEY);
    await login;
    await run("docker", ["push", "--quiet", name], { env });
    const image = (await run("docker", ["inspect", "--format", "{{.Id}}", name])).stdout.trim();
    const body = { updates: [{ type: "web", docker_image: image }] };
    await heroku("PATCH", `/apps/${APP}/formation`, body, ".docker-releases");
    expect(await answers()).toBe(true);
  },
  2 * MINUTE,
);

test(
  "the daemon is killed: a start brings everything back, nothing runs twice",
  async () => {
    const before = { env: sandbox.env, daemon: runningPid(stateDir, "daemon") as number };
    const orphan = runningPid(stateDir, "heroku-registry") as number;
    process.kill(before.daemon, "SIGKILL");
    await eventually("the daemon is gone", async () => runningPid(stateDir, "daemon") === undefined);
    expect(findRunning(stateDir)).toBeUndefined();
    expect((await cli(["status"])).output).toContain("stopped");
    expect(isAlive(orphan)).toBe(true);

    sandbox = await startSandbox({ stateDir });
    expect(sandbox.env).toEqual(before.env);
    expect(isAlive(orphan)).toBe(false);
    expect(await answers()).toBe(true);
    expect(await engine.listContainers(own())).toHaveLength(1);
  },
  MINUTE,
);

test(
  "killed and stopped: nothing runs on; started again: all is there",
  async () => {
    process.kill(runningPid(stateDir, "daemon") as number, "SIGKILL");
    expect((await cli(["stop"])).status).toBe(0);
    expect(await engine.listContainers({ ...own(), all: true })).toEqual([]);
    expect(runningPid(stateDir, "heroku-registry")).toBeUndefined();
    expect((await cli(["stop"])).status).toBe(0);

    const envFile = join(folder, "env");
    const { status, output } = await cli(["start", "--write-env", envFile]);
    expect([status, output]).toEqual([0, expect.stringContaining("ready")]);
    expect(statSync(envFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(envFile, "utf8")).toContain(`HEROKU_API_KEY=${sandbox.env.HEROKU_API_KEY}`);
    expect(output).not.toContain(sandbox.env.HEROKU_API_KEY);
    expect(output).not.toContain(sandbox.env.GITLAB_TOKEN);
    expect(await answers()).toBe(true);
  },
  MINUTE,
);

test("no token is in the logs", async () => {
  const { stdout } = await run("sh", ["-c", `cat ${stateDir}/logs/*`]);
  expect(stdout.length).toBeGreaterThan(100);
  expect(stdout).not.toContain(sandbox.env.HEROKU_API_KEY);
  expect(stdout).not.toContain(sandbox.env.GITLAB_TOKEN);
});

test(
  "a port taken by somebody else is named, with the way out",
  async () => {
    await sandbox.stop();
    const port = Number(new URL(sandbox.urls.heroku).port);
    const squatter = createServer().listen(port, "127.0.0.1");
    const { status, output } = await cli(["start"]);
    await new Promise((resolve) => squatter.close(resolve));
    expect(status).toBe(1);
    expect(output).toContain(`another program listens on this sandbox's port ${port} (heroku)`);
    expect(output).toContain("npm run sandbox -- reset");
    expect(output).not.toContain("    at ");
  },
  MINUTE,
);

test(
  "what the machine lacks is named, with the packages",
  async () => {
    const { status, output } = await cli(["start"], {
      ...process.env,
      PATH: join(root, "node_modules/.bin"),
    });
    expect(status).toBe(1);
    expect(output).toContain("the sandbox needs docker-registry, git, rsync, not found on PATH");
    expect(output).toContain("apt-get install docker-registry git rsync");
    const noEngine = await cli(["start"], { ...process.env, DOCKER_HOST: "unix:///nonexistent.sock" });
    expect([noEngine.status, noEngine.output]).toEqual([
      1,
      expect.stringContaining("docker engine does not answer"),
    ]);
  },
  MINUTE,
);

test(
  "a damaged state is named and left as it is",
  async () => {
    const file = join(stateDir, "heroku/state.json");
    const content = readFileSync(file, "utf8");
    writeFileSync(file, content.slice(0, 100));
    const { status, output } = await cli(["start"]);
    expect([status, output]).toEqual([1, expect.stringContaining(`${file} cannot be read`)]);
    expect(readFileSync(file, "utf8")).toBe(content.slice(0, 100));
    writeFileSync(file, content);
  },
  MINUTE,
);

test(
  "reset leaves nothing",
  async () => {
    sandbox = await startSandbox({ stateDir });
    expect(await answers()).toBe(true);
    const registry = sandbox.env.HEROKU_REGISTRY ?? "";
    expect((await cli(["reset"])).status).toBe(0);
    expect(existsSync(stateDir)).toBe(false);
    expect(await engine.listContainers({ ...own(), all: true })).toEqual([]);
    expect(await engine.listNetworks(own())).toEqual([]);
    const names = (await engine.listImages()).flatMap(({ RepoTags, RepoDigests }) => [
      ...(RepoTags ?? []),
      ...(RepoDigests ?? []),
    ]);
    expect(names.filter((name) => name.startsWith(`${registry}/`))).toEqual([]);
    expect((await cli(["status"])).output).toContain("There is no sandbox.");
    expect((await cli(["reset"])).status).toBe(0);
  },
  MINUTE,
);
