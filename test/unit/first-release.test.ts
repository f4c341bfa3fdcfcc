/** What the setting `firstRelease` asks of machine and runners before anything is created. */
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StackConfig } from "../../infra/config/config.ts";
import { isBad } from "../../infra/preflight/check.ts";
import { runnersExist } from "../../infra/preflight/runners.ts";
import { failing, found, worldWith } from "../support/preflight.ts";
import { configWith } from "../support/program.ts";
import { type Answers, serve } from "../support/server.ts";

describe("docker on this machine", () => {
  /** The settings that a preflight complains of, on a machine without docker. */
  async function complaints(firstRelease: StackConfig["firstRelease"]): Promise<string[]> {
    const { findings } = await worldWith({
      config: { firstRelease },
      machine: failing(/^docker /, "docker is not installed"),
    });
    return (await findings()).filter(isBad).map(({ setting }) => setting);
  }

  it("is needed where the release is made here", async () => {
    expect(await complaints("local")).toContain("docker");
  });

  it("is not where a pipeline makes it", async () => {
    expect(await complaints("pipeline")).toEqual([]);
  });

  it("or not, a GitLab without a container registry is told", async () => {
    const anyProjects = "GET /projects?membership=true&per_page=1";
    const world = {
      config: { firstRelease: "pipeline" as const },
      gitlab: { [anyProjects]: [200, [{ id: 1 }]] as const },
    };
    expect(await found("log-in to GitLab's registry", world)).toMatchObject([
      { outcome: "problem", found: "GITLAB, whose container registry is switched off" },
    ]);
  });
});

describe("runners", () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  beforeEach(() => warn.mockClear());
  let close = async (): Promise<unknown> => undefined;
  afterEach(() => close());

  const online = "GET /projects/ml%2Fmlserver/runners?status=online";
  async function exist(settings: Partial<StackConfig>, answers: Answers = {}, released = false) {
    const server = await serve(answers);
    close = server.close;
    const gitlab = { url: server.url, token: "glpat-1" };
    const config = configWith({ firstRelease: "pipeline", runner: "project", gitlab, ...settings });
    return { found: await runnersExist(config, async () => released), asked: server.received.length };
  }

  it.each<[string, Partial<StackConfig>, boolean]>([
    ["this machine releases", { firstRelease: "local" }, false],
    ["runners are shared", { runner: "shared" }, false],
    ["something was released before", {}, true],
  ])("are not asked for where %s", async (_, settings, released) => {
    expect(await exist(settings, {}, released)).toEqual({ found: true, asked: 0 });
    expect(warn).not.toHaveBeenCalled();
  });

  it("exist where one of the project is online", async () => {
    expect((await exist({}, { [online]: [200, [{ id: 1 }]] })).found).toBe(true);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each<[string, Answers]>([
    ["before there is a project", {}],
    ["where none is online", { [online]: [200, []] }],
  ])("do not exist %s, which the program says with the way on", async (_, answers) => {
    expect((await exist({}, answers)).found).toBe(false);
    expect(warn.mock.calls.flat()).toEqual([
      "The app will not answer yet: a pipeline of ml/mlserver makes the first release, and no runner of that project " +
        "is online. After this update, register the projects' runners, with docker, by the tokens that " +
        "`npx pulumi stack output runnerTokens --show-secrets` prints (https://docs.gitlab.com/runner/register/). " +
        "Then run `npx pulumi up` again: it makes the release.",
    ]);
  });

  it("are not guessed where GitLab refuses to tell", async () => {
    await expect(exist({}, { [online]: [403, {}] })).rejects.toThrow("GitLab answered 403");
  });
});
