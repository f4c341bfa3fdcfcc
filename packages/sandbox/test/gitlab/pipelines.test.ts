import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Job,
  type Lab,
  type Pipeline,
  pipelinesOf,
  run,
  seed,
  startLab,
  withConfig,
} from "./harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

async function until<T>(check: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const value = await check();
    if (value !== undefined) return value;
    await sleep(100);
  }
  throw new Error("it did not happen within 60 seconds");
}

describe("stages, needs, artifacts and caches", () => {
  test("jobs run in order and hand over what they made", async () => {
    const { project, tree } = await withConfig(
      lab,
      "stages",
      `stages: [build, test, last]
default:
  image: $PYTHON_IMAGE
build one:
  stage: build
  script:
    - mkdir -p out && echo built > out/a.txt
    - printf 'FROM_BUILD=dotenv-value\\nOVER_YML=dotenv\\nUNDER_GITLAB=dotenv\\n' > build.env
  artifacts:
    paths: [out/]
    reports: {dotenv: build.env}
  cache: {key: deps, paths: [deps/]}
  before_script: [mkdir -p deps && date +%s%N >> deps/runs && wc -l < deps/runs]
use:
  stage: test
  variables: {OVER_YML: yml}
  script:
    - cat out/a.txt
    - echo "dotenv=$FROM_BUILD $OVER_YML $UNDER_GITLAB"
  after_script: ["echo after $CI_JOB_STATUS"]
broken:
  stage: test
  script: [exit 7]
  allow_failure: {exit_codes: 7}
skipped:
  stage: last
  when: on_failure
  script: ["true"]
by hand:
  stage: last
  when: manual
  script: [echo by hand]
end:
  stage: last
  script: [echo the end]
`,
    );
    // https://docs.gitlab.com/ci/variables/#cicd-variable-precedence
    await lab.ok("POST", `/projects/${project.id}/variables`, { key: "UNDER_GITLAB", value: "project" });
    await tree.commit({ x: "x" });
    await tree.git("push", "origin", "main");
    const pipeline = await lab.pipeline(project, "main");
    const jobs = await lab.jobs(project, pipeline);
    expect(Object.fromEntries(jobs.map(({ name, status }) => [name, status]))).toEqual({
      "build one": "success",
      use: "success",
      broken: "failed",
      skipped: "skipped",
      "by hand": "manual",
      end: "success",
    });
    expect(pipeline.status).toBe("success");
    const trace = async (name: string) => lab.trace(project, jobs.find((job) => job.name === name) as Job);
    expect(await trace("use")).toContain("built\n");
    expect(await trace("use")).toContain("dotenv=dotenv-value dotenv project");
    expect(await trace("use")).toContain("after success");
    expect(await trace("build one")).toMatch(/\n1\n/);

    const made = jobs.find((job) => job.name === "build one") as Job;
    const artifact = (path: string) =>
      lab.call<string>("GET", `/projects/${project.id}/jobs/${made.id}/artifacts/${path}`);
    expect(await artifact("out/a.txt")).toMatchObject({ status: 200, text: "built\n" });
    expect((await artifact("out")).status).toBe(404);
    expect((await artifact("missing.txt")).status).toBe(404);
    expect((await artifact("..%2f..%2f..%2fstate.json")).status).toBe(400);

    const again = jobs.find((job) => job.name === "build one") as Job;
    const copy = await lab.ok<Job>("POST", `/projects/${project.id}/jobs/${again.id}/retry`);
    const ended = await until(async () => {
      const job = await lab.ok<Job>("GET", `/projects/${project.id}/jobs/${copy.id}`);
      return job.status === "success" || job.status === "failed" ? job : undefined;
    });
    expect(ended.status).toBe("success");
    expect(await lab.trace(project, copy)).toMatch(/\n2\n/);

    const manual = jobs.find((job) => job.name === "by hand") as Job;
    expect((await lab.call("POST", `/projects/${project.id}/jobs/${manual.id}/play`)).status).toBe(200);
    await until(async () => {
      const job = await lab.ok<Job>("GET", `/projects/${project.id}/jobs/${manual.id}`);
      return job.status === "success" ? job : undefined;
    });
  });

  test("a failed stage stops what comes after it", async () => {
    const { project, tree } = await withConfig(
      lab,
      "stops",
      `stages: [a, b]
first: {stage: a, image: $PYTHON_IMAGE, script: [echo out, "false"]}
second: {stage: b, image: $PYTHON_IMAGE, script: [echo never]}
`,
    );
    await tree.commit({ x: "x" });
    await tree.git("push", "origin", "main");
    const pipeline = await lab.pipeline(project, "main");
    expect(pipeline.status).toBe("failed");
    const jobs = await lab.jobs(project, pipeline);
    expect(jobs.map(({ name, status }) => `${name} ${status}`)).toEqual(["second skipped", "first failed"]);
  });
});

const containers = async () => {
  const filter = `label=tag-to-endpoint.sandbox=${lab.ctx.id}`;
  const list = await run("docker", ["ps", "-aq", "--filter", filter], lab.folder);
  const volumes = await run("docker", ["volume", "ls", "-q", "--filter", filter], lab.folder);
  return list.stdout + volumes.stdout;
};

describe("what goes wrong", () => {
  test("a configuration that is not valid gives a failed pipeline that says why", async () => {
    const project = await lab.project("invalid");
    await seed(lab, project, { ".gitlab-ci.yml": "job:\n  scirpt: [true]\n" });
    const pipeline = await lab.pipeline(project, "main");
    const full = await lab.ok("GET", `/projects/${project.id}/pipelines/${pipeline.id}`);
    expect(full).toMatchObject({ status: "failed" });
    expect(String(full.yaml_errors)).toMatch(/scirpt|script/);
    const byApi = await lab.call("POST", `/projects/${project.id}/pipeline`, { ref: "main" });
    expect(byApi.status).toBe(400);
    expect((await lab.call("POST", `/projects/${project.id}/pipeline`, { ref: "none" })).body).toEqual({
      message: { base: ["Reference not found"] },
    });
  });

  test("a job waits for a runner with its tags, a pipeline can be canceled, a time-out ends a job", async () => {
    const { project, tree } = await withConfig(
      lab,
      "ends",
      `stuck: {image: $PYTHON_IMAGE, tags: [gpu-cluster], script: ["true"]}
slow: {image: $PYTHON_IMAGE, script: [echo begun, sleep 300]}
late: {image: $PYTHON_IMAGE, timeout: 3 seconds, script: [sleep 300]}
`,
    );
    await tree.commit({ x: "x" });
    await tree.git("push", "origin", "main");
    const jobs = await until(async () => {
      const [pipeline] = await pipelinesOf(lab, project);
      const found = pipeline && (await lab.jobs(project, pipeline));
      const late = found?.find((job) => job.name === "late");
      return late?.status === "failed" ? found : undefined;
    });
    const find = (name: string) => jobs?.find((job) => job.name === name) as Job;
    expect(find("stuck").status).toBe("pending");
    expect(find("late").failure_reason).toBe("job_execution_timeout");
    await until(async () =>
      (await lab.trace(project, find("slow"))).includes("begun\n") ? true : undefined,
    );
    const [pipeline] = await pipelinesOf(lab, project);
    await lab.ok("POST", `/projects/${project.id}/pipelines/${pipeline?.id}/cancel`);
    const after = await lab.jobs(project, pipeline as Pipeline);
    expect(after.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      "late failed",
      "slow canceled",
      "stuck canceled",
    ]);
    expect(await containers()).toBe("");
  });
});

test("a resource group runs one job at a time", async () => {
  const job = (name: string, group: string) =>
    `${name}: {image: $PYTHON_IMAGE, ${group} script: ["date +%s%N", "sleep 2", "date +%s%N"]}\n`;
  const { project, tree } = await withConfig(
    lab,
    "groups",
    job("a", "resource_group: production,") + job("b", "resource_group: production,"),
  );
  await tree.commit({ x: "x" });
  await tree.git("push", "origin", "main");
  const jobs = await lab.jobs(project, await lab.pipeline(project, "main"));
  const spans = await Promise.all(
    jobs.map(async (one) => {
      const times = [...(await lab.trace(project, one)).matchAll(/^(\d{19})$/gm)].map((match) =>
        Number(match[1]),
      );
      return [times[0] ?? 0, times[1] ?? 0] as const;
    }),
  );
  spans.sort((x, y) => x[0] - y[0]);
  expect(spans).toHaveLength(2);
  expect(spans[1]?.[0]).toBeGreaterThan(spans[0]?.[1] ?? 0);
});
