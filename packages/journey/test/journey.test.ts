/** What the walk makes of a stack's outputs and of a GitLab's answers, without either. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  curlCommand,
  type Environment,
  expectStatus,
  followPipeline,
  modelProject,
  nextVersion,
  projectPath,
  required,
  type StackOutputs,
} from "../src/index.ts";

const outputs: StackOutputs = {
  appUrl: "https://app-0123.example.com/",
  serverProjectUrl: "https://gitlab.example.com/group/sub/mlserver",
  modelProjectUrls: { "iris-decision-tree": "https://gitlab.example.com/group/sub/iris-decision-tree" },
  runtimeImage: "registry.example.com/runtime@sha256:0",
  predictionUrls: {},
};

/** Answers by path; a list is answered one entry at a time, the last one again and again. */
type Answers = Record<string, unknown[]>;
let server: Server;
let answers: Answers;
let appended: Array<[string, string]>;
let environment: Environment;

beforeEach(async () => {
  answers = {};
  appended = [];
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    const left = answers[pathname];
    const answer = left && left.length > 1 ? left.shift() : left?.[0];
    const isText = typeof answer === "string";
    response.writeHead(answer === undefined ? 404 : 200, {
      "Content-Type": isText ? "text/plain" : "application/json",
    });
    response.end(isText ? answer : JSON.stringify(answer ?? { message: `404 ${pathname}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  environment = {
    root: "/nowhere",
    stack: "test",
    workFolder: "/nowhere",
    env: {
      GITLAB_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
      GITLAB_TOKEN: "glpat-of-the-test",
    },
    log: {
      folder: "/nowhere",
      append: (name, text) => appended.push([name, text]),
      run: async () => "",
    },
  };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const api = "/api/v4/projects/group%2Firis";

describe("a stack's outputs", () => {
  it("give a model's project and its server's by path", () => {
    expect(modelProject(outputs, "iris-decision-tree")).toMatchObject({
      path: "group/sub/iris-decision-tree",
      serverPath: "group/sub/mlserver",
    });
    expect(() => modelProject(outputs, "wine")).toThrow("The stack has no model project wine");
    expect(projectPath("https://gitlab.example.com/a/b")).toBe("a/b");
  });

  it("give a request that a person can type", () => {
    const command = curlCommand(outputs, { model: "iris-decision-tree", version: "v1.2.3" });
    expect(command).toMatch(
      /^curl -X POST https:\/\/app-0123\.example\.com\/mlapi\/v2\/models\/iris-decision-tree\/versions\/v1\.2\.3\/infer /,
    );
    expect(() => curlCommand(outputs, { model: "wine", version: "v1" })).toThrow(
      "There is no request for wine",
    );
  });
});

it("a variable that is missing is named, with the stack", () => {
  expect(required(environment, "GITLAB_TOKEN")).toBe("glpat-of-the-test");
  expect(() => required(environment, "HEROKU_API_KEY")).toThrow("HEROKU_API_KEY is not set for stack test");
});

it("the next version is the first that has no tag", async () => {
  answers[`${api}/repository/tags`] = [[{ name: "v1.0.0" }, { name: "v1.0.2" }, { name: "other" }]];
  const project = { name: "iris", path: "group/iris", webUrl: "", serverPath: "" };
  expect(await nextVersion(environment, project)).toBe("v1.0.1");
});

describe("a pipeline", () => {
  beforeEach(() => {
    answers[`${api}/pipelines`] = [[{ id: 7 }]];
    answers[`${api}/pipelines/7/jobs`] = [[{ id: 70, name: "send_model" }]];
    answers[`${api}/jobs/70/trace`] = ["one\n", "one\ntwo\n"];
  });
  const pipeline = (status: string) => ({ id: 7, status, web_url: "https://gitlab.example.com/pipelines/7" });

  it("is followed to its end; what is new in its logs is shown once", async () => {
    answers[`${api}/pipelines/7`] = [pipeline("running"), pipeline("success")];
    const lines: string[] = [];
    const query = { project: "group/iris", ref: "v1.0.0" };
    const result = await followPipeline(environment, query, (line) => lines.push(line));
    expect(result).toMatchObject({ id: 7, status: "success", trace: "one\ntwo\n" });
    expect(lines).toEqual(["send_model: one", "send_model: two"]);
    expect(appended.map(([, text]) => text).join("")).toBe("one\ntwo\n");
    expect(() => expectStatus(result, "failed")).toThrow("ended as success, expected failed:\none\ntwo");
  });

  it("that does not end, or does not appear, is told after its time", async () => {
    answers[`${api}/pipelines/7`] = [pipeline("running")];
    const query = { project: "group/iris", ref: "v1.0.0", finishSeconds: 0, appearSeconds: 1 };
    await expect(followPipeline(environment, query)).rejects.toThrow(
      "pipelines/7 is still running after 0 s",
    );
    answers[`${api}/pipelines`] = [[]];
    await expect(followPipeline(environment, query)).rejects.toThrow(
      "No pipeline for v1.0.0 appeared in group/iris within 1 s",
    );
  });
});
