import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/core/store.ts";
import { type Job, type Lab, type Pipeline, run, seed, startLab } from "./harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

function everyFile(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("no token and no variable's value lies on disk in the clear, and others cannot read the folder", async () => {
  const project = await lab.project("secrets");
  const canary = "canary-value-9f8e7d6c5b4a";
  await lab.ok("POST", `/projects/${project.id}/variables`, { key: "C", value: canary, masked: true });
  const { token } = await lab.ok<{ token: string }>("POST", `/projects/${project.id}/access_tokens`, {
    name: "t",
    scopes: ["api"],
  });
  await seed(lab, project, { ".gitlab-ci.yml": `j: {image: $PYTHON_IMAGE, script: ["echo $C; env"]}\n` });
  expect((await lab.pipeline(project, "main")).status).toBe("success");
  await lab.call("GET", `/projects?private_token=${token}`);
  const secrets = [canary, token, lab.service.adminToken];
  for (const file of everyFile(lab.ctx.stateDir)) {
    const content = readFileSync(file, "latin1");
    for (const secret of secrets) expect(content.includes(secret), `${file} holds a secret`).toBe(false);
  }
  expect(statSync(lab.ctx.stateDir).mode & 0o077).toBe(0);
  expect(statSync(join(lab.ctx.stateDir, "gitlab", "secret.key")).mode & 0o077).toBe(0);
});

test("an update of the state that follows on another one is not left waiting", async () => {
  const store = openStore(join(lab.folder, "store.json"), { count: 0 });
  const add = () => store.update((state) => ++state.count);
  for (let i = 1; i <= 20; i++) expect(await add()).toBe(i);
  await store.close();
});

test("a restart loses nothing", async () => {
  const project = await lab.project("kept", { initialize_with_readme: true });
  await lab.ok("POST", `/projects/${project.id}/variables`, { key: "K", value: "kept-value" });
  const before = lab.service.adminToken;
  await lab.restart();
  expect(lab.service.adminToken).toBe(before);
  expect(await lab.ok("GET", `/projects/${project.id}`)).toMatchObject({ id: project.id, empty_repo: false });
  expect(await lab.ok("GET", `/projects/${project.id}/variables/K`)).toMatchObject({ value: "kept-value" });
  expect((await lab.clone(project)).dir).toBeTruthy();
});

test("after SIGKILL in the middle of a job the job has failed, nothing of it runs, and later ones work", async () => {
  const project = await lab.project("killed");
  await lab.service.close();
  const first = await startChild(lab.ctx.stateDir);
  await seed(lab, project, {
    ".gitlab-ci.yml": `j: {image: $PYTHON_IMAGE, script: ["echo begun", "test -f stop || sleep 300"]}\n`,
  });
  const job = await begun(project.id);
  // A push whose pipeline is still to be made when the end comes.
  const tree = await lab.clone(project);
  await tree.commit({ stop: "" });
  expect((await tree.git("push", "--quiet", "origin", "main")).code).toBe(0);
  first.kill("SIGKILL");
  await new Promise((resolve) => first.once("exit", resolve));
  const label = `label=tag-to-endpoint.sandbox=${lab.ctx.id}`;
  const list = () => run("docker", ["ps", "-aq", "--filter", label], lab.folder);
  expect((await list()).stdout).not.toBe("");

  const second = await startChild(lab.ctx.stateDir);
  expect(await lab.ok("GET", `/projects/${project.id}/jobs/${job.id}`)).toMatchObject({
    status: "failed",
    failure_reason: "runner_system_failure",
  });
  expect(await lab.trace(project, job)).toContain("the sandbox ended while the job ran");
  const pipeline = await newest(project.id);
  expect(pipeline.status).toBe("success");
  expect((await list()).stdout).toBe("");
  second.kill("SIGTERM");
  await new Promise((resolve) => second.once("exit", resolve));
  await lab.reopen();
});

/** Waits until the first job has printed its first line. */
async function begun(projectId: number): Promise<Job> {
  for (let i = 0; i < 600; i++) {
    const [job] = await lab.ok<Job[]>("GET", `/projects/${projectId}/jobs`);
    if (job !== undefined) {
      const trace = await lab.call("GET", `/projects/${projectId}/jobs/${job.id}/trace`);
      if (trace.text.includes("\nbegun\n")) return job;
    }
    await sleep(100);
  }
  throw new Error("the job did not begin");
}

async function newest(projectId: number): Promise<Pipeline> {
  for (let i = 0; i < 600; i++) {
    const list = await lab.ok<Pipeline[]>("GET", `/projects/${projectId}/pipelines`);
    const [pipeline] = list;
    if (list.length === 2 && pipeline && ["success", "failed"].includes(pipeline.status)) return pipeline;
    await sleep(100);
  }
  throw new Error("the pipeline did not end");
}

/** The service in a process of its own, which can be killed. */
async function startChild(stateDir: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, "serve.ts");
  const child = spawn(process.execPath, [script, stateDir], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the service ended with ${code}`)));
  });
  return child;
}
