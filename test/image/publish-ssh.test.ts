/** A model version's way into the server repository by a deploy key, with real git and ssh. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { create, create as newKeyPair } from "../../infra/commands/ssh-key-pair.ts";
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { type GitSshServer, gitSshServer } from "./git-ssh-server.ts";
import { root, run } from "./support.ts";

const script = join(root, "models/_pipeline/ci/publish-model.sh");
const pair = create();

let folder: string;
let repository: string;
let environment: NodeJS.ProcessEnv;
let server: GitSshServer;

const git = (...args: string[]) => run("git", args, { env: environment });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "publish by ssh-"));
  repository = join(folder, "mlserver.git");
  environment = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_USER_NAME: "Pipeline of a model",
    GIT_USER_EMAIL: "pipeline@example.com",
    GIT_AUTHOR_NAME: "seed",
    GIT_AUTHOR_EMAIL: "seed@example.com",
    GIT_COMMITTER_NAME: "seed",
    GIT_COMMITTER_EMAIL: "seed@example.com",
  };
  await git("init", "--quiet", "--bare", "--initial-branch=main", repository);
  const seed = join(folder, "seed");
  await git("clone", "--quiet", repository, seed);
  await git("-C", seed, "commit", "--quiet", "--allow-empty", "--message", "Start");
  await git("-C", seed, "push", "--quiet", "origin", "HEAD:main");
  server = await gitSshServer(folder, pair);
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function publish(variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const files = await mkdtemp(join(folder, "model-"));
  await writeFile(join(files, "model-settings.json"), '{"name": "iris"}\n');
  const env = {
    ...environment,
    MLSERVER_SSH_URL: `${server.url}/mlserver.git`,
    MLSERVER_SSH_KEY: pair.privateKey,
    MLSERVER_SSH_KNOWN_HOSTS: server.knownHosts,
    ...variables,
  };
  return runToEnd("bash", [script, "iris", "v1", files], { env, extendEnv: false });
}

/** Whether a process is there, other than as a number that nobody has asked after. */
async function isRunning(id: string | undefined): Promise<boolean> {
  const { stdout } = await runToEnd("ps", ["-o", "stat=", "-p", String(id)]);
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

describe("a version goes to the server's repository by SSH", () => {
  it("with the key alone", async () => {
    const { code, stdout, stderr } = await publish();
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain(`Pushed models/iris-v1 to ${server.url}/mlserver.git, branch main`);
    expect(await git("-C", repository, "show", "main:models/iris-v1/model-settings.json")).toContain("iris");
    expect((await publish()).stdout).toContain("already there with the same content");
  });

  it("and leaves neither key nor agent behind", async () => {
    // A hook of the machine's git sees what a push does: its processes, its environment, its files.
    const hooks = join(folder, "hooks");
    const seen = join(folder, "seen");
    await mkdir(hooks);
    const look = `{ env; ps -ww -eo args; cat "$TMPDIR"/tmp.*/known_hosts; grep -rsl 'OPENSSH PRIVATE' "$TMPDIR"; } >'${seen}'`;
    await writeFile(join(hooks, "pre-push"), `#!/bin/sh\n${look}\nls -ld "$TMPDIR"/tmp.* >>'${seen}'\n`);
    await chmod(join(hooks, "pre-push"), 0o755);
    const global = join(folder, "gitconfig");
    await writeFile(global, `[core]\n  hooksPath = ${hooks}\n`);
    const { code, stdout, stderr } = await publish({ GIT_CONFIG_GLOBAL: global });
    expect(code, stderr).toBe(0);
    const text = await readFile(seen, "utf8");
    expect(text).toContain(server.knownHosts);
    expect(text).toMatch(/^drwx------.*tmp\./m);
    for (const words of [pair.privateKey, "OPENSSH PRIVATE", "MLSERVER_SSH_KEY"]) {
      expect(`${text}${stdout}${stderr}`).not.toContain(words);
    }
    const agent = /^SSH_AGENT_PID=(\d+)$/m.exec(text)?.[1];
    await expect.poll(() => isRunning(agent), { timeout: 10_000 }).toBe(false);
    expect(
      (await readdir(folder)).filter((name) => name.startsWith("tmp.") || name.startsWith("ssh-")),
    ).toEqual([]);
  });

  it("in the order in which several come, all of them", async () => {
    const ended = await Promise.all([publish(), publish(), publish()]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  });
});

describe("it is refused", () => {
  it("where the server has another host key, before the key is used", async () => {
    const other = newKeyPair().publicKey;
    const { code, stderr } = await publish({
      MLSERVER_SSH_KNOWN_HOSTS: server.knownHosts.replace(/ssh-ed25519 .*/, other),
    });
    expect(code).toBe(1);
    expect(stderr).toContain("The server showed a host key that is not in MLSERVER_SSH_KNOWN_HOSTS");
    expect(server.seen).not.toContain("log-in");
  });

  it("where no host key is known, whatever the user's own files say", async () => {
    await mkdir(join(folder, ".ssh"), { mode: 0o700 });
    await writeFile(join(folder, ".ssh", "known_hosts"), `${server.knownHosts}\n`);
    await writeFile(join(folder, ".ssh", "config"), "StrictHostKeyChecking no\n");
    const { code, stderr } = await publish({
      MLSERVER_SSH_KNOWN_HOSTS: server.knownHosts.replace("127.0.0.1", "gitlab.example.com"),
    });
    expect(code).toBe(1);
    expect(stderr).toContain("The server showed a host key that is not in MLSERVER_SSH_KNOWN_HOSTS");
    expect(server.seen).not.toContain("log-in");
  });

  it("with a key that GitLab does not know", async () => {
    const { code, stderr } = await publish({ MLSERVER_SSH_KEY: create().privateKey });
    expect(code).toBe(1);
    expect(stderr).toContain("GitLab does not accept the deploy key");
    expect(stderr).toContain("npm run rotate -- --only gitlab");
    expect(stderr).toContain(`cannot clone the model server's repository ${server.url}/mlserver.git`);
  });

  it("with a key that may only read", async () => {
    await server.close();
    server = await gitSshServer(folder, { ...pair, canPush: false });
    const { code, stderr } = await publish();
    expect(code).toBe(1);
    expect(stderr).toContain("The deploy key may only read.");
  });

  it("with a key that the branch's rule does not let push", async () => {
    const words = "GitLab: You are not allowed to push code to protected branches on this project.";
    const hook = join(repository, "hooks", "pre-receive");
    await mkdir(join(repository, "hooks"), { recursive: true });
    await writeFile(hook, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`);
    await chmod(hook, 0o755);
    const { code, stderr } = await publish();
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).toContain("The deploy key may not push to this branch");
  });

  it.each([
    ["text", Buffer.from("hello").toString("base64")],
    ["no Base64", "-----BEGIN"],
  ])("with %s for a key, which is not repeated", async (_, key) => {
    const { code, stderr } = await publish({ MLSERVER_SSH_KEY: key });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "publish-model: the variable MLSERVER_SSH_KEY is no private SSH key in Base64. The stack sets it: npx pulumi up\n",
    );
  });

  it.each(["MLSERVER_SSH_URL", "MLSERVER_SSH_KEY", "MLSERVER_SSH_KNOWN_HOSTS"])(
    "without %s",
    async (name) => {
      const { code, stderr } = await publish({ [name]: "" });
      expect(code).toBe(1);
      expect(stderr).toContain(`these CI/CD variables are not set: ${name}\n`);
    },
  );
});
