/** What the templates promise each other, read from their files. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runToEnd } from "../../lib/process/run.ts";
import { readJson, root, run, runtimes as runtimeEntries } from "./support.ts";

const text = (path: string) => readFile(join(root, path), "utf8");

/** Versions of `name==version` lines. */
async function pins(path: string): Promise<Map<string, string>> {
  const lines = (await text(path)).matchAll(/^([a-z0-9._-]+)==([^\s\\]+)/gm);
  return new Map(Array.from(lines, ([, name = "", version = ""]) => [name, version]));
}

interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  cells: Array<{ id: string; cell_type: string; outputs?: unknown[]; execution_count?: number | null }>;
}

/** Folders of the repository's own models: those that a setting can name as a template. */
const models = (await readdir(join(root, "models"))).filter((name) => !name.startsWith("_"));

interface Tensor {
  name: string;
  datatype: string;
  shape: number[];
}

interface ModelSettings {
  platform: string;
  inputs: Tensor[];
  outputs: Tensor[];
}

/** Whether a tensor's shape is one that the metadata allows, where -1 stands for any number. */
const fits = (shape: number[], declared: number[]) =>
  shape.length === declared.length && declared.every((size, axis) => size === -1 || size === shape[axis]);

it("there are two models", () => {
  expect(models).toEqual(["iris-decision-tree", "product-classifier"]);
});

describe.each(models)("%s", (model) => {
  it("is trained with the versions that serve it", async () => {
    const training = await pins(`models/${model}/requirements.txt`);
    const serving = await pins("image/runtime/requirements/sklearn.txt");
    for (const name of ["scikit-learn", "joblib", "numpy", "scipy"]) {
      expect(training.get(name), name).toMatch(/^\d/);
      expect(training.get(name), name).toBe(serving.get(name));
    }
  });

  it("has a notebook without outputs and with an id for each cell", async () => {
    const notebook = (await readJson(`models/${model}/${model}.ipynb`)) as Notebook;
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
    const ids = notebook.cells.map(({ id }) => id);
    expect(ids.every((id) => /^[a-zA-Z0-9_-]{1,64}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (const cell of notebook.cells.filter(({ cell_type }) => cell_type === "code")) {
      expect(cell).toMatchObject({ outputs: [], execution_count: null });
    }
  });

  it("has its name and the placeholder of the version in its model settings", async () => {
    expect(await readJson(`models/${model}/model-settings.json`)).toMatchObject({
      name: model,
      implementation: "mlserver_sklearn.SKLearnModel",
      parameters: { uri: `${model}.joblib`, version: "$VERSION" },
    });
  });

  it("declares the tensors that its request has", async () => {
    const settings = (await readJson(`models/${model}/model-settings.json`)) as ModelSettings;
    const { inputs } = (await readJson(`models/${model}/request.json`)) as { inputs: Tensor[] };
    expect(settings.platform).toBe("sklearn");
    expect(settings.outputs.map(({ name }) => name)).toEqual(["predict"]);
    expect(inputs.map(({ name, datatype }) => ({ name, datatype }))).toEqual(
      settings.inputs.map(({ name, datatype }) => ({ name, datatype })),
    );
    for (const [index, { shape }] of inputs.entries()) {
      expect(fits(shape, settings.inputs[index]?.shape ?? [])).toBe(true);
    }
  });

  it("leaves the pipeline to the folder that all models share", async () => {
    const own = await readdir(join(root, "models", model));
    const common = await readdir(join(root, "models/_pipeline"));
    expect(own.filter((name) => common.includes(name))).toEqual([]);
  });
});

describe("product-classifier's data", () => {
  it("are at least 300 descriptions, each once, in categories of some size", async () => {
    const lines = (await text("models/product-classifier/products.csv")).trimEnd().split("\n");
    expect(lines[0]).toBe("description,category");
    const rows = lines.slice(1).map((line) => /^(?:"([^"]+)"|([^",]+)),([^",]+)$/.exec(line) ?? [line]);
    expect(rows.filter((row) => row.length === 1)).toEqual([]);
    const descriptions = rows.map(([, quoted, plain]) => quoted ?? plain);
    expect(descriptions.length).toBeGreaterThanOrEqual(300);
    expect(new Set(descriptions).size).toBe(descriptions.length);
    const sizes = new Map<string, number>();
    for (const [, , , category = ""] of rows) sizes.set(category, (sizes.get(category) ?? 0) + 1);
    expect([...sizes.keys()].sort()).toEqual(
      ["beleza", "brinquedos", "casa", "eletrônicos", "games", "livros", "moda"].sort(),
    );
    expect(Math.min(...sizes.values())).toBeGreaterThan(50);
  });
});

describe("the pipeline of all models", () => {
  it("runs send_model for tags only", async () => {
    const { send_model } = parse(await text("models/_pipeline/.gitlab-ci.yml"));
    expect(send_model.rules).toEqual([{ if: "$CI_COMMIT_TAG" }]);
  });

  it("names no model", async () => {
    const files = await run("git", ["-C", root, "ls-files", "models/_pipeline"]);
    expect(files.split("\n").length).toBeGreaterThan(3);
    for (const file of files.split("\n")) {
      const content = await text(file);
      for (const model of models) expect(content, file).not.toContain(model);
    }
  });
});

describe("the server repository", () => {
  it("deploys the default branch, or every branch where DEPLOY_ON says so, one at a time", async () => {
    const { ".deployment": deployment, deploy_heroku } = parse(await text("image/repository/.gitlab-ci.yml"));
    expect(deploy_heroku).toMatchObject({ extends: ".deployment", resource_group: "heroku" });
    expect(deploy_heroku).not.toHaveProperty("rules");
    expect(deployment.rules).toEqual([
      { if: "$CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" },
      { if: '$CI_COMMIT_BRANCH && $DEPLOY_ON == "everyCommit"' },
    ]);
  });

  it("has a deploy script that says which variables are missing, and why", async () => {
    const { code, stderr } = await runToEnd("sh", [join(root, "image/repository/ci/deploy.sh")], {
      env: {
        PATH: process.env.PATH,
        HEROKU_APP: "app",
        CI_COMMIT_REF_NAME: "try",
        CI_COMMIT_REF_PROTECTED: "false",
      },
      extendEnv: false,
    });
    expect(code).toBe(1);
    expect(stderr).toBe(
      `deploy: these CI/CD variables are not set: HEROKU_API_KEY RUNTIME_IMAGE
The branch "try" is not protected, and protected variables reach pipelines of protected branches only.
`,
    );
  });

  it("names containers so that jobs of other GitLabs with the same number do not meet on one engine", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tag-to-endpoint-test-"));
    const docker = `#!/bin/sh\n[ "$1" != run ] || { echo "$@" >>"${folder}/runs"; exit 1; }\n`;
    await writeFile(join(folder, "docker"), docker, { mode: 0o755 });
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      DOCKER_HOST: "unix:///none",
      HEROKU_APP: "app",
      HEROKU_API_KEY: "key",
      RUNTIME_IMAGE: "runtime",
      CI_JOB_ID: "8",
    };
    for (const _ of [1, 2])
      await runToEnd("sh", [join(root, "image/repository/ci/deploy.sh")], { env, extendEnv: false });
    const runs = await readFile(join(folder, "runs"), "utf8");
    await rm(folder, { recursive: true });
    const names = Array.from(runs.matchAll(/--name (\S+)/g), ([, name]) => name);
    expect(names).toHaveLength(2);
    expect(new Set(names).size).toBe(2);
  });

  it("keeps no model file in git", async () => {
    expect(await run("git", ["-C", root, "ls-files", "*.joblib"])).toBe("");
  });
});

describe("the locks", () => {
  const runtimes = [...runtimeEntries.keys()];
  const locks = [
    ...runtimes.map((runtime) => `image/runtime/requirements/${runtime}.txt`),
    "image/runtime/training/requirements.txt",
  ];

  it("are those of the runtimes that an image can have", async () => {
    const files = await readdir(join(root, "image/runtime/requirements"));
    for (const extension of [".in", ".txt"]) {
      const locked = files.filter((file) => file.endsWith(extension) && file !== "overrides.txt");
      expect(locked.sort()).toEqual(runtimes.map((runtime) => runtime + extension).sort());
    }
  });

  it.each(locks)("%s has a hash for every package", async (file) => {
    const lock = await text(file);
    const entries = lock.split(/^(?=[a-z0-9._-]+==)/m).filter((entry) => entry.includes("=="));
    expect(entries.length).toBeGreaterThan(40);
    for (const entry of entries) expect(entry, entry.split("\n")[0]).toMatch(/--hash=sha256:[0-9a-f]{64}/);
  });

  it("agree on every package that several have", async () => {
    const all = await Promise.all(locks.map(pins));
    const versions = new Map(all.flatMap((lock) => [...lock]));
    for (const lock of all) {
      for (const [name, version] of lock) expect(versions.get(name), name).toBe(version);
    }
  });
});

describe("the scripts", () => {
  it("are proper bash", async () => {
    const folders = [
      "image/repository/ci",
      "image/repository/ci/heroku",
      "image/runtime/build",
      "image/runtime/requirements",
      "models/_pipeline/ci",
    ];
    const files = ["image/runtime/rootfs/usr/local/bin/serve"];
    for (const folder of folders) {
      const names = await readdir(join(root, folder));
      files.push(...names.filter((name) => name.endsWith(".sh")).map((name) => join(folder, name)));
    }
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) await run("bash", ["-n", join(root, file)]);
  });
});
