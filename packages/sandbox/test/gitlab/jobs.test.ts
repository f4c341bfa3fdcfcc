import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Job,
  type Lab,
  onlyJob,
  type Project,
  pipelinesOf,
  startLab,
  type WorkTree,
  withConfig,
} from "./harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** Looks at the command lines of all processes, again and again until the end, for a text that none may hold. */
function watchCommandLines(text: string): { end(): Promise<string[]> } {
  const seen: string[] = [];
  let watching = true;
  const watch = (async () => {
    while (watching) {
      seen.push(...commandLines().filter((line) => line.includes(text)));
      await sleep(3);
    }
  })();
  return {
    async end() {
      watching = false;
      await watch;
      return seen;
    },
  };
}

function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8")];
      } catch {
        // It has ended since.
        return [];
      }
    });
}

describe("variables on protected and other refs", () => {
  let project: Project;
  let tree: WorkTree;
  const secret = "canary-protected-0123456789";
  beforeAll(async () => {
    ({ project, tree } = await withConfig(
      lab,
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
    const watch = watchCommandLines(secret);
    const pipeline = await lab.pipeline(project, "v1.0.0");
    expect(await watch.end()).toEqual([]);
    const { trace } = await onlyJob(lab, project, pipeline);
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
    const { job, trace } = await onlyJob(lab, project, pipeline);
    expect(job.failure_reason).toBe("script_failure");
    expect(trace).toContain("ERROR: Job failed: exit code 1");
    expect(trace).not.toContain("secret=");
  });

  test("a branch has no job and so no pipeline; [ci skip] and ci.skip make none", async () => {
    const before = (await pipelinesOf(lab, project)).length;
    await tree.commit({ "a.txt": "a" });
    await tree.git("push", "origin", "main");
    await tree.commit({ "b.txt": "b" }, "Not this [ci skip]");
    await tree.git("tag", "v-skip");
    await tree.git("push", "origin", "v-skip");
    await tree.git("commit", "--allow-empty", "-m", "x");
    await tree.git("tag", "v-skip-option");
    await tree.git("push", "-o", "ci.skip", "origin", "v-skip-option");
    await sleep(3000);
    expect(await pipelinesOf(lab, project)).toHaveLength(before);
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
    expect((await onlyJob(lab, project, pipeline)).trace).toContain("secret=own");
  });
});

test("a missing image, a wrong tag and an unknown service are named", async () => {
  const { project, tree } = await withConfig(
    lab,
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
  expect(await lab.trace(project, find("image-job"))).toContain('failed to pull image "127.0.0.1:1/none:1"');
  expect(find("service-job")).toMatchObject({ status: "failed", failure_reason: "runner_system_failure" });
  expect(await lab.trace(project, find("service-job"))).toContain("this runner starts no services");
  expect(find("dind-job").status).toBe("success");
  expect(await lab.trace(project, find("dind-job"))).toContain(
    "Service docker:24.0.0-dind is not started: this runner binds the docker socket of its host.",
  );
});

test("a job's token reads its own project and the registry, and ends with the job", async () => {
  const { project, tree } = await withConfig(
    lab,
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
  const { job, trace } = await onlyJob(lab, project, await lab.pipeline(project, "main"));
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
    lab,
    "pages",
    `"<b>job</b>": {image: $PYTHON_IMAGE, script: ["echo '<script>alert(1)</script>'"]}\n`,
  );
  await tree.commit({ x: "x" });
  await tree.git("push", "origin", "main");
  const pipeline = await lab.pipeline(project, "main");
  const { job } = await onlyJob(lab, project, pipeline);
  for (const url of [project.web_url, pipeline.web_url, job.web_url]) {
    const page = await fetch(String(url));
    expect(page.status).toBe(200);
    const text = await page.text();
    expect(text).not.toMatch(/<script>|<b>job/);
  }
  expect(await (await fetch(String(job.web_url))).text()).toContain("&lt;script&gt;alert(1)");
});
