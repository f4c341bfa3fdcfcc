/** A GitLab whose disk is full, and whose runner dies. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Lab, onlyJob, pipelinesOf, seed, startLab, withConfig } from "../gitlab/harness.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());
beforeEach(() => lab.ctx.faults.clear());

const log = () => readFileSync(join(lab.ctx.stateDir, "logs/gitlab.log"), "utf8");

describe("a disk that is full", () => {
  test("is answered with 500 and named in the log; nothing is kept, and with room all goes on", async () => {
    lab.ctx.faults.add({ fault: "disk-full", service: "gitlab" });
    const refused = await lab.call("POST", "/projects", { name: "no-room" });
    expect([refused.status, refused.body]).toEqual([500, { message: "500 Internal Server Error" }]);
    expect(log()).toMatch(
      /POST \/api\/v4\/projects: cannot write .*\/gitlab\/state\.json; make room on its disk, and the sandbox goes on: ENOSPC/,
    );
    expect((await lab.call("GET", "/projects/root%2Fno-room")).status).toBe(404);
    lab.ctx.faults.clear();
    expect((await lab.call("POST", "/projects", { name: "no-room" })).status).toBe(201);
  });

  test.each([1, 2, 3, 5])(
    "at write %i of a push, its pipeline and its job keeps them waiting, and loses nothing",
    async (nth) => {
      const { project, tree } = await withConfig(lab, `waits-${nth}`, "job:\n  script: echo hello\n");
      await tree.commit({ "file.txt": "1" });
      lab.ctx.faults.add({ fault: "disk-full", service: "gitlab", nth, times: 2 });
      const { code, stderr } = await tree.git("push", "--quiet", "origin", "main");
      expect([code, stderr]).toEqual([0, ""]);
      expect((await lab.pipeline(project, "main")).status).toBe("success");
      expect(await pipelinesOf(lab, project)).toHaveLength(1);
      expect(lab.ctx.faults.list()[0]?.hits.length).toBe(2);
    },
  );
});

describe("a runner that dies", () => {
  const config = "job:\n  script:\n    - echo first\n    - echo in the middle\n    - sleep 30\n";

  test("leaves a job that has failed by no fault of its own, and nothing that runs", async () => {
    const { project, tree } = await withConfig(lab, "dies", config);
    lab.ctx.faults.add({ fault: "runner-dies", project: "root/dies", line: "in the middle" });
    await tree.commit({ "file.txt": "1" });
    await tree.git("push", "--quiet", "origin", "main");
    const pipeline = await lab.pipeline(project, "main");
    const { job, trace } = await onlyJob(lab, project, pipeline);
    expect([job.status, job.failure_reason]).toEqual(["failed", "runner_system_failure"]);
    expect(trace).toContain("in the middle");
    expect(trace).toContain("ERROR: Job failed (system failure): aborted: terminated");
    const filters = { label: [`tag-to-endpoint.sandbox=${lab.ctx.id}`] };
    expect(await lab.ctx.docker.listContainers({ all: true, filters })).toEqual([]);
  });

  test("at its first command, where no line is named; a job that is retried runs", async () => {
    const retried = "job:\n  retry:\n    max: 1\n    when: runner_system_failure\n  script: echo hello\n";
    const project = await lab.project("retries");
    lab.ctx.faults.add({ fault: "runner-dies", job: "job" });
    await seed(lab, project, { ".gitlab-ci.yml": retried });
    expect((await lab.pipeline(project, "main")).status).toBe("success");
    expect(lab.ctx.faults.list()).toMatchObject([{ matched: 2, hits: ["root/retries job"] }]);
  });
});

test("a git client sees what a fault says", async () => {
  const { tree } = await withConfig(lab, "pushed", "job:\n  script: echo hello\n");
  await tree.commit({ "file.txt": "1" });
  lab.ctx.faults.add({ fault: "503", service: "git", path: "/root/pushed.git/info/refs", times: "always" });
  const refused = await tree.git("push", "origin", "HEAD:refs/heads/other");
  expect([refused.code, refused.stderr]).toEqual([128, expect.stringContaining("503")]);
  lab.ctx.faults.clear();
  // The push is carried out, and nobody hears of it.
  lab.ctx.faults.add({ fault: "reset-after", service: "git", method: "POST", path: "/**/git-receive-pack" });
  expect((await tree.git("push", "-o", "ci.skip", "origin", "HEAD:refs/heads/other")).code).not.toBe(0);
  const [there] = await lab.ok<{ name: string }[]>(
    "GET",
    "/projects/root%2Fpushed/repository/branches?search=other",
  );
  expect(there?.name).toBe("other");
});
