/** Faults of a sandbox that is a process of its own: by its handle, and by the command line. */
import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findRunning } from "../../src/core/lifecycle.ts";
import { type Sandbox, startSandbox } from "../../src/index.ts";

const run = promisify(execFile);
const MINUTE = 60_000;
const CLI = join(import.meta.dirname, "../../src/cli.ts");
let folder: string;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tag-to-endpoint-faults-"));
  sandbox = await startSandbox({ stateDir: join(folder, "state") });
}, MINUTE);
beforeEach(() => sandbox.faults.clear());
afterAll(async () => {
  await sandbox?.reset();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}, 2 * MINUTE);

async function fault(...args: string[]) {
  try {
    const words = [CLI, "fault", ...args, "--state", sandbox.stateDir];
    const { stdout, stderr } = await run(process.execPath, words);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

const user = () =>
  fetch(`${sandbox.env.GITLAB_BASE_URL}/user`, {
    headers: { "PRIVATE-TOKEN": sandbox.env.GITLAB_TOKEN ?? "" },
  });

test("by the handle of a sandbox", async () => {
  expect(await sandbox.faults.list()).toEqual([]);
  const id = await sandbox.faults.add({ fault: "502", service: "gitlab", path: "/user" });
  expect([(await user()).status, (await user()).status]).toEqual([502, 200]);
  expect(await sandbox.faults.list()).toEqual([
    { id, fault: "502", service: "gitlab", path: "/user", nth: 1, times: 1, matched: 2, hits: ["GET /user"] },
  ]);
  await sandbox.faults.clear(id);
  expect(await sandbox.faults.list()).toEqual([]);
  await expect(sandbox.faults.clear(id)).rejects.toThrow(`there is no fault ${id}`);
  const wrong = { fault: "502", service: "nowhere" } as never;
  await expect(sandbox.faults.add(wrong)).rejects.toThrow(/"gitlab"\|"git".*\n.*at service/);
});

test("by the command line", async () => {
  const added = await fault("add", "429", "--service", "gitlab", "--path", "/user", "--retry-after", "5");
  const [, id = ""] = /^Fault (\d+): 429 /.exec(added.stdout) ?? [];
  const answer = await user();
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "5"]);
  expect((await fault("list")).stdout).toBe(
    `Fault ${id}: 429 retryAfter=5 service=gitlab path=/user nth=1 times=1\n  matched 1, hit 1, last GET /user\n`,
  );
  expect(JSON.parse((await fault("list", "--json")).stdout)).toMatchObject([{ fault: "429", retryAfter: 5 }]);
  await fault("add", "disk-full", "--service", "heroku");
  await fault("add", "dyno-crash", "--app", "mlserver", "--times", "always");
  expect((await fault("clear", id)).stdout).toContain(`Fault ${id} is taken back.`);
  expect((await sandbox.faults.list()).map((one) => [one.fault, one.times])).toEqual([
    ["disk-full", "always"],
    ["dyno-crash", "always"],
  ]);
  expect((await fault("clear")).code).toBe(0);
  expect((await fault("list")).stdout).toBe("No faults.\n");
});

test.each([
  [["add", "503"], 1, /service/],
  [["add", "504", "--service", "gitlab"], 1, /Expected '500'/],
  [["add", "503", "--service", "gitlab", "--times", "often"], 64, /Allowed is a whole number/],
  [["clear", "999"], 1, /there is no fault 999/],
])("%j is refused, with what is wrong", async (words, code, reason) => {
  expect(await fault(...words)).toMatchObject({ code, stderr: expect.stringMatching(reason) });
});

test(
  "the socket is its user's alone, and goes with the sandbox; a restart forgets the faults",
  async () => {
    const { control } = findRunning(sandbox.stateDir) ?? { control: "" };
    expect(statSync(dirname(control)).mode & 0o777).toBe(0o700);
    await sandbox.faults.add({ fault: "502", service: "gitlab", times: "always" });
    await sandbox.stop();
    expect(existsSync(control)).toBe(false);
    expect(await fault("list")).toMatchObject({ code: 1, stderr: expect.stringContaining("does not run") });
    sandbox = await startSandbox({ stateDir: sandbox.stateDir });
    expect((await user()).status).toBe(200);
    expect(await sandbox.faults.list()).toEqual([]);
  },
  MINUTE,
);

test(
  "a push to the registry that breaks off in the middle is tried again by docker, and lands",
  async () => {
    const app = await fetch(`${sandbox.env.HEROKU_API_URL}/apps`, {
      method: "POST",
      headers: {
        accept: "application/vnd.heroku+json; version=3",
        authorization: `Bearer ${sandbox.env.HEROKU_API_KEY}`,
      },
      body: JSON.stringify({ name: "pushed", stack: "container" }),
    });
    expect(app.status).toBe(201);
    const registry = sandbox.env.HEROKU_REGISTRY ?? "";
    const env = { ...process.env, DOCKER_CONFIG: join(folder, "docker") };
    const name = `${registry}/pushed/web`;
    // One layer of some megabytes, of this test's own, so that it has to be uploaded.
    const file = join(folder, "image");
    const script = `mkdir -p ${file} && head -c 3000000 /dev/urandom > ${file}/data && tar -C ${file} -c data | docker import - ${name}`;
    await run("sh", ["-c", script], { env });
    const login = run("docker", ["login", "-u", "_", "--password-stdin", registry], { env });
    login.child.stdin?.end(sandbox.env.HEROKU_API_KEY);
    await login;
    await sandbox.faults.add({ fault: "registry-upload", service: "heroku-registry" });
    try {
      await run("docker", ["push", "--quiet", name], { env });
    } finally {
      await run("docker", ["rmi", name]);
    }
    expect(await sandbox.faults.list()).toMatchObject([
      { hits: [expect.stringMatching(/^PATCH .*uploads/)] },
    ]);
  },
  MINUTE,
);
