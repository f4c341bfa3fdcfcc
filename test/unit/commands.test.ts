/** The programs that the stack runs: their logic, against services and repositories of this machine. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withoutCredentials } from "../../infra/commands/command.ts";
import { authFile, registryOf } from "../../infra/commands/docker.ts";
import { create, update } from "../../infra/commands/heroku-authorization.ts";
import { rename, type SeedRequest, seed } from "../../infra/commands/seed-repository.ts";
import { belongs, contentHash } from "../../infra/commands/template.ts";
import { withCredential } from "../../infra/components/gitlab/write-access.ts";
import { revokeAuthorization } from "../../lib/heroku/authorizations.ts";
import { AnswerLost } from "../../lib/http/patience.ts";
import { run } from "../../lib/process/run.ts";
import { type Answers, serve } from "../support/server.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "commands-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("ssh-key-pair", () => {
  const program = join(import.meta.dirname, "../../infra/commands/ssh-key-pair.ts");
  const started = (action: string, env: NodeJS.ProcessEnv = {}) =>
    JSON.parse(execFileSync(process.execPath, [program, action], { env, encoding: "utf8" }));

  it("makes a pair that OpenSSH takes, another one each time", () => {
    const { privateKey, publicKey } = started("create");
    expect(privateKey).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const file = join(folder, "key");
    writeFileSync(file, Buffer.from(privateKey, "base64"), { mode: 0o600 });
    expect(execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim()).toBe(publicKey);
    expect(started("create").publicKey).not.toBe(publicKey);
  });

  it("keeps on update the one that is there", () => {
    const pair = { privateKey: "cHJpdmF0ZQ==", publicKey: "ssh-ed25519 AAAA" };
    expect(started("update", { PULUMI_COMMAND_STDOUT: JSON.stringify(pair) })).toEqual(pair);
  });
});

/** Heroku's authorizations; the first ones are made and not answered. */
async function losingAnswers(lost: number, list: { id: string; description: string; created_at: string }[]) {
  let made = 0;
  const server = createServer(async (request, response) => {
    const { method, url = "" } = request;
    let body = "";
    for await (const chunk of request) body += chunk;
    if (method === "POST") {
      made += 1;
      const id = `a${made}`;
      list.push({ id, description: JSON.parse(body).description, created_at: new Date().toISOString() });
      if (made <= lost) request.socket.destroy();
      else response.writeHead(201).end(JSON.stringify({ id, access_token: { token: `token of ${id}` } }));
    } else if (method === "DELETE") {
      list.splice(
        list.findIndex(({ id }) => url.endsWith(`/${id}`)),
        1,
      );
      response.end("{}");
    } else response.end(JSON.stringify(list));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve));
  return { account: { url: `http://127.0.0.1:${port}`, token: "HRKU-key" }, list, close };
}

describe("heroku-authorization", () => {
  const ask = { description: "Pipelines of ml/mlserver", scope: ["read", "write-protected"], expiryDays: 30 };
  const made = { id: "a1", access_token: { id: "t1", token: "HRKU-new", expires_in: 2592000 } };
  const previous = { id: "a0", token: "HRKU-old" };

  async function against(answers: Answers) {
    const server = await serve(answers);
    return { account: { url: server.url, token: "HRKU-key" }, ...server };
  }

  it("creates one with scope and end", async () => {
    const { account, received, close } = await against({ "POST /oauth/authorizations": [201, made] });
    const before = Date.now();
    const { expiresAt, ...rest } = await create(account, ask);
    expect(rest).toEqual({ id: "a1", token: "HRKU-new" });
    const end = Date.parse(String(expiresAt)) - 2592000 * 1000;
    expect(end).toBeGreaterThanOrEqual(before);
    expect(end).toBeLessThanOrEqual(Date.now());
    expect(received.map(({ body }) => body)).toEqual([
      { description: "Pipelines of ml/mlserver", scope: ["read", "write-protected"], expires_in: 2592000 },
    ]);
    await close();
  });

  it("keeps on update the one that exists", async () => {
    const { account, received, close } = await against({
      "GET /oauth/authorizations/a0": [200, { id: "a0" }],
    });
    expect(await update(account, ask, previous)).toEqual(previous);
    expect(received.map(({ method }) => method)).toEqual(["GET"]);
    await close();
  });

  it("makes on update a new one where somebody revoked it", async () => {
    const { account, close } = await against({ "POST /oauth/authorizations": [201, made] });
    expect(await update(account, ask, previous)).toMatchObject({ id: "a1", token: "HRKU-new" });
    await close();
  });

  it("revokes, and is content where it is gone", async () => {
    const { account, received, close } = await against({ "DELETE /oauth/authorizations/a0": [200, {}] });
    await revokeAuthorization(account, previous.id);
    await revokeAuthorization(account, "gone");
    expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "DELETE /oauth/authorizations/a0",
      "DELETE /oauth/authorizations/gone",
    ]);
    await close();
  });

  it("revokes what was made where the answer is lost, and nothing else, and makes another", async () => {
    const old = {
      id: "a0",
      description: ask.description,
      created_at: new Date(Date.now() - 60_000).toISOString(),
    };
    const others = {
      ...old,
      id: "b0",
      description: "Pipelines of ml/other",
      created_at: new Date().toISOString(),
    };
    const heroku = await losingAnswers(1, [old, others]);
    expect(await create(heroku.account, ask)).toMatchObject({ id: "a2", token: "token of a2" });
    expect(heroku.list.map(({ id }) => id)).toEqual(["a0", "b0", "a2"]);
    await heroku.close();
  });

  it("revokes nothing where its engine is gone, since a later update may have made another", async () => {
    const heroku = await losingAnswers(1, []);
    await expect(create(heroku.account, ask, async () => false)).rejects.toThrow(AnswerLost);
    expect(heroku.list.map(({ id }) => id)).toEqual(["a1"]);
    await heroku.close();
  });

  it("leaves none behind where all answers are lost", async () => {
    const heroku = await losingAnswers(9, []);
    await expect(create(heroku.account, ask)).rejects.toThrow(AnswerLost);
    expect(heroku.list).toEqual([]);
    await heroku.close();
  });

  it("says what Heroku said, and no secret", async () => {
    const { account, close } = await against({
      "POST /oauth/authorizations": [403, { id: "forbidden", message: "You do not have access." }],
    });
    await expect(create(account, ask)).rejects.toThrow(
      /^creation of the pipelines' authorization: Heroku answered 403 forbidden: You do not have access\.$/,
    );
    await close();
  });
});

describe("seed-repository", () => {
  let remote: string;
  let template: string;
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", remote, ...args], { encoding: "utf8" }).trim();
  const request = (changes: Partial<SeedRequest> = {}): SeedRequest => ({
    repository: { url: remote, token: "glpat-of-the-seed" },
    branch: "main",
    template,
    name: "wine",
    author: { name: "Ana", email: "ana@example.com" },
    ...changes,
  });

  beforeEach(() => {
    remote = join(folder, "remote.git");
    template = join(folder, "iris");
    execFileSync("git", ["init", "--quiet", "--bare", remote]);
    execFileSync("git", ["-C", remote, "config", "receive.advertisePushOptions", "true"]);
    mkdirSync(join(template, ".venv"), { recursive: true });
    writeFileSync(join(template, "iris.ipynb"), '{"model": "iris.joblib"}');
    writeFileSync(join(template, "iris.joblib"), "left over");
    writeFileSync(join(template, ".venv/pyvenv.cfg"), "");
    writeFileSync(join(template, ".gitlab-ci.yml"), "variables:\n  MODEL_NAME: iris\n");
  });

  it("pushes the template, renamed and without what does not belong, as one commit", async () => {
    const done = await seed(request());
    expect(done).toEqual({ branch: "main", commit: git("rev-parse", "main"), seeded: true });
    expect(git("ls-tree", "-r", "--name-only", "main").split("\n")).toEqual([".gitlab-ci.yml", "wine.ipynb"]);
    expect(git("show", "main:wine.ipynb")).toBe('{"model": "wine.joblib"}');
    expect(git("log", "--format=%an <%ae> %s", "main")).toBe(
      "Ana <ana@example.com> Start from the template iris",
    );
  });

  it("adds the common files as they are; the template's own file wins", async () => {
    const common = join(folder, "_pipeline");
    mkdirSync(join(common, "ci"), { recursive: true });
    mkdirSync(join(common, "__pycache__"));
    mkdirSync(join(template, "ci"));
    writeFileSync(join(template, "ci/extra.sh"), "train iris");
    writeFileSync(join(common, "ci/send-model.sh"), "iris or any other model");
    writeFileSync(join(common, ".gitlab-ci.yml"), "common");
    writeFileSync(join(common, ".gitignore"), "*.joblib\n");
    writeFileSync(join(common, "__pycache__/left.pyc"), "");
    await seed(request({ common }));
    expect(git("ls-tree", "-r", "--name-only", "main").split("\n")).toEqual([
      ".gitignore",
      ".gitlab-ci.yml",
      "ci/extra.sh",
      "ci/send-model.sh",
      "wine.ipynb",
    ]);
    expect(git("show", "main:.gitlab-ci.yml")).toBe("variables:\n  MODEL_NAME: wine");
    expect(git("show", "main:ci/extra.sh")).toBe("train wine");
    expect(git("show", "main:ci/send-model.sh")).toBe("iris or any other model");
  });

  it.each(["iris-decision-tree", "product-classifier"])(
    "seeds %s with its files and the pipeline",
    async (name) => {
      const models = join(import.meta.dirname, "../../models");
      const common = join(models, "_pipeline");
      await seed(request({ template: join(models, name), common, name }));
      const files = (path: string) =>
        execFileSync("git", ["-C", path, "ls-files"], { encoding: "utf8" }).trim().split("\n");
      const seeded = git("ls-tree", "-r", "--name-only", "main").split("\n");
      expect(seeded.sort()).toEqual([...files(common), ...files(join(models, name))].sort());
      expect(seeded).toEqual(
        expect.arrayContaining([".gitignore", ".gitlab-ci.yml", "ci/send-model.sh", `${name}.ipynb`]),
      );
    },
  );

  it("leaves a branch that exists alone", async () => {
    const first = await seed(request());
    writeFileSync(join(template, "iris.ipynb"), "changed");
    expect(await seed(request())).toEqual({ ...first, seeded: false });
    expect(git("rev-list", "--count", "main")).toBe("1");
  });

  it("leaves no folder behind when it fails", async () => {
    vi.stubEnv("TMPDIR", folder);
    const common = join(folder, "missing");
    await expect(seed(request({ common }))).rejects.toThrow("ENOENT");
    vi.unstubAllEnvs();
    expect(readdirSync(folder).filter((name) => name.startsWith("seed-"))).toEqual([]);
    expect(git("branch", "--list")).toBe("");
  });

  it.each<[path: string, belongs: boolean]>([
    ["", true],
    ["notebook.ipynb", true],
    ["ci/deploy.sh", true],
    ["models/runtime", true],
    ["models/iris/model.joblib", false],
    ["ci/__pycache__", false],
    [".gitignore", true],
    [".git", false],
  ])("belongs: %s %s", (path, expected) => {
    expect(belongs(join("/t/image", path))).toBe(expected);
  });

  it("renames text and names, and leaves binary files as they are", async () => {
    const binary = Buffer.from([0, 105, 114, 105, 115]);
    writeFileSync(join(template, "iris.bin"), binary);
    await rename(template, "iris", "wine");
    expect(readFileSync(join(template, "wine.bin"))).toEqual(binary);
    expect(readFileSync(join(template, ".gitlab-ci.yml"), "utf8")).toBe("variables:\n  MODEL_NAME: wine\n");
  });

  describe("with the sources of the runtime image", () => {
    let runtime: string;
    const write = (path: string, text: string) => {
      mkdirSync(join(runtime, path, ".."), { recursive: true });
      writeFileSync(join(runtime, path), text);
    };
    /** A push of somebody else, from a clone of their own. */
    const push = (change: (clone: string) => void) => {
      const clone = mkdtempSync(join(folder, "clone-"));
      const run = (...args: string[]) => execFileSync("git", ["-C", clone, ...args], { stdio: "pipe" });
      execFileSync("git", ["clone", "--quiet", "--branch=main", remote, clone], { stdio: "pipe" });
      change(clone);
      run("add", "--all");
      run("-c", "user.name=Rui", "-c", "user.email=rui@example.com", "commit", "--quiet", "-m", "Mine");
      run("push", "--quiet", "origin", "HEAD:main");
    };
    const files = () => git("ls-tree", "-r", "--name-only", "main").split("\n");

    beforeEach(() => {
      runtime = join(folder, "runtime-sources");
      write("Dockerfile", "FROM one\n");
      write("build/install.sh", "install\n");
      write(".dockerignore", "Dockerfile\n");
      write("build/__pycache__/choose.pyc", "left over");
      mkdirSync(join(template, "ci"));
      writeFileSync(join(template, "ci/build-runtime.sh"), "build\n");
      vi.stubEnv("XDG_CONFIG_HOME", folder);
      mkdirSync(join(folder, "git"));
      writeFileSync(join(folder, "git/ignore"), "build/\n");
    });
    afterEach(() => vi.unstubAllEnvs());

    it("puts them beside the template, whatever the person's git ignores", async () => {
      const done = await seed(request({ runtime }));
      expect(files()).toEqual([
        ".gitlab-ci.yml",
        "ci/build-runtime.sh",
        "runtime/.dockerignore",
        "runtime/Dockerfile",
        "runtime/build/install.sh",
        "wine.ipynb",
      ]);
      expect(done).toMatchObject({ seeded: true, runtime: await contentHash(runtime) });
    });

    it("makes one more commit where they changed, which touches nothing else", async () => {
      const previous = await seed(request({ runtime }));
      push((clone) => writeFileSync(join(clone, "model.joblib"), "delivered"));
      write("Dockerfile", "FROM two\n");
      rmSync(join(runtime, "build"), { recursive: true });
      const done = await seed(request({ runtime, previous }));
      expect(done).toEqual({
        branch: "main",
        commit: git("rev-parse", "main"),
        seeded: false,
        runtime: await contentHash(runtime),
      });
      expect(git("show", "--format=%an: %s", "--name-status", "main").split("\n")).toEqual([
        "Ana: Take over the sources of the runtime image",
        "",
        "M\truntime/Dockerfile",
        "D\truntime/build/install.sh",
      ]);
      expect(git("show", "main:model.joblib")).toBe("delivered");
    });

    it("makes none where they are the same", async () => {
      const previous = await seed(request({ runtime }));
      expect(await seed(request({ runtime, previous }))).toEqual({ ...previous, seeded: false });
      expect(await seed(request({ runtime }))).toEqual({ ...previous, seeded: false });
      expect(git("rev-list", "--count", "main")).toBe("1");
    });

    it("gives them to a repository that had none, and remembers them where they are no more asked for", async () => {
      await seed(request());
      const previous = await seed(request({ runtime }));
      expect(files()).toContain("runtime/build/install.sh");
      expect(await seed(request({ previous }))).toEqual({ ...previous, seeded: false });
      expect(files()).toContain("runtime/build/install.sh");
    });

    it("does not overwrite what somebody else changed there, and says what to do", async () => {
      const previous = await seed(request({ runtime }));
      push((clone) => writeFileSync(join(clone, "runtime/Dockerfile"), "FROM mine\n"));
      write("Dockerfile", "FROM two\n");
      await expect(seed(request({ runtime, previous }))).rejects.toThrow(
        `The folder runtime/ of ${remote} is not what the stack put there, and it is not overwritten.\n` +
          "Either bring those changes into image/runtime/ of this repository, so that both are the same, or delete " +
          "the folder runtime/ in that repository: the stack then fills it again. Then run `npx pulumi up`.",
      );
      expect(git("show", "main:runtime/Dockerfile")).toBe("FROM mine");

      push((clone) => rmSync(join(clone, "runtime"), { recursive: true }));
      await seed(request({ runtime, previous }));
      expect(git("show", "main:runtime/Dockerfile")).toBe("FROM two");
    });

    it("refuses a repository whose pipeline cannot build them", async () => {
      rmSync(join(template, "ci"), { recursive: true });
      await seed(request());
      await expect(seed(request({ runtime }))).rejects.toThrow(
        `The server's repository ${remote} has no ci/build-runtime.sh: an older version of the template made it`,
      );
      expect(files()).not.toContain("runtime/Dockerfile");
    });

    it("goes on top of a push that was faster", async () => {
      const previous = await seed(request({ runtime }));
      write("Dockerfile", "FROM two\n");
      // Git runs it between the stack's clone and its push, once.
      const hook = join(remote, "hooks/pre-receive");
      const other = join(folder, "other");
      execFileSync("git", ["clone", "--quiet", "--branch=main", remote, other], { stdio: "pipe" });
      execFileSync("git", [
        "-C",
        other,
        "-c",
        "user.name=R",
        "-c",
        "user.email=r@r.r",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
      ]);
      const theirs = execFileSync("git", ["-C", other, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
      execFileSync("git", ["-C", other, "push", "--quiet", "origin", "HEAD:refs/heads/theirs"], {
        stdio: "pipe",
      });
      mkdirSync(join(remote, "hooks"), { recursive: true });
      writeFileSync(
        hook,
        `#!/bin/sh\nrm "$0"\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main ${theirs}\nexit 1\n`,
        { mode: 0o755 },
      );
      await seed(request({ runtime, previous }));
      expect(git("log", "--format=%s", "main").split("\n")).toEqual([
        "Take over the sources of the runtime image",
        "x",
        "Start from the template iris",
      ]);
    });
  });

  it("tells contents apart by names, bytes and execute permission", async () => {
    const made = (name: string, text: string, mode = 0o644) => {
      const path = mkdtempSync(join(folder, "content-"));
      writeFileSync(join(path, name), text, { mode });
      return contentHash(path);
    };
    const hashes = await Promise.all([made("a", "1"), made("b", "1"), made("a", "2"), made("a", "1", 0o755)]);
    expect(new Set(hashes).size).toBe(4);
    expect(await made("a", "1", 0o600)).toBe(hashes[0]);
  });
});

describe("docker", () => {
  it("gets logins in a file of its own format", () => {
    const login = { server: "registry.heroku.com", username: "_", password: "HRKU-key" };
    expect(JSON.parse(authFile([login]))).toEqual({
      auths: { "registry.heroku.com": { auth: Buffer.from("_:HRKU-key").toString("base64") } },
    });
  });

  it.each([
    ["registry.gitlab.com/ml/mlserver/runtime@sha256:00", "registry.gitlab.com"],
    ["127.0.0.1:5050/ml/mlserver/runtime:latest", "127.0.0.1:5050"],
  ])("registry of %s", (image, server) => {
    expect(registryOf(image)).toBe(server);
  });
});

describe("tools", () => {
  it("give what they print", async () => {
    expect(await run("cat", [], { input: "in" })).toBe("in");
  });

  it("that fail tell their command line and what they said", async () => {
    await expect(run("sh", ["-c", "echo reason >&2; exit 3"])).rejects.toThrow(
      "sh -c echo reason >&2; exit 3 failed (3):\nreason",
    );
  });

  it("that are missing are named", async () => {
    await expect(run("no-such-program", [])).rejects.toThrow("no-such-program is not installed");
  });
});

it("a clone address carries the credential where git looks for it", () => {
  expect(withCredential("http://127.0.0.1:8929/root/mlserver.git", "glpat-a_b-C/1")).toBe(
    "http://access-mlserver:glpat-a_b-C%2F1@127.0.0.1:8929/root/mlserver.git",
  );
});

describe("an error of a command", () => {
  const env = {
    GITLAB_TOKEN: "glpat-a-token",
    HEROKU_API_KEY: "HRKU-a-key",
    PULUMI_COMMAND_STDOUT: '{"id":"a0","token":"HRKU-a-key-before"}',
    BRANCH: "a-branch-name",
    DOCKER_PASSWORD: "short",
  };
  it.each([
    ["401 for glpat-a-token", "401 for [secret]"],
    ["HRKU-a-key-before, then HRKU-a-key", "[secret], then [secret]"],
    ["a-branch-name is short", "a-branch-name is short"],
  ])("%s is told as: %s", (text, expected) => {
    expect(withoutCredentials(text, env)).toBe(expected);
  });
});
