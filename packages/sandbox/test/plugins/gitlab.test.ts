import { readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Inputs as ProviderInputs, ProviderResource, secret } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, engine, SECRET_MARK, Thing, type ThingOptions } from "./engine.ts";
import { type TestSandbox, testSandbox } from "./sandbox.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxyUVWTtSOlMRLhRg0iCKbmCfvhpKq5KvZ0eQJzKxZv";

let sandbox: TestSandbox;
let api: TestSandbox["gitlab"];
let pulumi: Engine;
let userId: number;

beforeAll(async () => {
  sandbox = await testSandbox();
  api = sandbox.gitlab;
  pulumi = await engine(sandbox.env);
  const user = await api<{ id: number }>("POST", "/users", {
    username: "grace",
    name: "Grace",
    email: "grace@example.com",
    password: "a-long-password-7",
    skip_confirmation: true,
  });
  userId = user.id;
});
afterAll(async () => {
  await pulumi.remove();
  await sandbox.remove();
});

type Inputs = Record<string, unknown>;

/** A provider with settings of its own. */
class GitLabProvider extends ProviderResource {
  constructor(name: string, inputs: ProviderInputs) {
    super("gitlab", name, inputs);
  }
}
type Overrides = Partial<
  Record<"project" | "variable" | "tag" | "branch" | "token" | "key" | "member" | "runner", Inputs>
>;

/** One of each resource, with changes for some. */
const program =
  (overrides: Overrides = {}) =>
  async () => {
    const thing = (type: string, name: keyof Overrides, inputs: Inputs, options: ThingOptions = {}) =>
      new Thing(`gitlab:index/${type}`, name, { ...inputs, ...overrides[name] }, options);
    const project = thing(
      "project:Project",
      "project",
      {
        name: "mlserver",
        description: "serves models",
        visibilityLevel: "private",
        initializeWithReadme: true,
        topics: ["ml", "api"],
      },
      { outputs: ["webUrl", "httpUrlToRepo", "pathWithNamespace", "runnersToken", "defaultBranch"] },
    );
    const inProject = { project: project.id };
    thing(
      "projectVariable:ProjectVariable",
      "variable",
      {
        ...inProject,
        key: "API_KEY",
        value: secret("value-4711-plain"),
        masked: true,
        protected: true,
      },
      { deleteBeforeReplace: true },
    );
    thing(
      "tagProtection:TagProtection",
      "tag",
      { ...inProject, tag: "v*", createAccessLevel: "maintainer" },
      { deleteBeforeReplace: true },
    );
    thing(
      "branchProtection:BranchProtection",
      "branch",
      {
        ...inProject,
        branch: "main",
        allowedToPushes: [{ accessLevel: "maintainer" }],
        allowedToMerges: [{ accessLevel: "developer" }],
        allowedToUnprotects: [{ accessLevel: "maintainer" }],
      },
      { deleteBeforeReplace: true },
    );
    const token = thing(
      "projectAccessToken:ProjectAccessToken",
      "token",
      {
        ...inProject,
        name: "access-mlserver",
        scopes: ["write_repository", "read_repository"],
        accessLevel: "developer",
        rotationConfiguration: { expirationDays: 30, rotateBeforeDays: 7 },
      },
      { outputs: ["token", "expiresAt", "active"] },
    );
    thing(
      "deployKey:DeployKey",
      "key",
      { ...inProject, title: "reader", key: `${KEY}\n` },
      { deleteBeforeReplace: true },
    );
    thing("projectMembership:ProjectMembership", "member", {
      ...inProject,
      userId,
      accessLevel: "developer",
    });
    thing(
      "userRunner:UserRunner",
      "runner",
      {
        runnerType: "project_type",
        projectId: project.id.apply(Number),
        description: "local",
        untagged: true,
        tagLists: ["docker", "linux"],
      },
      { outputs: ["token"] },
    );
    return {
      id: project.id,
      url: project.out("httpUrlToRepo"),
      path: project.out("pathWithNamespace"),
      token: token.out("token"),
      expiresAt: token.out("expiresAt"),
    };
  };

const ALL = ["project", "variable", "tag", "branch", "token", "key", "member", "runner"];
const all = (step: string, others: Record<string, string> = {}) => ({
  ...Object.fromEntries(ALL.map((name) => [name, step])),
  ...others,
});

describe("the life of the GitLab resources", () => {
  let id: string;

  test("a preview touches nothing", async () => {
    const { steps } = await pulumi.preview(program());
    expect(steps).toEqual(all("create"));
    expect(await api("GET", "/projects")).toEqual([]);
  });

  test("create: the API has them, ids are those of the official provider, secrets are encrypted", async () => {
    const { steps, outputs, log } = await pulumi.up(program());
    expect(steps).toEqual(all("create"));
    id = String(outputs.id);
    expect(outputs).toMatchObject({
      path: "root/mlserver",
      url: expect.stringMatching(/root\/mlserver\.git$/),
    });
    expect(outputs.token).toMatch(/^glpat-/);

    const state = await pulumi.state();
    expect(state.resource("project").id).toBe(id);
    expect(state.resource("variable").id).toBe(`${id}:API_KEY:*`);
    expect(state.resource("tag").id).toBe(`${id}:v*`);
    expect(state.resource("branch").id).toBe(`${id}:main`);
    expect(state.resource("token").id).toMatch(new RegExp(`^${id}:\\d+$`));
    expect(state.resource("token").outputs.token).toHaveProperty(SECRET_MARK);
    expect(state.resource("runner").outputs.token).toHaveProperty(SECRET_MARK);
    expect(state.resource("project").outputs.runnersToken).toHaveProperty(SECRET_MARK);
    for (const plain of ["value-4711-plain", String(outputs.token)]) {
      expect(state.text).not.toContain(plain);
      expect(log).not.toContain(plain);
    }

    expect(await api("GET", `/projects/${id}`)).toMatchObject({
      description: "serves models",
      visibility: "private",
    });
    expect(await api("GET", `/projects/${id}/variables/API_KEY`)).toMatchObject({
      value: "value-4711-plain",
      masked: true,
      protected: true,
      environment_scope: "*",
    });
    const rules = await api<Array<Record<string, unknown>>>("GET", `/projects/${id}/protected_tags`);
    expect(rules).toMatchObject([{ name: "v*", create_access_levels: [{ access_level: 40 }] }]);
    expect(await api("GET", `/projects/${id}/protected_branches/main`)).toMatchObject({
      push_access_levels: [{ access_level: 40 }],
      merge_access_levels: [{ access_level: 30 }],
    });
  });

  test("a second up has nothing to do", async () => {
    expect((await pulumi.up(program())).steps).toEqual(all("same"));
  });

  test("changes that the API can make are updates; a changed token is a rotated one", async () => {
    const before = (await pulumi.stack.outputs()).token?.value;
    const changes: Overrides = {
      project: { description: "serves more", topics: ["api", "ml"] },
      variable: { value: secret("value-4712-plain"), description: "for the app" },
      branch: {
        allowForcePush: true,
        allowedToMerges: [{ accessLevel: "maintainer" }, { userId }],
      },
      token: { rotationConfiguration: { expirationDays: 60, rotateBeforeDays: 7 } },
      member: { accessLevel: "maintainer" },
      runner: { description: "of this machine", tagLists: ["linux", "docker"] },
    };
    const { steps, diffs, outputs } = await pulumi.up(program(changes));
    expect(steps).toEqual(all("update", { tag: "same", key: "same" }));
    expect(diffs).toMatchObject({
      project: ["description"],
      branch: ["allowForcePush", "allowedToMerges"],
      token: ["rotationConfiguration.expirationDays"],
      runner: ["description"],
    });
    expect(outputs.token).toMatch(/^glpat-/);
    expect(outputs.token).not.toBe(before);
    expect(await api("GET", `/projects/${id}`)).toMatchObject({ description: "serves more" });
    expect(await api("GET", `/projects/${id}/variables/API_KEY`)).toMatchObject({
      value: "value-4712-plain",
    });
    expect(await api("GET", `/projects/${id}/protected_branches/main`)).toMatchObject({
      allow_force_push: true,
      push_access_levels: [{ access_level: 40 }],
      merge_access_levels: [{ user_id: null }, { user_id: userId }],
    });
    expect(await api("GET", `/projects/${id}/members/${userId}`)).toMatchObject({ access_level: 40 });
    // The old token has ended, the new one works.
    const call = (token: unknown) =>
      fetch(`${sandbox.env.GITLAB_BASE_URL}/projects/${id}/repository/branches`, {
        headers: { "private-token": String(token) },
      });
    expect((await call(before)).status).toBe(401);
    expect((await pulumi.up(program(changes))).steps).toEqual(all("same"));
  });

  test("changes that the API cannot make are replacements", async () => {
    const { steps } = await pulumi.up(
      program({
        variable: { hidden: true },
        tag: { createAccessLevel: "developer" },
        branch: { branch: "release/*" },
        token: { scopes: ["read_repository"] },
        key: { title: "another reader" },
      }),
    );
    expect(steps).toMatchObject({
      variable: "replace",
      tag: "replace",
      branch: "replace",
      token: "replace",
      key: "replace",
    });
    expect(await api("GET", `/projects/${id}/protected_tags/v*`)).toMatchObject({
      create_access_levels: [{ access_level: 30 }],
    });
    const branches = await api<Array<{ name: string }>>("GET", `/projects/${id}/protected_branches`);
    expect(branches.map(({ name }) => name)).toEqual(["release/*"]);
    expect(await api<unknown[]>("GET", `/projects/${id}/deploy_keys`)).toHaveLength(1);
    await pulumi.up(program());
  });

  test("a refresh sees outside changes and the next up takes them back", async () => {
    await api("PUT", `/projects/${id}`, { description: "changed by hand" });
    await api("DELETE", `/projects/${id}/variables/API_KEY`);
    await api("DELETE", `/projects/${id}/protected_tags/v*`);
    await api("POST", `/projects/${id}/protected_tags`, { name: "v*", create_access_level: 30 });
    await api("PUT", `/projects/${id}/members/${userId}`, { access_level: 20 });

    const { steps } = await pulumi.refresh();
    expect(steps).toMatchObject({ variable: "delete" });
    expect((await pulumi.state()).resource("project").inputs.description).toBe("changed by hand");

    const repaired = await pulumi.up(program());
    expect(repaired.steps).toEqual(
      all("same", { project: "update", variable: "create", tag: "replace", member: "update" }),
    );
    expect(await api("GET", `/projects/${id}`)).toMatchObject({ description: "serves models" });
    expect(await api("GET", `/projects/${id}/protected_tags/v*`)).toMatchObject({
      create_access_levels: [{ access_level: 40 }],
    });
  });

  test("a saved plan of a change holds when it is carried out", async () => {
    const changed = program({ project: { description: "planned" }, tag: { createAccessLevel: "no one" } });
    const plan = path.join(pulumi.folder, "plan.json");
    pulumi.stack.workspace.envVars.PULUMI_EXPERIMENTAL = "true";
    await pulumi.stack.preview({ program: changed, plan });
    expect(await readFile(plan, "utf8")).not.toContain("value-4711-plain");
    await pulumi.stack.up({ program: changed, plan });
    expect(await api("GET", `/projects/${id}`)).toMatchObject({ description: "planned" });
    await pulumi.stack.preview({ program: program(), plan });
    const stricter = program({ tag: { createAccessLevel: "developer" } });
    await expect(pulumi.stack.up({ program: stricter, plan })).rejects.toThrow(/violates plan/);
    await pulumi.up(program());
  });

  test("what exists can be imported by its id", async () => {
    const other = await engine(sandbox.env);
    try {
      const kept: ThingOptions = { retainOnDelete: true };
      const { steps } = await other.up(async () => {
        const take = (type: string, name: string, importId: string, inputs: Inputs) =>
          new Thing(`gitlab:index/${type}`, name, inputs, { ...kept, import: importId });
        take("project:Project", "project", id, {
          name: "mlserver",
          description: "serves models",
          visibilityLevel: "private",
          topics: ["ml", "api"],
        });
        take("projectVariable:ProjectVariable", "variable", `${id}:API_KEY:*`, {
          project: id,
          key: "API_KEY",
          value: "value-4711-plain",
          masked: true,
          protected: true,
        });
        take("tagProtection:TagProtection", "tag", `${id}:v*`, { project: id, tag: "v*" });
        take("branchProtection:BranchProtection", "branch", `${id}:main`, {
          project: id,
          branch: "main",
          allowedToPushes: [{ accessLevel: "maintainer" }],
          allowedToMerges: [{ accessLevel: "developer" }],
          allowedToUnprotects: [{ accessLevel: "maintainer" }],
        });
        take("projectMembership:ProjectMembership", "member", `${id}:${userId}`, {
          project: id,
          userId,
          accessLevel: "developer",
        });
      });
      expect(steps).toEqual({
        project: "import",
        variable: "import",
        tag: "import",
        branch: "import",
        member: "import",
      });
    } finally {
      await other.remove();
    }
  });

  test("destroy leaves nothing", async () => {
    await pulumi.destroy();
    expect(await api("GET", "/projects")).toEqual([]);
  });
});

describe("what GitLab refuses", () => {
  test("is told in its own words", async () => {
    const { outputs } = await pulumi.up(async () => {
      const project = new Thing("gitlab:index/project:Project", "project", { name: "first" });
      return { id: project.id };
    });
    const project = String(outputs.id);
    const attempt = (type: string, inputs: Inputs) =>
      pulumi.up(async () => {
        new Thing("gitlab:index/project:Project", "project", { name: "first" });
        new Thing(`gitlab:index/${type}`, "refused", inputs);
      });
    await expect(attempt("project:Project", { name: "first" })).rejects.toThrow(
      /POST http:\/\/127\.0\.0\.1:\d+\/api\/v4\/projects: 400 \{message: .*has already been taken/,
    );
    await expect(
      attempt("projectVariable:ProjectVariable", { project, key: "A", value: "short", masked: true }),
    ).rejects.toThrow(/Invalid value for a masked variable.*400 \{message: \{value: \[is invalid\]\}\}/);
    await expect(
      attempt("branchProtection:BranchProtection", { project: "9999", branch: "main" }),
    ).rejects.toThrow(/404 \{message: 404 Project Not Found\}/);
  });

  test("wrong inputs are named before anything is created", async () => {
    await expect(
      pulumi.preview(async () => {
        new Thing("gitlab:index/projectVariable:ProjectVariable", "a", {
          project: "1",
          key: "NO-DASH",
          value: "v",
        });
        new Thing("gitlab:index/tagProtection:TagProtection", "b", {
          project: "1",
          tag: "v*",
          createAccessLevel: "boss",
        });
        new Thing("gitlab:index/projectAccessToken:ProjectAccessToken", "c", {
          project: "1",
          scopes: ["write_repo"],
        });
        new Thing("gitlab:index/projectMembership:ProjectMembership", "d", {
          project: "1",
          accessLevel: "developer",
        });
      }),
    ).rejects.toThrow(
      /only A-Z, a-z, 0-9, and _ are allowed|must be one of|The argument "userId" is required/,
    );
  });
});

describe("a Community Edition", () => {
  test("has levels of a branch where the Enterprise Edition has lists, and each refuses the other's", async () => {
    const community = await communityEdition(sandbox.env.GITLAB_BASE_URL as string);
    const other = await engine({ ...sandbox.env, GITLAB_BASE_URL: community.baseUrl });
    const branch = (inputs: Inputs) => async () => {
      const project = new Thing("gitlab:index/project:Project", "project", { name: "community" });
      const rule = { project: project.id, branch: "main", ...inputs };
      new Thing("gitlab:index/branchProtection:BranchProtection", "branch", rule, {
        deleteBeforeReplace: true,
      });
    };
    try {
      const levels = { pushAccessLevel: "maintainer", mergeAccessLevel: "developer" };
      expect((await other.up(branch(levels))).steps.branch).toBe("create");
      expect((await other.up(branch(levels))).steps.branch).toBe("same");
      expect((await other.up(branch({ ...levels, allowForcePush: true }))).steps.branch).toBe("update");
      const changed = await other.up(branch({ ...levels, pushAccessLevel: "no one" }));
      expect(changed.steps.branch).toBe("replace");
      const { outputs } = (await other.state()).resource("branch");
      expect(outputs).toMatchObject({
        pushAccessLevel: "no one",
        mergeAccessLevel: "developer",
        allowForcePush: false,
      });
      await expect(
        other.preview(branch({ allowedToPushes: [{ accessLevel: "developer" }] })),
      ).rejects.toThrow("feature unavailable `allowedToPushes`: Enterprise license required");
      await expect(pulumi.preview(branch(levels))).rejects.toThrow(
        "feature unavailable `pushAccessLevel`: Use `allowed_to_push` instead",
      );
    } finally {
      await other.remove();
      await community.close();
    }
  });
});

/** The sandbox's GitLab as if it were a Community Edition: all but its word on that is passed on. */
async function communityEdition(baseUrl: string): Promise<{ baseUrl: string; close(): Promise<void> }> {
  const upstream = new URL(baseUrl);
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = "" } = incoming;
    if (url.endsWith("/metadata")) {
      outgoing
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ enterprise: false }));
      return;
    }
    const forwarded = request(
      { host: upstream.hostname, port: upstream.port, path: url, method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}${upstream.pathname}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe("the provider's configuration", () => {
  test("comes from the program as well, and may be unknown in a preview", async () => {
    const other = await engine();
    const explicit = async () => {
      const command = new Thing(
        "command:local:Command",
        "token",
        {
          create: "printf %s $TOKEN",
          environment: { TOKEN: secret(sandbox.env.GITLAB_TOKEN) },
          logging: "none",
        },
        { outputs: ["stdout"] },
      );
      const provider = new GitLabProvider("explicit", {
        baseUrl: sandbox.env.GITLAB_BASE_URL as string,
        token: command.out("stdout"),
      });
      new Thing("gitlab:index/project:Project", "project", { name: "explicit" }, { provider });
    };
    try {
      expect((await other.preview(explicit)).steps).toEqual({ token: "create", project: "create" });
      expect((await other.up(explicit)).steps).toEqual({ token: "create", project: "create" });
      expect((await other.up(explicit)).steps).toEqual({ token: "same", project: "same" });
      expect((await other.state()).text).not.toContain(sandbox.env.GITLAB_TOKEN);
    } finally {
      await other.remove();
    }
  });

  const project = async () => {
    new Thing("gitlab:index/project:Project", "project", { name: "never" });
  };

  test("an endpoint that is not on this machine is refused", async () => {
    const away = await engine({
      GITLAB_TOKEN: "glpat-x",
      GITLAB_BASE_URL: "https://gitlab.example.com/api/v4",
    });
    await expect(away.preview(project)).rejects.toThrow(
      /stand-in for gitlab 10\.1\.1: it talks to loopback addresses only .* refuses https:\/\/gitlab\.example\.com.*plugin install resource gitlab v10\.1\.1/,
    );
    await expect(
      away.preview(async () => {
        new Thing("gitlab:index/project:Project", "project", { name: "never" });
      }),
    ).rejects.toThrow(/refuses/);
    await rm(away.folder, { recursive: true, force: true });
  });

  test("without an endpoint it would be gitlab.com, which is refused; without a token it says so", async () => {
    const bare = await engine({ GITLAB_TOKEN: "glpat-x", GITLAB_BASE_URL: "" });
    await expect(bare.preview(project)).rejects.toThrow(/refuses https:\/\/gitlab\.com/);
    await rm(bare.folder, { recursive: true, force: true });
    const anonymous = await engine({
      GITLAB_TOKEN: "",
      GITLAB_BASE_URL: sandbox.env.GITLAB_BASE_URL as string,
    });
    await expect(anonymous.preview(project)).rejects.toThrow(/No GitLab credentials found.*GITLAB_TOKEN/);
    await rm(anonymous.folder, { recursive: true, force: true });
  });

  test("a wrong token and a dead port are one clear error each", async () => {
    const wrong = await engine({ ...sandbox.env, GITLAB_TOKEN: "glpat-wrong-token-value" });
    const failing = wrong.up(project);
    await expect(failing).rejects.toThrow(/401 \{message: 401 Unauthorized\}/);
    await expect(failing).rejects.not.toThrow(/glpat-wrong-token-value/);
    await rm(wrong.folder, { recursive: true, force: true });
    const dead = await engine({ ...sandbox.env, GITLAB_BASE_URL: "http://127.0.0.1:9/api/v4" });
    await expect(dead.up(project)).rejects.toThrow(
      /http:\/\/127\.0\.0\.1:9\/api\/v4\/projects: connection refused/,
    );
    await rm(dead.folder, { recursive: true, force: true });
  });
});
