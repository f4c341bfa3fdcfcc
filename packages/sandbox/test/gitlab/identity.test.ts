/** https://docs.gitlab.com/security/identity_verification/ */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, type Project, startLab } from "./harness.ts";

let lab: Lab;
let grace: { id: number; token: string };
let project: Project;
const words = "Identity verification is required in order to run CI jobs";

beforeAll(async () => {
  lab = await startLab({ gitlab: { unverifiedUsers: ["grace"] } });
  await lab.ok("PUT", "/application/settings", { check_namespace_plan: true });
  grace = await lab.user("grace");
  const settings = { name: "ci", initialize_with_readme: true };
  project = await lab.ok<Project>("POST", "/projects", settings, grace.token);
});
afterAll(() => lab.close());

test("a push of somebody who is not verified gives a pipeline that failed, without a job", async () => {
  const tree = await lab.clone(project, grace.token);
  // No job would run for a branch: verification comes before the rules.
  const job = `j: {image: $PYTHON_IMAGE, script: ["true"], rules: [{if: $CI_COMMIT_TAG}]}\n`;
  await tree.commit({ ".gitlab-ci.yml": job });
  expect((await tree.git("push", "--quiet", "origin", "main")).code).toBe(0);
  const pipeline = await lab.pipeline(project, "main");
  expect(pipeline.status).toBe("failed");
  expect(await lab.ok("GET", `/projects/${project.id}/pipelines/${pipeline.id}`)).toMatchObject({
    yaml_errors: words,
  });
  expect(await lab.jobs(project, pipeline)).toEqual([]);
  const state = JSON.parse(readFileSync(join(lab.ctx.stateDir, "gitlab", "state.json"), "utf8"));
  expect(state.pipelines).toMatchObject([{ failureReason: "user_not_verified" }]);
});

test("the API refuses it, and whoever pays needs no verification", async () => {
  const start = (ref: string, token: string) =>
    lab.call("POST", `/projects/${project.id}/pipeline?ref=${ref}`, undefined, token);
  await lab.ok("POST", `/projects/${project.id}/repository/tags?tag_name=v1&ref=main`);
  expect(await start("v1", grace.token)).toMatchObject({ status: 400, body: { message: { base: [words] } } });
  expect((await start("v1", lab.service.adminToken)).status).toBe(201);
  await lab.ok("PUT", "/namespaces/grace", { gitlab_subscription_attributes: { plan_code: "premium" } });
  expect((await start("v1", grace.token)).status).toBe(201);
});
