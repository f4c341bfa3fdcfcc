/** What the templates promise each other, read from their files. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readJson, root, run, tryRun } from "./support.ts";

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

describe("iris-decision-tree", () => {
  it("is trained with the versions that serve it", async () => {
    const training = await pins("models/iris-decision-tree/requirements.txt");
    const serving = await pins("image/runtime/requirements/sklearn.txt");
    for (const name of ["scikit-learn", "joblib", "numpy", "scipy"]) {
      expect(training.get(name), name).toBe(serving.get(name));
    }
  });

  it("has a notebook without outputs and with an id for each cell", async () => {
    const notebook = (await readJson("models/iris-decision-tree/iris-decision-tree.ipynb")) as Notebook;
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
    const ids = notebook.cells.map(({ id }) => id);
    expect(ids.every((id) => /^[a-zA-Z0-9_-]{1,64}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (const cell of notebook.cells.filter(({ cell_type }) => cell_type === "code")) {
      expect(cell).toMatchObject({ outputs: [], execution_count: null });
    }
  });

  it("has the placeholder of the version in its model settings", async () => {
    expect(await readJson("models/iris-decision-tree/model-settings.json")).toEqual({
      name: "iris-decision-tree",
      implementation: "mlserver_sklearn.SKLearnModel",
      parameters: { uri: "iris-decision-tree.joblib", version: "$VERSION" },
    });
  });

  it("runs send_model for tags only", async () => {
    const { send_model } = parse(await text("models/iris-decision-tree/.gitlab-ci.yml"));
    expect(send_model.rules).toEqual([{ if: "$CI_COMMIT_TAG" }]);
  });
});

describe("the server repository", () => {
  it("deploys the default branch, or every branch where DEPLOY_ON says so, one at a time", async () => {
    const { deploy_heroku } = parse(await text("image/.gitlab-ci.yml"));
    expect(deploy_heroku.resource_group).toBe("heroku");
    expect(deploy_heroku.rules).toEqual([
      { if: "$CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" },
      { if: '$CI_COMMIT_BRANCH && $DEPLOY_ON == "everyCommit"' },
    ]);
  });

  it("has a deploy script that says which variables are missing, and why", async () => {
    const { code, err } = await tryRun("sh", [join(root, "image/ci/deploy.sh")], {
      env: {
        PATH: process.env.PATH,
        HEROKU_APP: "app",
        CI_COMMIT_REF_NAME: "try",
        CI_COMMIT_REF_PROTECTED: "false",
      },
    });
    expect(code).toBe(1);
    expect(err).toBe(
      `deploy: these CI/CD variables are not set: HEROKU_API_KEY RUNTIME_IMAGE
The branch "try" is not protected, and protected variables reach pipelines of protected branches only.
`,
    );
  });

  it("keeps no model file in git", async () => {
    expect(await run("git", ["-C", root, "ls-files", "*.joblib"])).toBe("");
  });
});

describe("the locks", () => {
  it.each(["sklearn", "lightgbm"])("of %s have a hash for every package", async (runtime) => {
    const lock = await text(`image/runtime/requirements/${runtime}.txt`);
    const entries = lock.split(/^(?=[a-z0-9._-]+==)/m).filter((entry) => entry.includes("=="));
    expect(entries.length).toBeGreaterThan(40);
    for (const entry of entries) expect(entry, entry.split("\n")[0]).toMatch(/--hash=sha256:[0-9a-f]{64}/);
  });

  it("agree on every package that both have", async () => {
    const [sklearn, lightgbm] = await Promise.all(
      ["sklearn", "lightgbm"].map((runtime) => pins(`image/runtime/requirements/${runtime}.txt`)),
    );
    for (const [name, version] of sklearn ?? []) {
      expect(lightgbm?.get(name) ?? version, name).toBe(version);
    }
  });
});

describe("the scripts", () => {
  it("are proper bash", async () => {
    const folders = [
      "image/ci",
      "image/runtime/build",
      "image/runtime/requirements",
      "models/iris-decision-tree/ci",
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
