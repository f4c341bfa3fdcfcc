/** What the setting `firstRelease` asks of machine and runners before anything is created. */
import { describe, expect, it } from "vitest";
import type { StackConfig } from "../../infra/config/config.ts";
import { isBad } from "../../infra/preflight/check.ts";
import { failing, found, type World, worldWith } from "../support/preflight.ts";

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
  const online = "GET /projects/ml%2Fmlserver/runners?status=online";
  const own = { firstRelease: "pipeline", runner: "project" } as const;
  const released = { owned: async () => ({ apps: ["ml-app"], projects: ["ml/mlserver"], released: true }) };

  it.each<[string, World, object]>([
    ["this machine releases", { config: { runner: "project" } }, { outcome: "ok" }],
    ["runners are shared", { config: { firstRelease: "pipeline" } }, { outcome: "not checked" }],
    ["something was released before", { config: own, machine: released }, { outcome: "ok" }],
  ])("are not asked for where %s", async (_, world, verdict) => {
    const { facts, findings, lab } = await worldWith(world);
    expect((await findings()).filter(({ check }) => check === "runners")).toMatchObject([verdict]);
    if (!world.machine) expect((await facts()).canRelease).toBe(true);
    expect(lab.received.filter(({ path }) => path.includes("/runners"))).toEqual([]);
  });

  it("release where one of the project is online", async () => {
    const { facts } = await worldWith({ config: own, gitlab: { [online]: [200, [{ id: 1 }]] } });
    expect((await facts()).canRelease).toBe(true);
  });

  it.each<[string, World, string]>([
    ["before there is a project", {}, "no runner of ml/mlserver that is online"],
    ["where none is online", { gitlab: { [online]: [200, []] } }, "no runner of ml/mlserver that is online"],
    [
      "where GitLab does not tell",
      { gitlab: { [online]: [403, {}] } },
      "GitLab does not tell the runners of ml/mlserver (403)",
    ],
  ])("do not %s, which is a warning with the way on", async (_, world, what) => {
    const warnings: string[] = [];
    const machine = { warn: (text: string) => void warnings.push(text) };
    const { facts } = await worldWith({ ...world, config: own, machine });
    expect((await facts()).canRelease).toBe(false);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`mlops:runner: runners\n  found:   ${what}`);
    expect(warnings[0]).toMatch(
      /register runners, with docker, by the tokens of `npx pulumi stack output runnerTokens --show-secrets` .* and run `npx pulumi up` again: it makes the release/,
    );
  });
});
