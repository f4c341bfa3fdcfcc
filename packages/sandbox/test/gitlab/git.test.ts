import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, type Project, run, seed, startLab } from "./harness.ts";

let lab: Lab;
let project: Project;
beforeAll(async () => {
  lab = await startLab();
  project = await lab.project("code");
  await seed(lab, project, { "README.md": "hello\n", "docs/a.txt": "a\n" });
});
afterAll(() => lab.close());

const lsRemote = (url: string) =>
  run("git", ["-c", "credential.helper=", "ls-remote", url], lab.folder, { GIT_TERMINAL_PROMPT: "0" });
const withToken = (token: string, target = project) =>
  target.http_url_to_repo.replace("http://", `http://oauth2:${token}@`);

describe("log-in", () => {
  test("without a token git is asked for one; a wrong one is refused", async () => {
    const url = `${project.http_url_to_repo}/info/refs?service=git-upload-pack`;
    const answer = await fetch(url);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Basic realm="GitLab"');
    expect((await lsRemote(withToken("glpat-wrong"))).stderr).toContain("Authentication failed");
    expect((await fetch(url.replace("code.git", "no-such.git"))).status).toBe(401);
  });

  test("strangers do not learn of a private project", async () => {
    const stranger = await lab.member(project, "stranger", 0);
    expect((await lsRemote(withToken(stranger.token))).stderr).toContain("not found");
    const guest = await lab.member(project, "guest", 10);
    expect((await lsRemote(withToken(guest.token))).stderr).toContain("403");
  });

  test("a public project is readable without a token, and not writable", async () => {
    const open = await lab.project("open", { visibility: "public", initialize_with_readme: true });
    expect((await lsRemote(open.http_url_to_repo)).stdout).toContain("refs/heads/main");
    const tree = await lab.clone(open);
    await tree.commit({ a: "a" });
    const pushed = await tree.git("-c", "credential.helper=", "push", open.http_url_to_repo, "HEAD:main");
    expect(pushed.code).not.toBe(0);
  });

  test.each([
    [["read_repository"], 0, 128],
    [["write_repository"], 0, 0],
    [["api"], 0, 0],
    [["read_registry"], 128, 128],
  ])("a project token with %j: read %i, write %i", async (scopes, read, write) => {
    const { token } = await lab.ok<{ token: string }>("POST", `/projects/${project.id}/access_tokens`, {
      name: "t",
      scopes,
      access_level: 40,
    });
    expect((await lsRemote(withToken(token))).code).toBe(read);
    const tree = await lab.clone(project);
    const pushed = await tree.git("push", withToken(token), `HEAD:refs/heads/by-${scopes[0]}`);
    expect(pushed.code === 0).toBe(write === 0);
  });

  test("a project token opens no other project", async () => {
    const other = await lab.project("other", { initialize_with_readme: true });
    const { token } = await lab.ok<{ token: string }>("POST", `/projects/${project.id}/access_tokens`, {
      name: "t",
      scopes: ["api"],
    });
    expect((await lsRemote(withToken(token, other))).code).not.toBe(0);
  });
});

describe("repository API", () => {
  const base = () => `/projects/${project.id}/repository`;
  test("shows trees, files, commits and refs", async () => {
    const tree = await lab.ok<{ path: string }[]>("GET", `${base()}/tree?recursive=true`);
    expect(tree.map(({ path }) => path).sort()).toEqual(["README.md", "docs", "docs/a.txt"]);
    const file = await lab.ok<{ content: string }>("GET", `${base()}/files/docs%2Fa.txt?ref=main`);
    expect(Buffer.from(file.content, "base64").toString()).toBe("a\n");
    expect((await lab.call("GET", `${base()}/files/docs%2Fa.txt/raw?ref=main`)).text).toBe("a\n");
    expect((await lab.call("GET", `${base()}/files/none?ref=main`)).body).toEqual({
      message: "404 File Not Found",
    });
    const [commit] = await lab.ok<{ id: string; title: string }[]>("GET", `${base()}/commits`);
    expect(commit?.title).toBe("First");
    expect(await lab.ok("GET", `${base()}/branches/main`)).toMatchObject({ protected: true, default: true });
  });

  test("makes commits, branches and tags", async () => {
    const commit = await lab.ok<{ id: string }>("POST", `${base()}/commits`, {
      branch: "feature",
      start_branch: "main",
      commit_message: "Several",
      actions: [
        { action: "create", file_path: "x/y.txt", content: "eQ==", encoding: "base64" },
        { action: "update", file_path: "README.md", content: "new\n" },
        { action: "delete", file_path: "docs/a.txt" },
      ],
    });
    const tree = await lab.ok<{ path: string }[]>("GET", `${base()}/tree?recursive=true&ref=feature`);
    expect(tree.map(({ path }) => path)).toEqual(["x", "README.md", "x/y.txt"]);
    expect(
      await lab.ok("POST", `${base()}/tags`, { tag_name: "note", ref: "feature", message: "text" }),
    ).toMatchObject({ name: "note", message: "text", commit: { id: commit.id } });
    expect((await lab.call("POST", `${base()}/tags`, { tag_name: "note", ref: "main" })).status).toBe(400);
    expect((await lab.call("POST", `${base()}/branches`, { branch: "b", ref: "nope" })).status).toBe(400);
    expect((await lab.call("POST", `${base()}/branches`, { branch: "a..b", ref: "main" })).status).toBe(400);
    expect((await lab.call("DELETE", `${base()}/branches/feature`)).status).toBe(204);
  });

  test.each(["../../etc/passwd", "/etc/passwd", ".git/config", "a/../../b"])(
    "refuses the path %s",
    async (path) => {
      const answer = await lab.call("POST", `${base()}/commits`, {
        branch: "evil",
        start_branch: "main",
        commit_message: "m",
        actions: [{ action: "create", file_path: path, content: "x" }],
      });
      expect(answer.status).toBe(400);
    },
  );

  test("a ref that looks like an option or a path does no harm", async () => {
    for (const ref of ["--output=/tmp/x", "-x", "../..", "main:README.md", "main^{tree}"]) {
      const answer = await lab.call("GET", `${base()}/commits/${encodeURIComponent(ref)}`);
      expect([400, 404]).toContain(answer.status);
    }
  });
});

test("paths outside of the repositories are not served", async () => {
  const namespace = "root";
  for (const path of [
    "/../../etc/passwd",
    `/${namespace}/../code.git/config`,
    `/${namespace}/code.git/config`,
    "/%2e%2e/state.json",
  ]) {
    const text = await rawGet(new URL(lab.service.url), path);
    expect(text).not.toMatch(/^HTTP\/1.1 200/);
  }
});

/** A request whose path no client tidies up. */
function rawGet(url: URL, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(url.port), url.hostname, () => {
      socket.end(`GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`);
    });
    let text = "";
    socket.on("data", (part) => {
      text += part.toString();
    });
    socket.once("end", () => resolve(text));
    socket.once("error", reject);
  });
}
