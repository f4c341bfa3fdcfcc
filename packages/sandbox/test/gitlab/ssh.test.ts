/** git over SSH with the real client, and the deploy keys that open it. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKeyPair } from "../../src/gitlab/git/ssh-host-key.ts";
import {
  type Lab,
  type Project,
  pipelinesOf,
  type Ran,
  run,
  seed,
  startLab,
  type WorkTree,
} from "./harness.ts";

const MAINTAINER = 40;
const CONFIG = "job:\n  script: [echo]\n  rules: [{ if: $CI_COMMIT_TAG, when: never }, { when: manual }]\n";

let lab: Lab;
let project: Project;
let tree: WorkTree;
let count = 0;
const next = () => ++count;
beforeAll(async () => {
  lab = await startLab();
  project = await lab.project("server");
  tree = await seed(lab, project, { ".gitlab-ci.yml": CONFIG });
});
afterAll(() => lab.close());

interface Key {
  file: string;
  publicKey: string;
}

async function newKey(type: "ed25519" | "rsa" = "ed25519"): Promise<Key> {
  const pair = type === "rsa" ? ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 }) : newKeyPair();
  const file = join(lab.folder, `key-${next()}`);
  await writeFile(file, pair.private);
  await chmod(file, 0o600);
  return { file, publicKey: pair.public };
}

interface Registered extends Key {
  id: number;
}

async function deployKey(
  canPush: boolean,
  at = project,
  more: { token?: string; expires_at?: string; type?: "rsa" } = {},
): Promise<Registered> {
  const key = await newKey(more.type);
  const { id } = await lab.ok<{ id: number }>(
    "POST",
    `/projects/${at.id}/deploy_keys`,
    { title: "t", key: key.publicKey, can_push: canPush, expires_at: more.expires_at },
    more.token,
  );
  return { ...key, id };
}

/** git as a job uses it: one key, a pinned host key, no question asked. */
async function git(key: Key, args: string[], knownHosts = lab.service.sshKnownHosts): Promise<Ran> {
  const hosts = join(lab.folder, "known_hosts");
  await writeFile(hosts, `${knownHosts}\n`);
  const ssh = `ssh -F none -i ${word(key.file)} -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes`;
  return run("git", args, tree.dir, {
    GIT_SSH_COMMAND: `${ssh} -o StrictHostKeyChecking=yes -o ${word(hostsFile(hosts))} -o GlobalKnownHostsFile=none`,
  });
}

/** One word of a shell's line: the lab's folder has a space and an apostrophe in its name. */
const word = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** ssh splits the value of this option at spaces, unless they are in quotes. */
const hostsFile = (file: string) => `UserKnownHostsFile="${file}"`;

const url = (at = project) => String(at.ssh_url_to_repo);

async function push(key: Key, ref: string, at = project): Promise<Ran> {
  await tree.commit({ [`file-${next()}`]: ref });
  return git(key, ["push", "--force", url(at), `HEAD:${ref}`]);
}

/** A project that the administrator's rule protects as the body says, with a first commit. */
async function protectedProject(rule: Record<string, unknown>): Promise<Project> {
  const made = await lab.project(`protected-${next()}`);
  await seed(lab, made, { a: "a" });
  await lab.ok("DELETE", `/projects/${made.id}/protected_branches/main`);
  await lab.ok("POST", `/projects/${made.id}/protected_branches`, { name: "main", ...rule });
  return made;
}

describe("a deploy key", () => {
  test("reads the repository by the address that the project names", async () => {
    expect(url()).toBe(`ssh://git@127.0.0.1:${lab.ctx.ports.gitlabSsh}/${project.path_with_namespace}.git`);
    const found = await git(await deployKey(false), ["ls-remote", url()]);
    expect(found.stdout).toContain("refs/heads/main");
    const cloned = await git(await deployKey(false), [
      "clone",
      "--depth",
      "1",
      url(),
      join(lab.folder, "shallow"),
    ]);
    expect(cloned.code, cloned.stderr).toBe(0);
  });

  test("of type RSA, signed with SHA-2, does too", async () => {
    const found = await git(await deployKey(false, project, { type: "rsa" }), ["ls-remote", url()]);
    expect(found.code, found.stderr).toBe(0);
  });

  test("without write access does not push", async () => {
    const { code, stderr } = await push(await deployKey(false), "refs/heads/read-only");
    expect(code).not.toBe(0);
    expect(stderr).toContain("ERROR: This deploy key does not have write access to this project.");
  });

  test("with write access pushes to an unprotected branch, as long as its maker sees the project", async () => {
    const { id, token } = await lab.member(project, "gone", MAINTAINER);
    const key = await deployKey(true, project, { token });
    expect((await push(key, "refs/heads/one")).code).toBe(0);
    await lab.ok("PUT", `/projects/${project.id}/members/${id}`, { access_level: 10 });
    expect((await push(key, "refs/heads/two")).code).toBe(0);
    await lab.ok("DELETE", `/projects/${project.id}/members/${id}`);
    const refused = await push(key, "refs/heads/three");
    expect(refused.stderr).toContain("You are not allowed to push code to this project.");
  });

  test("starts pipelines as the user who made it", async () => {
    const { id, token } = await lab.member(project, "maker", MAINTAINER);
    const pushed = await push(await deployKey(true, project, { token }), "refs/heads/as-maker");
    expect(pushed.code, pushed.stderr).toBe(0);
    await expect
      .poll(async () => (await pipelinesOf(lab, project)).find(({ ref }) => ref === "as-maker")?.id, {
        timeout: 60_000,
      })
      .toBeDefined();
    const found = (await pipelinesOf(lab, project)).find(({ ref }) => ref === "as-maker");
    expect(await lab.ok("GET", `/projects/${project.id}/pipelines/${found?.id}`)).toMatchObject({
      user: { id },
    });
  });

  test("of another project is told of no such project", async () => {
    const other = await lab.project("other-server");
    const { code, stderr } = await git(await deployKey(true, other), ["ls-remote", url()]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("could not be found or you don't have permission to view it");
  });

  test("that has expired, and one whose maker is blocked, are refused", async () => {
    const soon = await deployKey(true, project, { expires_at: new Date(Date.now() + 1500).toISOString() });
    await expect
      .poll(async () => (await git(soon, ["ls-remote", url()])).stderr, { timeout: 60_000 })
      .toContain("Your SSH key has expired");
    const { id, token } = await lab.member(project, "blocked", MAINTAINER);
    const key = await deployKey(true, project, { token });
    await lab.ok("POST", `/users/${id}/block`);
    expect((await git(key, ["ls-remote", url()])).stderr).toContain("Your account has been blocked.");
    await lab.ok("POST", `/users/${id}/unblock`);
    expect((await git(key, ["ls-remote", url()])).code).toBe(0);
  });
});

describe("log-in", () => {
  test("refuses a key that nobody registered, and one that was removed", async () => {
    expect((await git(await newKey(), ["ls-remote", url()])).stderr).toContain(
      "Permission denied (publickey)",
    );
    const removed = await deployKey(true);
    await lab.ok("DELETE", `/projects/${project.id}/deploy_keys/${removed.id}`);
    expect((await git(removed, ["ls-remote", url()])).stderr).toContain("Permission denied (publickey)");
  });

  test("refuses another user than git, and another command than git's", async () => {
    const key = await deployKey(true);
    const other = await git(key, ["ls-remote", url().replace("git@", "root@")]);
    expect(other.stderr).toContain("Permission denied (publickey)");
    const options = ["-F", "none", "-i", key.file, "-o", "IdentityAgent=none", "-o", "BatchMode=yes"];
    const hosts = ["-o", hostsFile(join(lab.folder, "known_hosts"))];
    const port = ["-p", String(lab.ctx.ports.gitlabSsh), "git@127.0.0.1"];
    const ran = await run("ssh", [...options, ...hosts, ...port, "cat /etc/passwd"], lab.folder);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("ERROR: Disallowed command");
  });

  test("shows the same host key after a restart, and the client refuses any other", async () => {
    const before = lab.service.sshKnownHosts;
    expect(before).toMatch(/^\[127\.0\.0\.1\]:\d+ ssh-ed25519 [A-Za-z0-9+/=]+$/);
    const other = newKeyPair().public.split(" ").slice(0, 2).join(" ");
    const wrong = `[127.0.0.1]:${lab.ctx.ports.gitlabSsh} ${other}`;
    const key = await deployKey(true);
    expect((await git(key, ["ls-remote", url()], wrong)).stderr).toContain("Host key verification failed");
    await lab.restart();
    expect(lab.service.sshKnownHosts).toBe(before);
    expect((await git(key, ["ls-remote", url()])).code).toBe(0);
  });
});

describe("a protected branch", () => {
  const NO_PUSH = "GitLab: You are not allowed to push code to protected branches on this project.";

  test("takes pushes of a key whose maker has the role", async () => {
    const at = await protectedProject({ push_access_level: MAINTAINER });
    const forced = await push(await deployKey(true, at), "refs/heads/main", at);
    expect(forced.stderr).toContain("You are not allowed to force push code to a protected branch");
    expect((await fastForward(await deployKey(true, at), at)).code).toBe(0);
  });

  test("for nobody takes those of a key alone that it lists", async () => {
    const at = await protectedProject({ push_access_level: 0 });
    const { id, token } = await lab.member(at, "lister", MAINTAINER);
    const key = await deployKey(true, at, { token });
    expect((await fastForward(key, at)).stderr).toContain(NO_PUSH);
    await lab.ok("PATCH", `/projects/${at.id}/protected_branches/main`, {
      allowed_to_push: [{ deploy_key_id: key.id }],
    });
    expect((await fastForward(key, at)).code).toBe(0);
    // The maker's role in the project may go as long as the project is seen.
    await lab.ok("PUT", `/projects/${at.id}/members/${id}`, { access_level: 10 });
    expect((await fastForward(key, at)).code).toBe(0);
    // Another maker's key is none of it.
    expect((await fastForward(await deployKey(true, at), at)).stderr).toContain(NO_PUSH);
    await lab.ok("DELETE", `/projects/${at.id}/deploy_keys/${key.id}`);
    const rule = await lab.ok<{ push_access_levels: unknown[] }>(
      "GET",
      `/projects/${at.id}/protected_branches/main`,
    );
    expect(rule.push_access_levels).toEqual([expect.objectContaining({ access_level: 0 })]);
  });

  test("lists no key that may not write to the project", async () => {
    const at = await protectedProject({ push_access_level: MAINTAINER });
    const list = (id: number) =>
      lab.call("PATCH", `/projects/${at.id}/protected_branches/main`, {
        allowed_to_push: [{ deploy_key_id: id }],
      });
    for (const key of [await deployKey(false, at), await deployKey(true), { id: 4711 }]) {
      expect(await list(key.id)).toMatchObject({
        status: 422,
        body: { message: ["Push access levels deploy key is not enabled for this project"] },
      });
    }
  });

  /** Pushes one commit on top of what the branch has. */
  async function fastForward(key: Key, at: Project): Promise<Ran> {
    const dir = join(lab.folder, `work-${next()}`);
    const cloned = await git(key, ["clone", "--quiet", url(at), dir]);
    if (cloned.code !== 0) return cloned;
    const author = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
    await git(key, ["-C", dir, ...author, "commit", "--quiet", "--allow-empty", "-m", "more"]);
    return git(key, ["-C", dir, "push", "origin", "HEAD:refs/heads/main"]);
  }
});

describe("the API of deploy keys", () => {
  const path = (at = project) => `/projects/${at.id}/deploy_keys`;

  test("shows fingerprints as ssh-keygen does", async () => {
    const key = await newKey();
    const made = await lab.ok("POST", path(), { title: "t", key: key.publicKey });
    const print = async (hash: string) =>
      (await run("ssh-keygen", ["-l", "-E", hash, "-f", key.file], lab.folder)).stdout.split(" ")[1];
    expect(made).toMatchObject({
      can_push: false,
      expires_at: null,
      fingerprint: (await print("md5"))?.replace("MD5:", ""),
      fingerprint_sha256: await print("sha256"),
    });
  });

  test.each([
    ["no key", "hello", "is invalid"],
    ["an unknown type", "ssh-foo AAAA", "is invalid"],
    ["no whole key", `ssh-ed25519 ${Buffer.from("by hand").toString("base64")}`, "is invalid"],
  ])("refuses %s", async (_, key, words) => {
    expect(await lab.call("POST", path(), { title: "t", key })).toMatchObject({
      status: 400,
      body: { message: { "deploy_key.key": [words] } },
    });
  });

  test("refuses an end that is past", async () => {
    const { publicKey: key } = await newKey();
    const answer = await lab.call("POST", path(), { title: "t", key, expires_at: "2020-01-01T00:00:00Z" });
    expect(answer).toMatchObject({ status: 400, body: { message: { "deploy_key.key": ["has expired"] } } });
  });

  test("gives back the same key, shares it with a project of the same maker, and refuses it to others", async () => {
    const { publicKey: key } = await newKey();
    const first = await lab.ok<{ id: number }>("POST", path(), { title: "t", key, can_push: true });
    expect((await lab.ok<{ id: number }>("POST", path(), { title: "again", key })).id).toBe(first.id);
    const other = await lab.project("shares");
    expect(await lab.ok("POST", path(other), { title: "t", key })).toMatchObject({
      id: first.id,
      can_push: false,
    });
    const { token } = await lab.member(other, "no-admin", MAINTAINER);
    const theirs = await lab.project("theirs");
    const commented = `${key} with a comment of its own`;
    expect(await lab.call("POST", path(theirs), { title: "t", key: commented }, undefined)).toMatchObject({
      status: 400,
      body: { message: { "deploy_key.fingerprint_sha256": ["has already been taken"] } },
    });
    await lab.ok("DELETE", `${path()}/${first.id}`);
    expect((await lab.call("GET", `${path(other)}/${first.id}`, undefined, token)).status).toBe(200);
  });
});
