import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, type Project, run, seed, startLab } from "../gitlab/harness.ts";
import { pythonClients } from "./installed.ts";

/** What the scanner says of one recommendation of the benchmark. */
interface Result {
  id: string;
  result: "PASS" | "FAIL" | "SKIP";
  reason: string;
}

let lab: Lab;
let programs: string;
let project: Project;
beforeAll(async () => {
  programs = join(await pythonClients(), "bin");
  lab = await startLab();
  const group = await lab.ok<{ id: number }>("POST", "/groups", {
    name: "Team",
    path: "team",
    visibility: "public",
  });
  project = await lab.project("model", { namespace_id: group.id });
  // No job: what the scanner reads of pipelines is the file.
  await seed(lab, project, {
    ".gitlab-ci.yml": "workflow: { rules: [{ when: never }] }\n",
    CODEOWNERS: "* @root\n",
  });
}, 300_000);
afterAll(() => lab?.close());

/** Scans as its users do; the token goes by the environment. */
async function scan(address: string): Promise<Map<string, Result>> {
  const file = join(lab.folder, "results.json");
  const args = ["-m", "gitlabcis", address, "--format", "json", "--output", file];
  const env = { GITLAB_TOKEN: lab.service.adminToken, HOME: lab.folder, NO_COLOR: "1" };
  const ran = await run(join(programs, "python"), args, lab.folder, env);
  const output = `${ran.stdout}\n${ran.stderr}`;
  expect(output).not.toContain("Traceback");
  expect(ran.code).toBe(0);
  expect(output).not.toContain(lab.service.adminToken);
  const results = JSON.parse(await readFile(file, "utf8")) as Result[];
  return new Map(results.map((one) => [one.id, one]));
}

describe("a scan of a project", () => {
  let results: Map<string, Result>;
  beforeAll(async () => {
    results = await scan(`${lab.service.url}/${project.path_with_namespace}`);
  });
  const said = (id: string) => `${results.get(id)?.result}: ${results.get(id)?.reason}`;

  test.for([
    ["1.1.2", "FAIL: Merge requests are not crosslinked to issues"],
    ["1.1.3", "FAIL: 2 approvals are required for code changes"],
    ["1.1.4", "PASS: Approvals reset on push"],
    ["1.1.5", "PASS: Protected branches found, restrictions set on who can dismiss code changes"],
    ["1.1.6", "PASS: CODEOWNERS file present"],
    ["1.1.8", "PASS: No stale branches found"],
    ["1.1.15", "PASS: Protected branches do not allow force push"],
    ["1.1.16", "PASS: Default branch is protected and does not allow force push"],
    ["1.1.20", "PASS: Default branch is protected"],
    ["1.2.1", "SKIP: Project is private"],
    ["1.2.2", "PASS: Public signup is disabled"],
    ["1.2.5", "PASS: No forks found"],
    ["1.2.7", "PASS: Repository is active"],
    ["1.3.2", "FAIL: Top-level group creation is not limited"],
    ["1.3.4", "FAIL: Two Factor Authentication is not required"],
    ["1.3.11", "FAIL: No key restrictions set"],
    ["1.4.3", "PASS: No integrations found"],
    ["2.1.4", "PASS: The build environment creation is automated"],
    ["2.1.10", "PASS: No webhooks found"],
    ["2.2.3", "FAIL: No project_assigned_runners are available"],
    ["2.3.1", "PASS: Build steps are defined as code"],
    ["2.3.5", "FAIL: No protected environment detected"],
    ["4.2.3", "FAIL: Enforce two-factor authentication is not enabled"],
    ["4.2.5", "PASS: Default project visibility is: private"],
    ["4.3.4", "PASS: No hooks found"],
  ])("%s %s", ([id, expected]) => expect(said(id as string)).toBe(expected));

  test("sees what a change makes of it", async () => {
    const base = `/projects/${project.id}`;
    await lab.ok("PATCH", `${base}/protected_branches/main`, { allow_force_push: true });
    await lab.ok("PUT", base, { visibility: "public", merge_method: "ff" });
    const runner = { runner_type: "project_type", project_id: project.id, tag_list: "own" };
    await lab.ok("POST", "/user/runners", runner);
    const later = await scan(`${lab.service.url}/${project.path_with_namespace}`);
    const changed = [...later.values()].filter(({ id, result }) => results.get(id)?.result !== result);
    expect(
      changed.map(({ id, result, reason }) => `${id} ${result}: ${reason}`).sort(),
    ).toMatchInlineSnapshot(`
      [
        "1.1.10 PASS: Merge methods set",
        "1.1.13 PASS: Merge method set",
        "1.1.15 FAIL: Protected branches allow force push",
        "1.1.16 FAIL: Default branch is not protected or allows force push",
        "1.2.1 FAIL: No SECURITY.md file found",
        "2.2.3 PASS: project_assigned_runners are available",
      ]
    `);
  });
});

test.for([
  ["a group", "/team"],
  ["the instance", ""],
])("a scan of %s ends", async ([, path]) => {
  const results = await scan(`${lab.service.url}${path}`);
  expect(results.size).toBe(122);
});

test("a scan of everything below a group finds its projects", async () => {
  const folder = join(lab.folder, "nested");
  const args = [
    "-m",
    "gitlabcis",
    `${lab.service.url}/team`,
    "--nest",
    "--format",
    "json",
    "--output-dir",
    folder,
  ];
  const env = { GITLAB_TOKEN: lab.service.adminToken, HOME: lab.folder };
  const ran = await run(join(programs, "python"), args, lab.folder, env);
  expect(ran.stderr).not.toContain("Traceback");
  expect(ran.code).toBe(0);
  expect(await readFile(join(folder, "team_model.json"), "utf8")).toContain("No forks found");
});
