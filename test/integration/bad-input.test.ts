/** Bad input: one clear error each, before anything is created. */

import { CommandFailed, gitlab, pulumi } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";

let stack: ThrowawayStack;

beforeAll(async () => {
  stack = await throwawayStack();
}, 300_000);

afterAll(async () => stack?.remove(), 120_000);

/** What `pulumi up` says with some variables changed; it must fail. */
async function complaint(env: Record<string, string>): Promise<string> {
  const environment = { ...stack.environment, env: { ...stack.environment.env, ...env } };
  try {
    await pulumi(environment, "pulumi", ["up", "--yes", "--skip-preview"]);
  } catch (error) {
    if (error instanceof CommandFailed) return error.output;
    throw error;
  }
  throw new Error("pulumi up succeeded");
}

async function withSetting(key: string, value: string, ...flags: string[]): Promise<string> {
  const before = await pulumi(stack.environment, "pulumi", ["config", "--json"]);
  await pulumi(stack.environment, "pulumi", ["config", "set", ...flags, key, value]);
  try {
    return await complaint({});
  } finally {
    const old = (JSON.parse(before) as Record<string, { value: string }>)[key.split(/[.[]/)[0] ?? key];
    if (old && !flags.includes("--path")) {
      await pulumi(stack.environment, "pulumi", ["config", "set", key, old.value]);
    } else if (!old) await pulumi(stack.environment, "pulumi", ["config", "rm", key]);
  }
}

describe("pulumi up says in one message what to mend", () => {
  it("for missing tokens, both at once", async () => {
    const text = await complaint({ GITLAB_TOKEN: "", HEROKU_API_KEY: "" });
    expect(text).toContain("gitlab:token");
    expect(text).toContain("heroku:apiKey");
    expect(text).toContain("pulumi config set --secret");
  });

  it("for a token that GitLab does not know, without repeating it", async () => {
    const text = await complaint({ GITLAB_TOKEN: "glpat-doesnotexist0000" });
    expect(text).toMatch(/gitlab:token/);
    expect(text).not.toContain("glpat-doesnotexist0000");
  });

  it("for an unreachable GitLab", async () => {
    expect(await complaint({ GITLAB_BASE_URL: "http://127.0.0.1:1/api/v4" })).toMatch(
      /gitlab:baseUrl[\s\S]*127\.0\.0\.1:1/,
    );
  });

  it("for an unreachable Heroku", async () => {
    expect(await complaint({ HEROKU_API_URL: "http://127.0.0.1:1" })).toMatch(
      /heroku:url[\s\S]*127\.0\.0\.1:1/,
    );
  });

  it("for a port that is something else", async () => {
    const text = await complaint({ GITLAB_BASE_URL: `${stack.environment.env.HEROKU_API_URL}/api/v4` });
    expect(text).toMatch(/gitlab:baseUrl/);
  });

  it("for an app name that somebody else has", async () => {
    expect(await withSetting("mlops:herokuApp", "myapp")).toMatch(
      /mlops:herokuApp[\s\S]*"myapp", which is taken/,
    );
  });

  it("for an invalid app name", async () => {
    expect(await withSetting("mlops:herokuApp", "Not_A_Name")).toMatch(/mlops:herokuApp[\s\S]*Not_A_Name/);
  });

  it("for an unknown setting, naming the nearest", async () => {
    expect(await withSetting("mlops:herokuAp", "x")).toMatch(/herokuAp\b[\s\S]*herokuApp/);
  });

  it("for an absent docker engine", async () => {
    expect(await complaint({ DOCKER_HOST: "unix:///nonexistent/docker.sock" })).toMatch(/docker/i);
  });

  it("and creates nothing", async () => {
    expect(await gitlab(stack.environment).Projects.all({ membership: true })).toEqual([]);
    const state = JSON.parse(await pulumi(stack.environment, "pulumi", ["stack", "export"])) as {
      deployment: { resources?: Array<{ type: string }> };
    };
    const types = (state.deployment.resources ?? []).map((resource) => resource.type);
    expect(types.filter((type) => !type.startsWith("pulumi:"))).toEqual([]);
  });
});

describe("a runtime image that cannot be built", () => {
  const broken = "tag-to-endpoint.test/base-without-python";
  const input = `FROM ${process.env.MLOPS_BASE_IMAGE ?? "tag-to-endpoint/base:bookworm-python3.11"}\nRUN printf '#!/bin/sh\\nexit 3\\n' >/usr/bin/python3\n`;
  beforeAll(async () => {
    const { code, stderr } = await runToEnd("docker", ["build", "--quiet", "--tag", broken, "-"], { input });
    expect(code, stderr).toBe(0);
  }, 60_000);
  afterAll(async () => {
    await runToEnd("docker", ["rmi", "--force", broken]);
  });

  it("is told with the command that shows why", async () => {
    const text = await complaint({ MLOPS_BASE_IMAGE: broken });
    expect(text).toMatch(/executor failed running \[.*choose\.py.*\]: exit code: 3/);
    expect(text).toContain(
      `docker build --platform linux/amd64 --build-arg BASE_IMAGE="${broken}" --build-arg RUNTIMES="sklearn" image/runtime`,
    );
  }, 120_000);
});
