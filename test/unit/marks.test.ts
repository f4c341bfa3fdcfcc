/** What the stack makes says whose it is, in the very request that makes it. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { hasMark, markOf, withMark, withoutMark } from "../../lib/pulumi/mark.ts";
import { answers, configWith, facts } from "../support/program.ts";
import { type Registration, record } from "../support/recorder.ts";

vi.mock("../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => configWith({ runner: "project" }),
}));
vi.mock("../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../lib/gitlab/client.ts", () => ({ imagePrefix: async () => "registry.gitlab.com/ml/mlserver" }));

let resources: Registration[];
beforeAll(async () => {
  ({ resources } = await record(() => import("../../infra/index.ts"), answers));
});

const described = [
  "gitlab:index/project:Project",
  "gitlab:index/projectVariable:ProjectVariable",
  "gitlab:index/projectAccessToken:ProjectAccessToken",
  "gitlab:index/userRunner:UserRunner",
];

it.each(described)("every %s has the mark in its description, readable and within GitLab's limit", (type) => {
  const descriptions = resources.filter((one) => one.type === type).map(({ inputs }) => inputs.description);
  expect(descriptions.length).toBeGreaterThan(0);
  for (const description of descriptions) {
    expect(description).toMatch(/^[A-Z].* \(Pulumi stack \S+\/\S+\)$/);
    expect(String(description).length).toBeLessThanOrEqual(255);
  }
});

it("the Heroku authorization has it; one that is there keeps its own, as an access token does", () => {
  const authorizations = resources.filter(
    ({ type, name }) => type === "command:local:Command" && name === "mlserver-deploy",
  );
  expect(
    authorizations.map(({ inputs }) => (inputs.environment as { DESCRIPTION: string }).DESCRIPTION),
  ).toEqual([expect.stringMatching(/^Pipelines of ml\/mlserver \(Pulumi stack \S+\)$/)]);
  expect(authorizations.map(({ ignoreChanges }) => ignoreChanges)).toEqual([["environment.DESCRIPTION"]]);
});

describe("a mark", () => {
  const mark = markOf({ project: "mlops", stack: "organization/mlops/dev" });

  it("names project and stack", () => {
    expect(mark).toBe("(Pulumi stack mlops/dev)");
    expect(mark).toBe(markOf({ project: "mlops", stack: "dev" }));
  });

  it.each([
    ["its own", withMark("Pushes, generation 2", mark), true],
    ["another stack's", "Pushes (Pulumi stack mlops/other-dev)", false],
    ["a stack's whose name ends alike", "Pushes (Pulumi stack mlops/x/dev)", false],
    ["a mark that somebody wrote on at", `Pushes ${mark} and more`, false],
    ["none", "Pushes", false],
    ["no description", null, false],
  ])("is known again: %s", (_, description, wanted) => {
    expect(hasMark(description, mark)).toBe(wanted);
  });

  it("is no part of what people call it", () => {
    expect(withoutMark(withMark("Pushes (all)", mark))).toBe("Pushes (all)");
    expect(withoutMark("Pushes (all)")).toBe("Pushes (all)");
  });
});
