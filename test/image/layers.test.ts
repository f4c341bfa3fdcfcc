/** One layer for each model: a new version moves its own files alone, from whatever machine it is deployed. */
import { chmod, cp, mkdir, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import { buildImage, cleanUp, docker, run, withRepository } from "./support.ts";

const images: string[] = [];

afterAll(async () => cleanUp(...images), 60_000);

/** Builds the image of a repository and lists the digests of the layers that it adds to the runtime. */
async function modelLayers(folder: string, runtime: string): Promise<string[]> {
  const image = await buildImage(folder, runtime);
  images.push(image);
  const [all, below] = await Promise.all([layersOf(image), layersOf(runtime)]);
  expect(all.slice(0, below.length)).toEqual(below);
  return all.slice(below.length);
}

async function layersOf(image: string): Promise<string[]> {
  return JSON.parse(
    await docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image),
  ) as string[];
}

const starter = (folder: string) => join(folder, "models/iris-dtc/1.0");

async function addVersion(folder: string, name: string): Promise<void> {
  const place = join(folder, "models", name);
  await cp(starter(folder), place, { recursive: true });
  await writeFile(join(place, "version.txt"), name);
}

describe("the layers of the models", () => {
  it("are one for each model folder, and a new version adds its own alone", async () => {
    await withRepository(async (folder, runtime) => {
      await addVersion(folder, "iris-v1.0.0");
      const before = await modelLayers(folder, runtime);
      expect(before).toHaveLength(2);
      await addVersion(folder, "iris-v1.0.1");
      const after = await modelLayers(folder, runtime);
      expect(after).toHaveLength(3);
      expect(after.filter((layer) => !before.includes(layer))).toHaveLength(1);
    });
  });

  it("are the same for the same files, whatever their times and modes and without docker's cache", async () => {
    await withRepository(async (folder, runtime) => {
      await addVersion(folder, "iris-v1.0.0");
      const first = await modelLayers(folder, runtime);
      const files = await readdir(join(folder, "models"), { recursive: true, withFileTypes: true });
      for (const file of files.filter((entry) => entry.isFile())) {
        const path = join(file.parentPath, file.name);
        await utimes(path, 1_000_000_000, 1_000_000_000);
        await chmod(path, 0o600);
      }
      await run("sh", [join(folder, "ci/build-image.sh"), "tag-to-endpoint.test/again", "--no-cache"], {
        env: { ...process.env, RUNTIME_IMAGE: runtime },
      });
      images.push("tag-to-endpoint.test/again");
      const below = await layersOf(runtime);
      expect((await layersOf("tag-to-endpoint.test/again")).slice(below.length)).toEqual(first);
    });
  });

  it("have what a server needs, readable for any user, and nothing that it has no use for", async () => {
    await withRepository(async (folder, runtime) => {
      await mkdir(join(folder, "models/__pycache__"));
      await writeFile(join(folder, "models/__pycache__/left.pyc"), "left over");
      const image = await buildImage(folder, runtime);
      images.push(image);
      const list = await docker("run", "--rm", image, "find", "models", "-printf", "%M %u %p\n");
      expect(list.split("\n").sort()).toEqual([
        "-rw-r--r-- root models/iris-dtc/1.0/iris-dtc-1.0.joblib",
        "-rw-r--r-- root models/iris-dtc/1.0/model-settings.json",
        "-rw-r--r-- root models/iris-dtc/1.0/request.json",
        "drwxr-xr-x root models",
        "drwxr-xr-x root models/iris-dtc",
        "drwxr-xr-x root models/iris-dtc/1.0",
      ]);
    });
  });

  it("are shared where there are more models than an image may have layers", async () => {
    await withRepository(async (folder, runtime) => {
      for (let index = 0; index < 150; index++) await addVersion(folder, `iris-v1.0.${index}`);
      const before = await modelLayers(folder, runtime);
      expect(before.length).toBeLessThanOrEqual(80);
      await addVersion(folder, "iris-v1.0.150");
      const after = await modelLayers(folder, runtime);
      expect(after.filter((layer) => !before.includes(layer))).toHaveLength(1);
      const image = images.at(-1) ?? "";
      const list = await docker("run", "--rm", image, "sh", "-c", "ls -d models/iris-v1.0.* | wc -l");
      expect(list).toBe("151");
    });
  });
});

describe("build-image.sh", () => {
  const script = (folder: string, args: string[], runtime?: string) =>
    runToEnd("sh", [join(folder, "ci/build-image.sh"), ...args], {
      env: { PATH: process.env.PATH, ...(runtime && { RUNTIME_IMAGE: runtime }) },
      extendEnv: false,
    });

  it("says what is missing", async () => {
    await withRepository(async (folder, runtime) => {
      const usage = await script(folder, []);
      expect([usage.code, usage.stderr]).toEqual([
        64,
        "usage: RUNTIME_IMAGE=... ci/build-image.sh NAME [OPTION ...]\n",
      ]);
      const unset = await script(folder, ["name"]);
      expect([unset.code, unset.stderr]).toEqual([
        64,
        "build-image: RUNTIME_IMAGE is not set: the image with nginx and MLServer.\n",
      ]);
      await rm(join(folder, "models"), { recursive: true });
      const empty = await script(folder, ["name"], runtime);
      expect([empty.code, empty.stderr]).toEqual([
        1,
        "build-image: there is no folder models/ in this repository: there is nothing to serve.\n",
      ]);
    });
  });

  it("does not follow a link out of the repository", async () => {
    await withRepository(async (folder, runtime) => {
      await symlink("/etc/passwd", join(folder, "models/iris-dtc/1.0/passwd"));
      const { code, stderr } = await script(folder, ["name"], runtime);
      expect(code).not.toBe(0);
      expect(stderr).toContain("models/iris-dtc/1.0/passwd is a link; the files of a model must be files");
    });
  });

  it("fails when the runtime image is not there", async () => {
    await withRepository(async (folder) => {
      const { code, stderr } = await script(folder, ["name"], "127.0.0.1:9/not-there");
      expect(code).not.toBe(0);
      expect(stderr).toContain("127.0.0.1:9/not-there");
    });
  });
});
