/** Models that cannot be loaded: each is named, and the container ends or serves the others, as it is told. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import {
  addPythonModel,
  buildServer,
  cleanUp,
  inferPath,
  iris,
  post,
  ready,
  root,
  start,
} from "./support.ts";

let image: string;

const settings = (name: string, more: object = {}) =>
  JSON.stringify({
    name,
    implementation: "mlserver_sklearn.SKLearnModel",
    parameters: { uri: "model.joblib", version: "v1" },
    ...more,
  });

/** What is wrong with each broken model, and what the log has to say. */
const broken: Record<string, { files: Record<string, string>; logged: string }> = {
  "no-joblib": {
    files: { "model-settings.json": settings("no-joblib"), "model.joblib": "this is no joblib file" },
    logged: "Model no-joblib version v1 in models/no-joblib cannot be loaded",
  },
  "no-file": {
    files: { "model-settings.json": settings("no-file") },
    logged: "Model no-file version v1 in models/no-file cannot be loaded: InvalidModelURI",
  },
  "no-json": {
    files: { "model-settings.json": '{"name": ' },
    logged: "Model in models/no-json cannot be loaded",
  },
  "no-runtime": {
    files: {
      "model-settings.json": settings("no-runtime", { implementation: "mlserver_lightgbm.LightGBMModel" }),
      "model.joblib": "",
    },
    logged: "add lightgbm to the stack's setting mlserverRuntimes",
  },
  twice: {
    files: {
      "model-settings.json": settings("iris-dtc", {
        parameters: { uri: "../iris-dtc/1.0/iris-dtc-1.0.joblib", version: "1.0" },
      }),
    },
    logged: "ValueError: models/iris-dtc/1.0 is the same model in the same version",
  },
};

beforeAll(async () => {
  image = await buildServer(async (folder) => {
    for (const [name, { files }] of Object.entries(broken)) {
      await mkdir(join(folder, "models", name));
      for (const [file, text] of Object.entries(files)) {
        await writeFile(join(folder, "models", name, file), text);
      }
    }
    await addPythonModel(
      folder,
      "raises",
      "from mlserver import MLModel\nclass Model(MLModel):\n    async def load(self):\n        raise OSError('no such thing')\n",
    );
  });
}, 600_000);

afterAll(async () => cleanUp(image), 60_000);

const lines = [...Object.values(broken).map(({ logged }) => logged), "OSError: no such thing"];

describe("models that cannot be loaded", () => {
  it("are all named in the log and end the container with code 1", async () => {
    const container = await start(image);
    expect(await container.ended()).toBe(1);
    const log = await container.logs();
    for (const line of lines) expect(log).toContain(line);
    expect(log).toContain("6 of 7 models cannot be loaded");
    expect(log).toContain("serve: MLServer ended by itself with code 1");
  });

  it("are left out where BROKEN_MODELS is skip, and the others are served", async () => {
    const container = await start(image, ["--env", "BROKEN_MODELS=skip"]);
    await ready(container);
    expect((await post(container, inferPath, iris)).status).toBe(200);
    const log = await container.logs();
    for (const line of lines) expect(log).toContain(line);
    expect(log).toContain("Serving without 6 of 7 models");
    for (const name of ["no-joblib", "no-file", "no-json", "no-runtime", "raises"]) {
      const response = await container.fetch(`/mlapi/v2/models/${name}/ready`);
      expect([name, response.status]).toEqual([name, 404]);
      expect(await response.json()).toEqual({ error: `Model ${name} not found` });
    }
  });
});

describe("a model that is too large for the memory", () => {
  it("is named, with the memory that there is", async () => {
    const large = await buildServer((folder) =>
      addPythonModel(
        folder,
        "large",
        "from mlserver import MLModel\nclass Model(MLModel):\n    async def load(self):\n        self.parameters = bytearray(b'1' * 600_000_000)\n        return True\n",
      ),
    );
    try {
      const container = await start(large, ["--memory-swap", "512m"]);
      expect(await container.ended()).toBe(137);
      const log = await container.logs();
      expect(log).toContain(
        "serve: Model large version 1 in models/large cannot be loaded: the memory of 512 MB is used up, and the kernel ended MLServer.",
      );
      expect(log).not.toContain("unbound variable");
    } finally {
      await cleanUp(large);
    }
  });
});

describe("a model that takes too long", () => {
  it("is the one that the deploy job's check names, not those that wait for it", async () => {
    const slow = await buildServer((folder) =>
      addPythonModel(
        folder,
        "slow",
        "import time\nfrom mlserver import MLModel\nclass Model(MLModel):\n    async def load(self):\n        time.sleep(90)\n        return True\n",
      ),
    );
    try {
      const container = await start(slow);
      const script = await readFile(join(root, "image/repository/ci/check-models.py"), "utf8");
      const { code, stderr } = await runToEnd("docker", ["exec", "-i", container.id, "python", "-"], {
        input: script.replace("LIMIT = 55", "LIMIT = 8"),
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^Model slow version 1 in models\/slow cannot be loaded in time: it has been loading for \d+ seconds, and all models together have 8$/m,
      );
    } finally {
      await cleanUp(slow);
    }
  });
});

describe("versions of a model", () => {
  it("the newest answers a request that names none: v1.0.10 is newer than v1.0.9", async () => {
    const versions = await buildServer(async (folder) => {
      const starter = join(folder, "models/iris-dtc/1.0");
      const model = await readFile(join(starter, "iris-dtc-1.0.joblib"));
      await rm(join(folder, "models/iris-dtc"), { recursive: true });
      for (const version of ["v1.0.9", "v1.0.10", "v1.0.2"]) {
        const place = join(folder, `models/iris-${version}`);
        await mkdir(place);
        await writeFile(join(place, "model.joblib"), model);
        await writeFile(
          join(place, "model-settings.json"),
          settings("iris", { parameters: { uri: "model.joblib", version } }),
        );
      }
    });
    try {
      const container = await start(versions);
      await ready(container);
      const response = await post(container, "/mlapi/v2/models/iris/infer", iris);
      expect(await response.json()).toMatchObject({ model_name: "iris", model_version: "v1.0.10" });
      const metadata = (await (await container.fetch("/mlapi/v2/models/iris")).json()) as {
        versions: string[];
      };
      expect(metadata.versions.sort()).toEqual(["v1.0.10", "v1.0.2", "v1.0.9"]);
    } finally {
      await cleanUp(versions);
    }
  });
});
