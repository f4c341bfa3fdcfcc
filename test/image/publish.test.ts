/** A model version's way into the server repository, with real git over HTTP. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { type GitServer, gitServer } from "./git-server.ts";
import { root, run } from "./support.ts";

const script = join(root, "models/_pipeline/ci/publish-model.sh");
// With characters that a URL has to escape.
const token = "glpat-c4n@ry/VALUE:42%";
const user = "access-mlserver";

let folder: string;
let server: GitServer;
let repository: string;
let environment: NodeJS.ProcessEnv;

const git = (...args: string[]) => run("git", args, { env: environment });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "publish me-"));
  repository = join(folder, "mlserver.git");
  server = await gitServer(folder, user, token);
  environment = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    GIT_CONFIG_GLOBAL: join(folder, "gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_USER_NAME: "Pipeline of a model",
    GIT_USER_EMAIL: "pipeline@example.com",
    CI_COMMIT_TAG: "v1.0.0",
    CI_COMMIT_REF_PROTECTED: "true",
    MLSERVER_REPO: `${server.url.replace("://", `://${user}:${encodeURIComponent(token)}@`)}/mlserver.git`,
  };
  await writeFile(join(folder, "gitconfig"), "[user]\n  name = seed\n  email = seed@example.com\n");
  await git("init", "--quiet", "--bare", "--initial-branch=main", repository);
  await git("-C", repository, "config", "http.receivepack", "true");
  const seed = join(folder, "seed");
  await git("clone", "--quiet", repository, seed);
  await writeFile(join(seed, "README.md"), "# mlserver\n");
  // The server's own list of what git ignores must not keep a model out.
  await writeFile(join(seed, ".gitignore"), "*.joblib\n");
  await git("-C", seed, "add", ".");
  await git("-C", seed, "commit", "--quiet", "--message", "Start");
  await git("-C", seed, "push", "--quiet", "origin", "HEAD:main");
});

afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function model(content: string): Promise<string> {
  const files = await mkdtemp(join(folder, "model-"));
  await writeFile(join(files, "model-settings.json"), '{"name": "iris"}\n');
  await writeFile(join(files, "iris.joblib"), content);
  return files;
}

const publish = async (
  name: string,
  version: string,
  content: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> =>
  runToEnd("bash", [script, name, version, await model(content)], {
    env: { ...environment, ...env },
    extendEnv: false,
  });

const commits = async () => Number(await git("-C", repository, "rev-list", "--count", "main"));
const file = (path: string) => git("-C", repository, "show", `main:${path}`);

describe("publishing a version", () => {
  it("commits its files as models/NAME-VERSION, by the given author", async () => {
    const { code, stdout, stderr } = await publish("iris", "v1.0.0", "tree");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Pushed models\/iris-v1\.0\.0 to http:\/\/127\.0\.0\.1:\d+\/mlserver\.git, branch main/,
    );
    expect(await file("models/iris-v1.0.0/iris.joblib")).toBe("tree");
    expect(await git("-C", repository, "log", "-1", "--format=%an <%ae> %s", "main")).toBe(
      "Pipeline of a model <pipeline@example.com> Release model iris v1.0.0",
    );
  });

  it("adds a version beside the earlier one", async () => {
    await publish("iris", "v1.0.0", "first");
    await publish("iris", "v1.0.1", "second");
    expect(await file("models/iris-v1.0.0/iris.joblib")).toBe("first");
    expect(await file("models/iris-v1.0.1/iris.joblib")).toBe("second");
  });

  it("does nothing when the version is there with the same content", async () => {
    await publish("iris", "v1.0.0", "tree");
    const { code, stdout } = await publish("iris", "v1.0.0", "tree");
    expect(code).toBe(0);
    expect(stdout).toBe("models/iris-v1.0.0 is already there with the same content: nothing to do.\n");
    expect(await commits()).toBe(2);
  });

  it("fails when the version is there with other content", async () => {
    await publish("iris", "v1.0.0", "tree");
    const { code, stderr } = await publish("iris", "v1.0.0", "another tree");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "models/iris-v1.0.0 is already there with other content. A published version does not change: make a new tag.",
    );
    expect(await file("models/iris-v1.0.0/iris.joblib")).toBe("tree");
  });
});

describe("several at once", () => {
  it("all get in, whoever is first", async () => {
    const names = ["one", "two", "three", "four"];
    const ended = await Promise.all(names.map((name) => publish(name, "v1", name)));
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, ""]));
    for (const name of names) expect(await file(`models/${name}-v1/iris.joblib`)).toBe(name);
    expect(await commits()).toBe(5);
    expect(await git("-C", repository, "rev-list", "--merges", "--count", "main")).toBe("0");
  });

  it("takes in what was pushed between its clone and its push", async () => {
    const other = await model("other");
    const hooks = join(folder, "hooks");
    await mkdir(hooks);
    // Runs in the clone just before the push: somebody else is quicker, once.
    await writeFile(
      join(hooks, "pre-push"),
      `#!/bin/sh
rm "$0"
unset $(git rev-parse --local-env-vars)
git clone --quiet '${repository}' '${folder}/quicker' && cd '${folder}/quicker' &&
mkdir -p models && cp -R '${other}' models/other-v1 && git add --force . &&
git commit --quiet --message quicker && git push --quiet origin HEAD:main\n`,
    );
    await chmod(join(hooks, "pre-push"), 0o755);
    await git("config", "--global", "core.hooksPath", hooks);
    const { code, stdout } = await publish("iris", "v1.0.0", "tree");
    expect(code).toBe(0);
    expect(stdout).toContain("Somebody else pushed first (attempt 1 of 30): fetching that and trying again.");
    expect(await file("models/other-v1/iris.joblib")).toBe("other");
    expect(await file("models/iris-v1.0.0/iris.joblib")).toBe("tree");
  });

  it("does not retry what the server refuses for a reason", async () => {
    const hook = join(repository, "hooks/pre-receive");
    await writeFile(
      hook,
      "#!/bin/sh\necho 'GitLab: You are not allowed to push code to protected branches.' >&2\nexit 1\n",
    );
    await chmod(hook, 0o755);
    const { code, stdout, stderr } = await publish("iris", "v1.0.0", "tree");
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("You are not allowed to push code to protected branches.");
    expect(stderr).toMatch(/the push to http:\S+, branch main, was refused \(see above\)/);
  });
});

describe("a connection that fails", () => {
  it("is tried again while the repository is cloned", async () => {
    server.fail("/info/refs?service=git-upload-pack", "unavailable");
    const { code, stdout, stderr } = await publish("iris", "v1.0.0", "tree");
    expect(stderr).toMatch(/The requested URL returned error: 503\nTrying again\.\n/);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Pushed models/iris-v1.0.0")]);
    expect(await commits()).toBe(2);
  });

  it("after the push was carried out does not make a second commit", async () => {
    server.fail("/git-receive-pack", "lost");
    const { code, stdout, stderr } = await publish("iris", "v1.0.0", "tree");
    expect(stderr).toContain("The push did not get through (attempt 1 of 30): trying again.");
    expect([code, stdout]).toEqual([
      0,
      "models/iris-v1.0.0 is already there with the same content: nothing to do.\n",
    ]);
    expect(await commits()).toBe(2);
  });

  it("is told at once where the server does not let the token in", async () => {
    const { code, stderr } = await publish("iris", "v1.0.0", "tree", {
      MLSERVER_REPO: environment.MLSERVER_REPO?.replace("mlserver.git", "gone.git"),
    });
    expect(code).toBe(1);
    expect(stderr).not.toContain("Trying again");
  });
});

describe("the token", () => {
  it("is in no output, no argument and no .git/config, even when git tells all it does", async () => {
    const hooks = join(folder, "hooks");
    await mkdir(hooks);
    await writeFile(join(hooks, "pre-push"), `#!/bin/sh\ncat .git/config > '${folder}/config'\n`);
    await chmod(join(hooks, "pre-push"), 0o755);
    await git("config", "--global", "core.hooksPath", hooks);
    const { code, stdout, stderr } = await publish("iris", "v1.0.0", "tree", {
      GIT_TRACE: "1",
      GIT_TRACE_CURL: "1",
    });
    expect(code).toBe(0);
    const config = await readFile(join(folder, "config"), "utf8");
    expect(config).toContain(`url = ${server.url}/mlserver.git`);
    const basic = Buffer.from(`${user}:${token}`).toString("base64");
    for (const text of [stdout, stderr, config]) {
      for (const secret of [token, encodeURIComponent(token), basic]) expect(text).not.toContain(secret);
    }
  });

  it("that is not accepted is a clear error, without asking for a password", async () => {
    const wrong = environment.MLSERVER_REPO?.replace(/42%25/, "43");
    const { code, stderr } = await publish("iris", "v1.0.0", "tree", { MLSERVER_REPO: wrong });
    expect(code).toBe(1);
    expect(stderr).toContain("Authentication failed");
    expect(stderr).toMatch(
      /cannot clone the model server's repository http:\/\/127\.0\.0\.1:\d+\/mlserver\.git/,
    );
    expect(stderr).not.toContain("glpat");
  });
});

describe("bad input", () => {
  it("missing variables of a tag that is not protected: says which, why, and what to do", async () => {
    const env = {
      MLSERVER_REPO: "",
      GIT_USER_NAME: "",
      CI_COMMIT_TAG: "1.0.0",
      CI_COMMIT_REF_PROTECTED: "false",
    };
    const { code, stderr } = await publish("iris", "1.0.0", "tree", env);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `publish-model: these CI/CD variables are not set: MLSERVER_REPO GIT_USER_NAME
The tag "1.0.0" is not protected, and protected variables reach pipelines of protected tags only.
Use a tag that matches a rule under Settings -> Repository -> Protected tags, such as v1.0.0.
`,
    );
  });

  it("missing variables otherwise: says where to set them", async () => {
    const { stderr } = await publish("iris", "v1.0.0", "tree", { MLSERVER_REPO: "" });
    expect(stderr).toContain("Set them in this project under Settings -> CI/CD -> Variables.");
  });

  it.each(["release/1", "v1 0", "-v1", ".v1", "v1;rm", `v${"1".repeat(100)}`])(
    "version %s",
    async (version) => {
      const { code, stderr } = await publish("iris", version, "tree");
      expect(code).toBe(1);
      expect(stderr).toContain(`publish-model: the version '${version}' (the tag) must be letters, digits`);
      expect(await commits()).toBe(1);
    },
  );
});
