/** The real `.gitlab-ci.yml` files run: from a tag on the model repository to a prediction, and the protection rows. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import {
  ask,
  clone,
  gitlab,
  type ModelProject,
  modelProject,
  pulumi,
  refusedTag,
  release,
  releaseUnprotected,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { accountsOf } from "../support/accounts.ts";
import { bareJobImage } from "../support/bare-image.ts";
import { driftOf } from "../support/drift-report.ts";
import { stackCommand } from "../support/stack-command.ts";

let stack: ThrowawayStack;
let outputs: StackOutputs;
let project: ModelProject;
let products: ModelProject;

const setosa = "0 (setosa)";
const categories = "boneca -> brinquedos, carrinho -> brinquedos, minecraft -> games";
const answer = ({ name }: ModelProject, version: string) =>
  ask(stack.environment, outputs, { model: name, version });
/** Releases a version of both kinds of model at the same time. */
const releaseBoth = (tag: string) =>
  Promise.all([project, products].map((one) => release(stack.environment, one, tag, () => {})));

beforeAll(async () => {
  // The deploy job counts on docker's client and a shell alone.
  vi.stubEnv("SANDBOX_CI_DOCKER_IMAGE", await bareJobImage());
  stack = await throwawayStack();
  vi.unstubAllEnvs();
  await pulumi(stack.environment, "pulumi", ["up", "--yes", "--skip-preview"]);
  outputs = await stackOutputs(stack.environment);
  project = modelProject(outputs, "iris-decision-tree");
  products = modelProject(outputs, "product-classifier");
}, 600_000);

afterAll(async () => stack?.remove(), 120_000);

describe("a tag on a model repository", () => {
  it("v1.0.0 is trained, pushed to the server, deployed, and answers, for both kinds of model", async () => {
    for (const { train, deploy } of await releaseBoth("v1.0.0")) {
      expect(train.trace).toContain("Executing Cell 1");
      expect(train.trace).not.toMatch(/glpat-|IPKernelApp/);
      expect(deploy.trace).not.toMatch(/HRKU-/);
    }
    expect(await answer(project, "v1.0.0")).toBe(setosa);
    expect(await answer(products, "v1.0.0")).toBe(categories);
  });

  it("1.0.0 fails: no protected variable reaches it", async () => {
    expect(await releaseUnprotected(stack.environment, project, "1.0.0", () => {})).toContain(
      "MLSERVER_REPO",
    );
  });

  it("v9.9.9 by a Developer is refused by the server", async () => {
    expect(await refusedTag(stack.environment, project, "v9.9.9")).toMatch(/not allowed to create this tag/);
  });

  it("v1.0.1 of both goes live beside v1.0.0 of both", async () => {
    await releaseBoth("v1.0.1");
    for (const version of ["v1.0.0", "v1.0.1"]) {
      expect(await answer(project, version)).toBe(setosa);
      expect(await answer(products, version)).toBe(categories);
    }
  });

  it("is told by drift where somebody rolls its release back, and the printed command goes forward again", async () => {
    const { heroku } = accountsOf(stack.environment);
    const drift = async () => (await driftOf(stack.environment)).report.unmanaged;
    // Who was made a Developer of the project before.
    const known = await drift();
    const releases = "/apps/sandbox-mlserver/releases";
    const before = (await heroku("GET", releases)) as { id: string; version: number }[];
    const [last, earlier] = before.toSorted((a, b) => b.version - a.version);
    expect(await heroku("POST", releases, { release: earlier?.id })).toMatchObject({
      description: `Rollback to v${earlier?.version}`,
    });
    const after = await drift();
    const told = after.find(({ noun }) => noun === "rollback");
    expect(after.filter((one) => one !== told)).toEqual(known);
    expect(told).toMatchObject({
      noun: "rollback",
      effect: `runs what v${earlier?.version} brought, not what was released last (v${last?.version})`,
    });
    const restore = (told?.restore ?? "").replace("npm run api --", "node operations/api/main.ts");
    const { code, stdout, stderr } = await stackCommand(stack.environment, "sh", ["-c", restore]);
    expect(code, stdout + stderr).toBe(0);
    expect(await drift()).toEqual(known);
    expect(await answer(products, "v1.0.1")).toBe(categories);
  });

  it("leaves all versions in the server repository, each stamped with its tag", async () => {
    const api = gitlab(stack.environment);
    for (const { name, serverPath } of [project, products]) {
      for (const version of ["v1.0.0", "v1.0.1"]) {
        const file = `models/${name}-${version}/model-settings.json`;
        const settings = JSON.parse(String(await api.RepositoryFiles.showRaw(serverPath, file, "main"))) as {
          name: string;
          parameters: { version: string };
        };
        expect(settings).toMatchObject({ name, parameters: { version } });
      }
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
