/** The real `.gitlab-ci.yml` files run: from a tag on the model repository to a prediction, and the protection rows. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitlab, pulumi, type StackOutputs, stackOutputs } from "../../demo/environment.ts";
import {
  clone,
  inferenceUrl,
  type ModelProject,
  modelProject,
  refusedTag,
  release,
  releaseUnprotected,
} from "../../demo/journey.ts";
import { classify } from "../../demo/prediction.ts";
import { type ThrowawayStack, throwawayStack } from "../throwaway.ts";

let stack: ThrowawayStack;
let outputs: StackOutputs;
let project: ModelProject;

const ask = (version: string) => classify(stack.environment, inferenceUrl(outputs, project.name, version));

beforeAll(async () => {
  stack = await throwawayStack();
  await pulumi(stack.environment, "pulumi", ["up", "--yes", "--skip-preview"]);
  outputs = await stackOutputs(stack.environment);
  project = modelProject(outputs, "iris-decision-tree");
}, 600_000);

afterAll(async () => stack?.remove(), 120_000);

describe("a tag on the model repository", () => {
  it("v1.0.0 is trained, pushed to the server, deployed, and answers", async () => {
    const { train, deploy } = await release(stack.environment, project, "v1.0.0", () => {});
    expect(train.trace).not.toMatch(/glpat-/);
    expect(deploy.trace).not.toMatch(/HRKU-/);
    expect(await ask("v1.0.0")).toBe("0 (setosa)");
  });

  it("1.0.0 fails: no protected variable reaches it", async () => {
    expect(await releaseUnprotected(stack.environment, project, "1.0.0", () => {})).toContain(
      "MLSERVER_REPO",
    );
  });

  it("v9.9.9 by a Developer is refused by the server", async () => {
    expect(await refusedTag(stack.environment, project, "v9.9.9")).toMatch(/not allowed to create this tag/);
  });

  it("v1.0.1 goes live beside v1.0.0", async () => {
    await release(stack.environment, project, "v1.0.1", () => {});
    expect(await ask("v1.0.1")).toBe("0 (setosa)");
    expect(await ask("v1.0.0")).toBe("0 (setosa)");
  });

  it("leaves both versions in the server repository, each stamped with its tag", async () => {
    const api = gitlab(stack.environment);
    for (const version of ["v1.0.0", "v1.0.1"]) {
      const file = `models/iris-decision-tree-${version}/model-settings.json`;
      const settings = JSON.parse(
        String(await api.RepositoryFiles.showRaw(project.serverPath, file, "main")),
      ) as { name: string; parameters: { version: string } };
      expect(settings).toMatchObject({ name: "iris-decision-tree", parameters: { version } });
    }
  });

  it("leaves no token in a clone or a log", async () => {
    const folder = await clone(stack.environment, project);
    expect(await readFile(path.join(folder, ".git/config"), "utf8")).not.toMatch(/glpat-|oauth2:/);
    for (const file of await readdir(stack.environment.log.folder)) {
      const text = await readFile(path.join(stack.environment.log.folder, file), "utf8");
      expect(text).not.toMatch(/glpat-[A-Za-z0-9]|HRKU-[A-Za-z0-9]/);
    }
  });
});
