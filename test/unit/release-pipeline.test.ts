/** The program that has GitLab's pipeline release, against a GitLab that answers from a script. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Limits, releaseByPipeline } from "../../infra/commands/release-pipeline.ts";

const web = "https://gitlab.com/ml/mlserver/-";
const url = `${web}/pipelines/9`;
const image = `registry.gitlab.com/ml/mlserver/runtime@sha256:${"a".repeat(64)}`;
const trained = `registry.gitlab.com/ml/mlserver/training@sha256:${"b".repeat(64)}`;
const soon: Limits = { pollSeconds: 0.01, totalSeconds: 20, runnerSeconds: 20 };

type Answer = readonly [status: number, body: unknown];
interface Moment {
  readonly status: string;
  readonly build?: string;
  readonly deploy?: string;
}

const build = { id: 1, name: "build_runtime", web_url: `${web}/jobs/1` };
const deploy = { id: 2, name: "deploy_heroku", web_url: `${web}/jobs/2` };
const log = (lines: string[]) => [200, lines.join("\n")] as Answer;

/** A GitLab whose pipeline goes on by one moment each time it is looked at, and stays at the last. */
async function pipeline(moments: readonly Moment[], others: Record<string, Answer> = {}) {
  const asked: string[] = [];
  let now = -1;
  const moment = () => moments[Math.min(Math.max(now, 0), moments.length - 1)] as Moment;
  const answers: Record<string, () => Answer> = {
    "GET /projects/5/repository/branches/main": () => [200, { commit: { id: "c0ffee" } }],
    "GET /projects/5/pipelines": () => [200, []],
    "POST /projects/5/pipeline": () => [201, { id: 9, status: "created", web_url: url }],
    "GET /projects/5/pipelines/9": () => {
      now++;
      return [200, { id: 9, status: moment().status, web_url: url }];
    },
    "GET /projects/5/pipelines/9/jobs": () => [
      200,
      [
        { ...deploy, status: moment().deploy ?? "created", failure_reason: "script_failure" },
        ...(moment().build ? [{ ...build, status: moment().build, failure_reason: "script_failure" }] : []),
      ],
    ],
    "GET /projects/5/jobs/1/artifacts/runtime.env": () => [200, `BUILT_RUNTIME_IMAGE=${image}\n`],
    "GET /projects/5/runners": () => [200, []],
  };
  const server = createServer((request, response) => {
    const { method, url: path = "" } = request;
    const { pathname, searchParams } = new URL(path, "http://x");
    const key = `${method} ${pathname}`;
    asked.push(searchParams.has("sha") || searchParams.has("status") ? `${method} ${path}` : key);
    const [status, body] = others[key] ?? answers[key]?.() ?? [404, { message: "404 Not Found" }];
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => server.close();
  const said: string[] = [];
  const run = (limits: Partial<Limits> = {}, training = false) =>
    releaseByPipeline({
      training,
      account: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "glpat-1" },
      project: "5",
      branch: "main",
      say: (line) => said.push(line),
      limits: { ...soon, ...limits },
    });
  return { run, said, asked };
}

let close = () => {};
afterEach(() => close());

const success = { status: "success", build: "success", deploy: "success" };

describe("the release by a pipeline", () => {
  it("starts one, tells each step once, and returns the image", async () => {
    const { run, said, asked } = await pipeline([
      { status: "pending", build: "pending" },
      { status: "running", build: "running" },
      { status: "running", build: "running" },
      { status: "running", build: "success", deploy: "running" },
      success,
    ]);
    expect(await run()).toEqual({ pipeline: url, runtimeImage: image });
    expect(said).toEqual([
      `Pipeline ${url} builds the runtime image and releases it.`,
      "deploy_heroku: created",
      "build_runtime: pending",
      "build_runtime: running",
      "deploy_heroku: running",
      "build_runtime: success",
      "deploy_heroku: success",
    ]);
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual(["POST /projects/5/pipeline"]);
  });

  it("goes on with one that an interrupted update left waiting for a runner", async () => {
    const left = [
      { id: 8, status: "running", web_url: `${web}/pipelines/8` },
      { id: 9, status: "pending", web_url: url },
    ];
    const { run, said, asked } = await pipeline([success], { "GET /projects/5/pipelines": [200, left] });
    expect((await run()).pipeline).toBe(url);
    expect(said[0]).toBe("A pipeline of an earlier update is still waiting.");
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual([]);
    expect(asked).toContain("GET /projects/5/pipelines?sha=c0ffee&ref=main&source=api&per_page=100&page=1");
  });

  it("fails with the end of the failed job's log and its address", async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const end = [
      "section_start:1:step_script\r\u001b[0K\u001b[36;1mExecuting\u001b[0m",
      "10%\r100%",
      "",
      "\u001b[31;1mERROR: Job failed: exit code 1",
    ];
    const { run } = await pipeline([{ status: "failed", build: "failed", deploy: "skipped" }], {
      "GET /projects/5/jobs/1/trace": log([...lines, ...end]),
    });
    await expect(run()).rejects.toThrow(
      `Job build_runtime of pipeline ${url} failed (script_failure). Its log, ${web}/jobs/1, ends with:\n\n` +
        `${lines.slice(-17).join("\n")}\nExecuting\n100%\nERROR: Job failed: exit code 1\n\n` +
        "Repair what it says. Then run `npx pulumi up` again.",
    );
  });

  it("says how a pipeline ended of which no job failed", async () => {
    const { run } = await pipeline([{ status: "canceled", build: "canceled", deploy: "skipped" }]);
    await expect(run()).rejects.toThrow(
      `Pipeline ${url} ended as canceled: deploy_heroku is skipped, build_runtime is canceled.\n`,
    );
  });

  it("says what GitLab says where it starts no pipeline", async () => {
    const reason = { message: { base: ["Identity verification is required in order to run CI jobs"] } };
    const { run } = await pipeline([], { "POST /projects/5/pipeline": [400, reason] });
    await expect(run()).rejects.toThrow(/answered 400 .*Identity verification is required/);
  });

  it("gives up where no runner takes the jobs and none is online, and says what to do", async () => {
    const { run, asked } = await pipeline([{ status: "pending", build: "pending" }]);
    await expect(run({ runnerSeconds: 0.05 })).rejects.toThrow(
      /^No runner has taken the jobs of pipeline .* for 0 seconds: GitLab knows of none that is online.*https:\/\/docs\.gitlab\.com\/runner\/register\/.*goes on with the same pipeline.*firstRelease local$/s,
    );
    expect(asked).toContain("GET /projects/5/runners?status=online&per_page=100&page=1");
  });

  it("waits for runners that are busy, and for jobs that wait for others", async () => {
    const busy = Array<Moment>(30).fill({ status: "pending", build: "pending" });
    const online = { "GET /projects/5/runners": [200, [{ id: 1 }]] as Answer };
    expect(await (await pipeline([...busy, success], online)).run({ runnerSeconds: 0.01 })).toBeDefined();
    close();
    const blocked = Array<Moment>(30).fill({ status: "waiting_for_resource", build: "waiting_for_resource" });
    expect(await (await pipeline([...blocked, success])).run({ runnerSeconds: 0.01 })).toBeDefined();
  });

  it("ends after its time, and says that the pipeline goes on", async () => {
    const { run } = await pipeline([{ status: "running", build: "running" }]);
    await expect(run({ totalSeconds: 0.05 })).rejects.toThrow(
      `Pipeline ${url} has not ended within 0 seconds: it is running. It goes on without this update.\n`,
    );
  });

  it("goes on when GitLab is away for a moment", async () => {
    const answers: Record<string, Answer> = { "GET /projects/5/pipelines/9/jobs": [503, "away"] };
    const { run, asked } = await pipeline([success], answers);
    const done = run();
    while (asked.filter((one) => one.endsWith("/9/jobs")).length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    delete answers["GET /projects/5/pipelines/9/jobs"];
    expect(await done).toEqual({ pipeline: url, runtimeImage: image });
  });

  it("returns the training image, too, where it is wanted", async () => {
    const artifact = "GET /projects/5/jobs/1/artifacts/runtime.env";
    const both = `BUILT_RUNTIME_IMAGE=${image}\nBUILT_TRAINING_IMAGE=${trained}\n`;
    const { run } = await pipeline([success], { [artifact]: [200, both] });
    expect(await run({}, true)).toEqual({ pipeline: url, runtimeImage: image, trainingImage: trained });
    close();
    await expect((await pipeline([success])).run({}, true)).rejects.toThrow(
      /does not name the training image by digest.* do without: pulumi config set mlops:trainingImage none\. Then run/s,
    );
  });

  it("refuses a pipeline without the job that builds, and an artifact without a digest", async () => {
    const { run } = await pipeline([{ status: "success", deploy: "success" }]);
    await expect(run()).rejects.toThrow(
      `Pipeline ${url} has no job build_runtime: the server's repository has another .gitlab-ci.yml`,
    );
    close();
    const tagged = await pipeline([success], {
      "GET /projects/5/jobs/1/artifacts/runtime.env": [200, "BUILT_RUNTIME_IMAGE=ml/runtime:latest\n"],
    });
    await expect(tagged.run()).rejects.toThrow(
      `Job ${web}/jobs/1 succeeded, but its artifact runtime.env does not name the runtime image by digest`,
    );
  });
});
