/** What only holds on gitlab.com, which no test may ask. */
import { describe, expect, it } from "vitest";
import type { StackConfig } from "../../../infra/config/config.ts";
import { gitlabChecks } from "../../../infra/preflight/gitlab/checks.ts";
import { notChecked, ok } from "../../support/preflight.ts";
import { configWith } from "../../support/program.ts";

describe("on gitlab.com", () => {
  const com = (changes: Partial<StackConfig> = {}): StackConfig =>
    configWith({ gitlab: { url: "https://gitlab.com/api/v4", token: "t" }, ...changes });
  const asked = (namespace: object, config = com(), projects: readonly string[] = []) =>
    ({
      config,
      owned: { apps: [], projects },
      user: {
        id: 7,
        username: "ana",
        name: "Ana",
        email: "a@b",
        bot: false,
        admin: false,
        canCreateProject: true,
      },
      namespace: { status: 200, headers: {}, text: JSON.stringify(namespace) },
      root: { status: 200, headers: {}, text: JSON.stringify(namespace) },
      group: { status: 200, headers: {}, text: "{}" },
    }) as unknown as Parameters<(typeof gitlabChecks)[number]["look"]>[0];
  const look = (name: string, ...given: Parameters<typeof asked>) =>
    gitlabChecks.find((check) => check.name === name)?.look(asked(...given));

  it.each([
    [
      "the Free plan",
      { plan: "free" },
      com(),
      {
        outcome: "problem",
        fix: expect.stringContaining("or a subscription: https://gitlab.com/groups/ml/-/billings"),
      },
    ],
  ])("%s", (_, namespace, config, expected) => {
    expect(look("plan and trial", namespace, config)).toMatchObject(expected);
  });

  it.each([
    ["internal", { outcome: "problem", found: "internal, which gitlab.com does not have" }],
    ["public", ok("public")],
  ] as const)("visibility %s", (visibility, expected) => {
    expect(look("restricted visibility levels", {}, com({ visibility }))).toMatchObject(expected);
  });

  it.each([
    [
      "on the Free plan",
      { plan: "free" },
      [],
      { outcome: "warning", fix: "look there, and verify: https://gitlab.com/-/identity_verification" },
    ],
    ["in a trial", { plan: "ultimate_trial", trial: true }, [], { outcome: "warning" }],
    ["on a paid plan", { plan: "premium", trial: false }, [], ok("not asked for with plan premium")],
    [
      "of a stack that is up",
      { plan: "free" },
      ["ml/mlserver"],
      notChecked("GitLab's API does not tell; a pipeline that runs shows it"),
    ],
  ])("identity verification %s", (_, namespace, projects, expected) => {
    expect(look("identity verification", namespace, com(), projects)).toMatchObject(expected);
  });

  it("does not know whether the group lets project access tokens be made", () => {
    expect(look("project access tokens in the group", {})).toEqual(
      notChecked(
        'GitLab\'s API does not tell whether the group lets them be made; "Users can create project access tokens" at https://gitlab.com/groups/ml/-/edit',
      ),
    );
  });
});
