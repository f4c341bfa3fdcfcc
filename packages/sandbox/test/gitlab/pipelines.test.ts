import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Job,
  type Lab,
  type Pipeline,
  type Project,
  run,
  seed,
  startLab,
  type WorkTree,
} from "./harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** A project with this configuration, pushed without a pipeline. */
async function withConfig(name: string, config: string, files: Record<string, string> = {}) {
  const project = await lab.project(name);
  const tree = await lab.clone(project);
  await tree.git("checkout", "--quiet", "-b", "main");
  await tree.commit({ ".gitlab-ci.yml": config, ...files }, "First");
  const pushed = await tree.git("push", "--quiet", "-o", "ci.skip", "origin", "main");
  if (pushed.code !== 0) throw new Error(pushed.stderr);
  return { project, tree };
}

async function only(project: Project, pipeline: Pipeline): Promise<{ job: Job; trace: string }> {
  const [job] = await lab.jobs(project, pipeline);
  if (job === undefined) throw new Error("no job");
  return { job, trace: await lab.trace(project, job) };
}

const pipelines = (project: Project) => lab.ok<Pipeline[]>("GET", `/projects/${project.id}/pipelines`);

async function until<T>(check: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const value = await check();
    if (value !== undefined) return value;
    await sleep(100);
  }
  throw new Error("it did not happen within 60 seconds");
}

describe("variables on protected and other refs", () => {
  let project: Project;
  let tree: WorkTree;
  const secret = "canary-protected-0123456789";
  beforeAll(async () => {
    ({ project, tree } = await withConfig(
      "model",
      `send_model:
  image: $PYTHON_IMAGE
  rules:
    - if: $CI_COMMIT_TAG
  variables:
    COMBINED: "pre-$SECRET"
  script:
    - test -n "$SECRET"
    - echo "secret=$SECRET combined=$COMBINED file=$(cat $FILE) raw=$RAW"
    - echo "$CI_COMMIT_TAG $CI_COMMIT_REF_PROTECTED $CI_PROJECT_PATH branch=[$CI_COMMIT_BRANCH] $PWD"
    - echo \`printf '%s' evaluated-once\` '$HOME'
`,
    ));
    const add = (body: object) => lab.ok("POST", `/projects/${project.id}/variables`, body);
    await lab.ok("POST", `/projects/${project.id}/protected_tags`, { name: "v*" });
    await add({ key: "SECRET", value: secret, masked: true, protected: true });
    await add({ key: "FILE", value: "line one\nline two", variable_type: "file", protected: true });
    await add({ key: "RAW", value: "a$HOME", raw: true });
  });

  test("a protected tag sees the protected ones, masked in the log, and never on a command line", async () => {
    await tree.git("tag", "v1.0.0");
    await tree.git("push", "origin", "v1.0.0");
    const seen: string[] = [];
    let watching = true;
    const watch = (async () => {
      while (watching) {
        for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
          try {
            const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
            if (line.includes(secret)) seen.push(line);
          } catch {
            // It has ended since.
          }
        }
        await sleep(3);
      }
    })();
    const pipeline = await lab.pipeline(project, "v1.0.0");
    watching = false;
    await watch;
    expect(seen).toEqual([]);
    const { trace } = await only(project, pipeline);
    expect(trace).toContain("Job succeeded");
    expect(pipeline.status).toBe("success");
    expect(trace).not.toContain(secret);
    expect(trace).toContain("secret=[MASKED] combined=pre-[MASKED] file=line one\nline two raw=a$HOME");
    expect(trace).toContain("v1.0.0 true root/model branch=[] /builds/root/model");
    expect(trace).toContain("evaluated-once $HOME");
    expect(trace).toContain('$ test -n "$SECRET"');
  });

  test("a tag that no rule covers runs without them and fails", async () => {
    await tree.git("tag", "1.0.0");
    await tree.git("push", "origin", "1.0.0");
    const pipeline = await lab.pipeline(project, "1.0.0");
    expect(pipeline.status).toBe("failed");
    const { job, trace } = await only(project, pipeline);
    expect(job.failure_reason).toBe("script_failure");
    expect(trace).toContain("ERROR: Job failed: exit code 1");
    expect(trace).not.toContain("secret=");
  });

  test("a branch has no job and so no pipeline; [ci skip] and ci.skip make none", async () => {
    const before = (await pipelines(project)).length;
    await tree.commit({ "a.txt": "a" });
    await tree.git("push", "origin", "main");
    await tree.commit({ "b.txt": "b" }, "Not this [ci skip]");
    await tree.git("tag", "v-skip");
    await tree.git("push", "origin", "v-skip");
    await tree.git("commit", "--allow-empty", "-m", "x");
    await tree.git("tag", "v-skip-option");
    await tree.git("push", "-o", "ci.skip", "origin", "v-skip-option");
    await sleep(3000);
    expect(await pipelines(project)).toHaveLength(before);
    expect(await lab.call("POST", `/projects/${project.id}/pipeline`, { ref: "main" })).toMatchObject({
      status: 400,
      body: { message: { base: [expect.stringContaining("Pipeline will not run")] } },
    });
  });

  test("a Developer neither reads the variables nor runs a pipeline of a protected tag", async () => {
    const developer = await lab.member(project, "developer", 30);
    const call = (path: string, body?: object) =>
      lab.call(body ? "POST" : "GET", `/projects/${project.id}${path}`, body, developer.token);
    expect((await call("/variables")).status).toBe(403);
    expect(await call("/pipeline", { ref: "v1.0.0" })).toMatchObject({
      status: 400,
      body: { message: { base: [expect.stringContaining("You do not have sufficient permission")] } },
    });
    expect(
      (await call("/pipeline", { ref: "1.0.0", variables: [{ key: "SECRET", value: "own" }] })).status,
    ).toBe(201);
    const pipeline = await lab.pipeline(project, "1.0.0");
    expect((await only(project, pipeline)).trace).toContain("secret=own");
  });
});

describe("stages, needs, artifacts and caches", () => {
  test("jobs run in order and hand over what they made", async () => {
    const { project, tree } = await withConfig(
      "stages",
      `stages: [build, test, last]
default:
  image: $PYTHON_IMAGE
build one:
  stage: build
  script:
    - mkdir -p out && echo built > out/a.txt
    - echo "FROM_BUILD=dotenv-value" > build.env
  artifacts:
    paths: [out/]
    reports: {dotenv: build.env}
  cache: {key: deps, paths: [deps/]}
  before_script: [mkdir -p deps && date +%s%N >> deps/runs && wc -l < deps/runs]
use:
  stage: test
  script:
    - cat out/a.txt
    - echo "dotenv=$FROM_BUILD"
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
    expect(await trace("use")).toContain("dotenv=dotenv-value");
    expect(await trace("use")).toContain("after success");
    expect(await trace("build one")).toMatch(/\n1\n/);

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

  test("a missing image, a wrong tag and an unknown service are named", async () => {
    const { project, tree } = await withConfig(
      "missing",
      `image-job: {image: "127.0.0.1:1/none:1", script: ["true"]}
service-job: {image: $PYTHON_IMAGE, services: ["postgres:16"], script: ["true"]}
dind-job: {image: $PYTHON_IMAGE, services: ["docker:24.0.0-dind"], script: [echo ran]}
`,
    );
    await tree.commit({ x: "x" });
    await tree.git("push", "origin", "main");
    const pipeline = await lab.pipeline(project, "main");
    const jobs = await lab.jobs(project, pipeline);
    const find = (name: string) => jobs.find((job) => job.name === name) as Job;
    expect(find("image-job")).toMatchObject({ status: "failed", failure_reason: "image_pull_failure" });
    expect(await lab.trace(project, find("image-job"))).toContain(
      'failed to pull image "127.0.0.1:1/none:1"',
    );
    expect(find("service-job")).toMatchObject({ status: "failed", failure_reason: "runner_system_failure" });
    expect(await lab.trace(project, find("service-job"))).toContain("this runner starts no services");
    expect(find("dind-job").status).toBe("success");
    expect(await lab.trace(project, find("dind-job"))).toContain(
      "Service docker:24.0.0-dind is not started: this runner binds the docker socket of its host.",
    );
  });

  test("a job waits for a runner with its tags, a pipeline can be canceled, a time-out ends a job", async () => {
    const { project, tree } = await withConfig(
      "ends",
      `stuck: {image: $PYTHON_IMAGE, tags: [gpu-cluster], script: ["true"]}
slow: {image: $PYTHON_IMAGE, script: [echo begun, sleep 300]}
late: {image: $PYTHON_IMAGE, timeout: 3 seconds, script: [sleep 300]}
`,
    );
    await tree.commit({ x: "x" });
    await tree.git("push", "origin", "main");
    const jobs = await until(async () => {
      const [pipeline] = await pipelines(project);
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
    const [pipeline] = await pipelines(project);
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

const containers = async () => {
  const filter = `label=tag-to-endpoint.sandbox=${lab.ctx.id}`;
  const list = await run("docker", ["ps", "-aq", "--filter", filter], lab.folder);
  const volumes = await run("docker", ["volume", "ls", "-q", "--filter", filter], lab.folder);
  return list.stdout + volumes.stdout;
};

test("a resource group runs one job at a time", async () => {
  const job = (name: string, group: string) =>
    `${name}: {image: $PYTHON_IMAGE, ${group} script: ["date +%s%N", "sleep 2", "date +%s%N"]}\n`;
  const { project, tree } = await withConfig(
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

test("a job's token reads its own project and the registry, and ends with the job", async () => {
  const { project, tree } = await withConfig(
    "job-token",
    `job:
  image: $DOCKER_CLI_IMAGE
  environment: {name: production, url: "$APP_URL/x"}
  artifacts: {reports: {dotenv: deploy.env}}
  script:
    - |
      ask() { docker run --rm --network host -e CI_JOB_TOKEN $PYTHON_IMAGE python3 -c "
      import http.client, os, sys, urllib.parse
      url = urllib.parse.urlsplit(sys.argv[2])
      connection = http.client.HTTPConnection(url.netloc)
      connection.request('GET', url.path, headers={'JOB-TOKEN': os.environ['CI_JOB_TOKEN']})
      print(sys.argv[1], connection.getresponse().status)" "$@"; }
      ask own $CI_API_V4_URL/job
      ask admin $CI_API_V4_URL/projects/$CI_PROJECT_ID/variables
    - git clone -q $CI_REPOSITORY_URL /tmp/own && echo cloned
    - cd /tmp/own && git push -q origin HEAD:refs/heads/x || echo "push refused"
    - echo "$CI_REGISTRY_PASSWORD" | docker login -u "$CI_REGISTRY_USER" --password-stdin $CI_REGISTRY
    - printf 'FROM scratch\\nLABEL a=b\\n' > Dockerfile && docker build -q -t $CI_REGISTRY_IMAGE/sub:1 . && docker push -q $CI_REGISTRY_IMAGE/sub:1
    - docker push -q $CI_REGISTRY/root/other:1 2>&1 || echo "foreign refused"
    - docker rmi $CI_REGISTRY_IMAGE/sub:1
    - echo "APP_URL=http://app.localhost" > $CI_PROJECT_DIR/deploy.env
    - echo "$CI_JOB_TOKEN" | rev
`,
  );
  await tree.commit({ x: "x" });
  await tree.git("push", "origin", "main");
  const { job, trace } = await only(project, await lab.pipeline(project, "main"));
  expect(trace).toContain("own 200");
  expect(trace).toContain("admin 401");
  expect(trace).toContain("cloned");
  expect(trace).toContain("push refused");
  expect(trace).toContain("Login Succeeded");
  expect(job.status).toBe("success");
  const reversed = /^([A-Za-z0-9_-]+)-tbclg$/m.exec(trace)?.[0] ?? "";
  const token = [...reversed].reverse().join("");
  expect(token).toMatch(/^glcbt-/);
  const answer = await fetch(`${lab.service.apiUrl}/job`, { headers: { "job-token": token } });
  expect(answer.status).toBe(401);
  expect(await lab.ok("GET", `/projects/${project.id}/registry/repositories?tags=true`)).toMatchObject([
    { path: "root/job-token/sub", tags: [{ name: "1" }] },
  ]);
  expect(await lab.ok("GET", `/projects/${project.id}/environments`)).toMatchObject([
    { name: "production", external_url: "http://app.localhost/x" },
  ]);
  expect(await lab.ok("GET", `/projects/${project.id}/deployments`)).toMatchObject([{ status: "success" }]);
  await lab.ok("DELETE", `/projects/${project.id}`);
  const again = await lab.project("job-token");
  expect(await lab.ok("GET", `/projects/${again.id}/registry/repositories`)).toEqual([]);
});

test("pages of a project, a pipeline and a job are readable and escape what they show", async () => {
  const { project, tree } = await withConfig(
    "pages",
    `"<b>job</b>": {image: $PYTHON_IMAGE, script: ["echo '<script>alert(1)</script>'"]}\n`,
  );
  await tree.commit({ x: "x" });
  await tree.git("push", "origin", "main");
  const pipeline = await lab.pipeline(project, "main");
  const { job } = await only(project, pipeline);
  for (const url of [project.web_url, pipeline.web_url, job.web_url]) {
    const page = await fetch(String(url));
    expect(page.status).toBe(200);
    const text = await page.text();
    expect(text).not.toMatch(/<script>|<b>job/);
  }
  expect(await (await fetch(String(job.web_url))).text()).toContain("&lt;script&gt;alert(1)");
});
