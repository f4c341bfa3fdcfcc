/** A stack with `writeAccess` `deployKey`: real pipelines deliver by SSH, and the key is replaced and kept secret. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import {
  approve,
  clone,
  type Environment,
  followPipeline,
  gitlab,
  type ModelProject,
  modelProject,
  openRunLog,
  pulumi,
  pushTag,
  release,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { create as newKeyPair } from "../../infra/commands/ssh-key-pair.ts";
import { openCanaries } from "../support/canaries.ts";
import { rotate } from "../support/rotate.ts";
import { stackCommand } from "../support/stack-command.ts";

let stack: ThrowawayStack;
let environment: Environment;
let outputs: StackOutputs;
let iris: ModelProject;
let products: ModelProject;
const canaries = openCanaries();

const run = (...args: string[]) => pulumi(environment, "pulumi", args);
const api = () => gitlab(environment);

beforeAll(async () => {
  stack = await throwawayStack();
  ({ environment } = stack);
  await run("config", "set", "mlops:writeAccess", "deployKey");
  // The training image has ssh; a project's jobs may run without it, in an image that lacks it.
  await run("config", "set", "mlops:trainingImage", "none");
  await run("up", "--yes", "--skip-preview");
  outputs = await stackOutputs(environment);
  iris = modelProject(outputs, "iris-decision-tree");
  products = modelProject(outputs, "product-classifier");
}, 600_000);

afterAll(async () => stack?.remove(), 120_000);

/** The private keys in the stack's state, whose export is logged apart, outside what is searched. */
async function privateKeys(): Promise<string[]> {
  const log = openRunLog(path.join(environment.workFolder, "secret"));
  const state = await pulumi({ ...environment, log }, "export", ["stack", "export", "--show-secrets"]);
  const found = [...state.matchAll(/privateKey\\+":\\+"([A-Za-z0-9+/=]{100,})/g)].map(([, key = ""]) => key);
  return [...new Set(found)].sort();
}

/** The keys of the server's project and those that may push to its default branch, as GitLab has them. */
async function keysInGitLab() {
  const keys = await api().DeployKeys.all({ projectId: iris.serverPath });
  const { push_access_levels: levels } = await api().ProtectedBranches.show(iris.serverPath, "main");
  return {
    titles: keys.map(({ title }) => title).sort(),
    ids: keys.map(({ id }) => id).sort(),
    pushers: (levels as Array<{ deploy_key_id?: number | null }>)
      .map(({ deploy_key_id: id }) => id)
      .filter((id) => typeof id === "number")
      .sort(),
  };
}

/** The log of a tag's pipeline, which has to fail. */
async function failingTag(project: ModelProject, tag: string): Promise<string> {
  await pushTag(environment, await clone(environment, project), tag);
  const { status, trace } = await followPipeline(environment, { project: project.path, ref: tag }, () => {});
  expect(status).toBe("failed");
  return trace;
}

describe("a stack with deploy keys", () => {
  it("has a key for each model, which the rule of the default branch lists, and nothing more to do", async () => {
    const { titles, ids, pushers } = await keysInGitLab();
    expect(titles).toEqual([
      "Pushes of model project iris-decision-tree",
      "Pushes of model project product-classifier",
    ]);
    expect(pushers).toEqual(ids);
    expect(await api().ProjectAccessTokens.all(iris.serverPath)).toEqual([]);
    const shown = await run("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect(shown).not.toMatch(/warning/i);
  });

  it("delivers a tag of each model by SSH, in an image without ssh", async () => {
    const [first] = await Promise.all(
      [iris, products].map((one) => release(environment, one, "v1.0.0", () => {})),
    );
    expect(first?.train.trace).toContain("Installing openssh-client, which this image lacks");
    expect(first?.train.trace).toMatch(
      /Pushed models\/iris-decision-tree-v1\.0\.0 to ssh:\/\/git@127\.0\.0\.1:\d+\//,
    );
  });

  it("delivers nothing to a server that shows another host key", async () => {
    const key = "MLSERVER_SSH_KNOWN_HOSTS";
    const { value } = await api().ProjectVariables.show(iris.path, key);
    const other = newKeyPair().publicKey;
    await api().ProjectVariables.edit(iris.path, key, value.replace(/ssh-ed25519 .*/, other));
    expect(await failingTag(iris, "v1.0.1")).toContain(
      "The server showed a host key that is not in MLSERVER_SSH_KNOWN_HOSTS, so it did not get to see the deploy key.",
    );
    await run("refresh", "--yes", "--skip-preview");
    // Which servers get to see the key is for a person to say.
    await expect(run("up", "--yes", "--skip-preview")).rejects.toThrow(/WEAKER\?.*MLSERVER_SSH_KNOWN_HOSTS/);
    await approve(environment);
    await run("up", "--yes", "--skip-preview");
    expect((await api().ProjectVariables.show(iris.path, key)).value).toBe(value);
  });

  it("shows how long its keys live, and what was changed of them outside", async () => {
    const status = async () =>
      stackCommand(environment, "node", ["operations/status/main.ts", "--stack", environment.stack]);
    expect((await status()).stdout).toMatch(
      /deploy key Pushes of model project iris-decision-tree: .*(89|90) days/,
    );
    const drift = async () =>
      stackCommand(environment, "node", ["operations/drift/main.ts", "--stack", environment.stack]);
    const [first] = await api().DeployKeys.all({ projectId: iris.serverPath });
    await api().DeployKeys.edit(iris.serverPath, Number(first?.id), { canPush: false });
    const { code, stdout } = await drift();
    expect(code).toBe(2);
    expect(stdout).toContain("deploy key Pushes of model project");
    await api().DeployKeys.edit(iris.serverPath, Number(first?.id), { canPush: true });
    expect((await drift()).code).toBe(0);
  });

  it("replaces them by a rotation, which nobody has to approve", async () => {
    const [before, old] = [await keysInGitLab(), await privateKeys()];
    expect(old.length).toBe(2);
    const said = await rotate(environment, "--only", "gitlab");
    expect(said).toContain("The deploy keys: only generation 2 is valid now.");
    const after = await keysInGitLab();
    expect(after.titles).toEqual([
      "Pushes of model project iris-decision-tree, generation 2",
      "Pushes of model project product-classifier, generation 2",
    ]);
    expect(after.pushers).toEqual(after.ids);
    expect(after.ids.filter((id) => before.ids.includes(id))).toEqual([]);
    await release(environment, iris, "v1.0.2", () => {});
    const now = await privateKeys();
    expect(now.filter((key) => old.includes(key))).toEqual([]);
    for (const [index, key] of [...old, ...now].entries()) {
      canaries.add(`key ${index}`, key);
      canaries.add(
        `key ${index} in OpenSSH's form`,
        Buffer.from(key, "base64").toString("utf8").split("\n")[3] ?? "",
      );
    }
  });

  it("says what is wrong where a key was removed", async () => {
    for (const { id } of await api().DeployKeys.all({ projectId: iris.serverPath })) {
      await api().DeployKeys.remove(iris.serverPath, id);
    }
    expect(await failingTag(products, "v1.0.3")).toContain("GitLab does not accept the deploy key");
  });

  it("keeps every private key out of state, logs and job logs", async () => {
    canaries.expectNone("the state", await run("stack", "export"));
    expect(await canaries.filesWith(environment.log.folder)).toEqual([]);
    expect(await canaries.filesWith(stack.sandbox.stateDir)).toEqual([]);
    const settings = path.join(environment.root, `Pulumi.${environment.stack}.yaml`);
    canaries.expectNone("the settings", await readFile(settings, "utf8"));
    expect((await readdir(environment.log.folder)).length).toBeGreaterThan(0);
  });
});
