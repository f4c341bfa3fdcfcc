import { rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { type Inputs as ProviderInputs, ProviderResource, secret } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engine, Thing } from "./engine.ts";
import type { Inputs } from "./gitlab-program.ts";
import { type TestSandbox, testSandbox } from "./sandbox.ts";

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await testSandbox();
});
afterAll(() => sandbox.remove());

/** A provider with settings of its own. */
class GitLabProvider extends ProviderResource {
  constructor(name: string, inputs: ProviderInputs) {
    super("gitlab", name, inputs);
  }
}

describe("a Community Edition", () => {
  test("has levels of a branch where the Enterprise Edition has lists, and each refuses the other's", async () => {
    const community = await communityEdition(sandbox.env.GITLAB_BASE_URL as string);
    const other = await engine({ ...sandbox.env, GITLAB_BASE_URL: community.baseUrl });
    const enterprise = await engine(sandbox.env);
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
      await expect(enterprise.preview(branch(levels))).rejects.toThrow(
        "feature unavailable `pushAccessLevel`: Use `allowed_to_push` instead",
      );
    } finally {
      await enterprise.remove();
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
