/** Many versions at once: each comes, and stays, and few deployments do it. And what somebody does about one of them. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  followPipeline,
  gitlab,
  modelProject,
  type PipelineResult,
  press,
  projectPath,
  pulumi,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import { root } from "../image/support.ts";

const models = ["one", "two", "three"];
const starter = path.join(root, "image/repository/models/iris-dtc/1.0");

let stack: ThrowawayStack;
let outputs: StackOutputs;
let server: string;
const api = () => gitlab(stack.environment);

beforeAll(async () => {
  stack = await throwawayStack();
  const run = (...args: string[]) => pulumi(stack.environment, "pulumi", args);
  for (const [index, name] of models.entries()) {
    await run("config", "set", "--path", `mlops:models[${index}].name`, name);
    await run("config", "set", "--path", `mlops:models[${index}].template`, "iris-decision-tree");
  }
  await run("up", "--yes", "--skip-preview");
  outputs = await stackOutputs(stack.environment);
  server = projectPath(outputs.serverProjectUrl);
}, 600_000);

afterAll(async () => stack?.remove(), 120_000);

/** Commits a further version of the starter model to the server's repository, as a person might. */
async function add(version: string, code?: string): Promise<string> {
  const folder = `models/iris-dtc/${version}`;
  const settings = await readFile(path.join(starter, "model-settings.json"), "utf8");
  const files: Record<string, string> = {
    "model-settings.json": settings.replace('"version": "1.0"', `"version": "${version}"`),
    "train.py": code ?? (await readFile(path.join(starter, "train.py"), "utf8")),
    "request.json": await readFile(path.join(starter, "request.json"), "utf8"),
  };
  const actions = Object.entries(files).map(([name, content]) => ({
    action: "create" as const,
    filePath: `${folder}/${name}`,
    content,
  }));
  return (await api().Commits.create(server, "main", `Add ${version}`, actions)).id;
}

const deployed = (sha: string): Promise<PipelineResult> =>
  followPipeline(stack.environment, { project: server, ref: "main", sha });

/** The pipeline's deployment once more, as somebody's click on Retry. */
async function retry(pipeline: PipelineResult): Promise<PipelineResult> {
  const [job] = await api().Jobs.all(server, { pipelineId: pipeline.id });
  await api().Jobs.retry(server, Number(job?.id));
  const [{ sha } = { sha: "" }] = (await api().Pipelines.all(server)).filter(({ id }) => id === pipeline.id);
  return deployed(sha);
}

/** The versions of the starter model that the app serves. */
async function served(): Promise<string[]> {
  const url = new URL("mlapi/v2/models/iris-dtc", outputs.appUrl).href;
  const { stdout } = await runToEnd("curl", ["-sS", url]);
  return (JSON.parse(stdout) as { versions: string[] }).versions.sort();
}

const live = /^Release v\d+ of \S+ is live\.$/m;
const nothingToDo = "there is nothing to deploy";

describe("many tags at the same moment", () => {
  it("lose no version, overtake none, and each pipeline is green when its version answers", async () => {
    const projects = models.map((name) => modelProject(outputs, name));
    const order = { models: projects, rounds: 2, patienceSeconds: 600 };
    const { problems, versions, deliveries } = await press(stack.environment, outputs, order);
    expect(problems).toEqual([]);
    expect(versions).toHaveLength(6);
    expect(deliveries).toHaveLength(6);
  });
});

describe("commits that wait for a deployment", () => {
  let pipelines: PipelineResult[];

  it("go live with the first of them, and the others find that they are", async () => {
    const commits = [await add("1.1"), await add("1.2"), await add("1.3")];
    pipelines = await Promise.all(commits.map(deployed));
    expect(pipelines.map(({ status }) => status)).toEqual(["success", "success", "success"]);
    const [first, ...others] = pipelines;
    expect(first?.trace).toContain(`The branch has come to commit ${commits[2]} meanwhile`);
    expect(first?.trace).toMatch(live);
    for (const [index, { trace }] of others.entries()) {
      expect(trace).toContain(`runs commit ${commits[2]}, which has this one in it: ${nothingToDo}.`);
      expect(trace).toContain(`/models/iris-dtc/versions/1.${index + 2}\n`);
      expect(trace).not.toMatch(live);
    }
    expect(await served()).toEqual(["1.0", "1.1", "1.2", "1.3"]);
  });

  it("can each be had back by a retry of its job, and the newest again", async () => {
    const [, second, third] = pipelines as [PipelineResult, PipelineResult, PipelineResult];
    const back = await retry(second);
    expect(back.trace).toMatch(new RegExp(`live before.* pipeline ${second.id}`));
    expect(back.trace).toMatch(live);
    expect(await served()).toEqual(["1.0", "1.1", "1.2"]);
    const forth = await retry(third);
    expect(forth.trace).toMatch(live);
    expect(await served()).toEqual(["1.0", "1.1", "1.2", "1.3"]);
  });

  it("are released after all where the job of one is ended in the middle", async () => {
    const commit = await add("1.4");
    const pipeline = deployed(commit);
    const running = async () => {
      const jobs = await api().Jobs.all(server);
      const job = jobs.find(({ commit: { id } }) => id === commit);
      if (!job) return undefined;
      const trace = String(await api().Jobs.showLog(server, job.id));
      return trace.includes("== Pushing it") ? job : undefined;
    };
    const job = await vi.waitUntil(running, { timeout: 120_000, interval: 100 });
    await api().Jobs.cancel(server, job.id);
    const canceled = await pipeline;
    expect(canceled.status).toBe("canceled");
    expect((await retry(canceled)).status).toBe("success");
    expect(await served()).toContain("1.4");
  });
});

describe("a model that does not work", () => {
  it("stops its own deployment alone while it waits, and the log says how to take it out", async () => {
    const good = await add("1.5");
    const bad = await add("1.6", "import sys\nsys.stdout.buffer.write(b'no model')\n");
    const [before, broken] = await Promise.all([deployed(good), deployed(bad)]);
    expect([before.status, broken.status]).toEqual(["success", "failed"]);
    expect(before.trace).toContain("That commit does not work (see above): this one is deployed alone.");
    expect(await served()).toContain("1.5");
    const advice = /^ {2}git rm -r --quiet (.*?) *$/m.exec(broken.trace)?.[1];
    expect(advice).toBe("models/iris-dtc/1.6");
    expect(broken.trace).toContain(`git clone ${outputs.serverProjectUrl}.git mlserver`);

    const actions = ["model-settings.json", "train.py", "request.json"].map((name) => ({
      action: "delete" as const,
      filePath: `${advice}/${name}`,
    }));
    const { id } = await api().Commits.create(server, "main", "Take out 1.6", actions);
    expect((await deployed(id)).status).toBe("success");
    expect(await served()).not.toContain("1.6");
  });
});
