/** One layer for each model: a new version moves its own files alone, from whatever machine it is deployed. */
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import { buildImage, buildRuntime, cleanUp, docker, root, run, withRepository } from "./support.ts";

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

  it("are few enough for Heroku, with the runtime's, however many models there are", async () => {
    await withRepository(async (folder, runtime) => {
      for (let index = 0; index < 150; index++) await addVersion(folder, `iris-v1.0.${index}`);
      await modelLayers(folder, runtime);
      const image = images.at(-1) ?? "";
      expect((await layersOf(image)).length).toBeLessThanOrEqual(40);
      const list = await docker("run", "--rm", image, "sh", "-c", "ls -d models/iris-v1.0.* | wc -l");
      expect(list).toBe("150");
    });
  });
});

describe("the context of the models' layers", () => {
  const script = join(root, "image/runtime/rootfs/opt/server/model_layers.py");
  // What the script makes of models, in one run: the digests of the archives that it would add, of each list of files.
  const driver = `
import hashlib, importlib.util, io, json, sys, tarfile
sys.path.insert(0, "/opt/server")  # what the script imports
spec = importlib.util.spec_from_loader("layers", loader=None)
module = importlib.util.module_from_spec(spec)
cases = json.loads(sys.stdin.readline())
exec(compile(sys.stdin.read(), "model_layers.py", "exec"), module.__dict__)
def layers(files, below):
    source, target = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=source, mode="w") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    source.seek(0)
    module.main("runtime", source, target, below)
    target.seek(0)
    with tarfile.open(fileobj=target) as context:
        return [hashlib.sha256(context.extractfile(entry).read()).hexdigest()
                for entry in context if entry.name != "Dockerfile"]
print(json.dumps([layers(files, below) for files, below in cases]))
`;

  type Files = Record<string, string>;
  const models = (count: number): Files =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`models/m${index}/model-settings.json`, `{"n":${index}}`]),
    );

  /** Runs the script on lists of files, each with the number of layers that the runtime has. */
  async function layers(...cases: Array<[Files, number]>): Promise<string[][]> {
    const input = `${JSON.stringify(cases)}\n${await readFile(script, "utf8")}`;
    const args = ["run", "--rm", "-i", "--network", "none", await buildRuntime(), "python", "-c", driver];
    return JSON.parse(await run("docker", args, { input })) as string[][];
  }

  const added = (before: string[], after: string[]) => after.filter((one) => !before.includes(one)).length;

  it("pushes little for a model more, at every number of models", async () => {
    const made = await layers(
      ...Array.from({ length: 60 }, (_, count): [Files, number] => [models(count + 1), 9]),
    );
    const growths = made.slice(1).map((after, index) => added(made[index] ?? [], after));
    expect(Math.max(...growths)).toBeLessThanOrEqual(3);
    expect(growths.slice(0, 22)).toEqual(Array(22).fill(1));
    expect(Math.max(...made.map((one) => one.length + 9))).toBeLessThanOrEqual(40);
  });

  it("pushes little for a model less or another content, and nothing for another runtime", async () => {
    const all = models(50);
    const { "models/m20/model-settings.json": _, ...less } = all;
    const changed = { ...all, "models/m20/model-settings.json": "{}" };
    const [before = [], without = [], other = [], below = []] = await layers(
      [all, 9],
      [less, 9],
      [changed, 9],
      [all, 14],
    );
    expect(added(before, without)).toBeLessThanOrEqual(3);
    expect(added(before, other)).toBe(1);
    expect(below).toEqual(before);
  });

  it("leaves to a large runtime what it has, and says when nothing is left", async () => {
    const [few = []] = await layers([models(50), 38]);
    expect(few).toHaveLength(2);
    await expect(layers([models(1), 40])).rejects.toThrow(
      "the runtime image has 40 layers; with a layer of models, at most 40 can be released",
    );
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

  /** A docker that answers as an engine with the containerd image store does, to a client without buildx. */
  it("says what an engine with the containerd image store needs", async () => {
    await withRepository(async (folder, runtime) => {
      const answers =
        'case $1 in info) echo "[[driver-type io.containerd.snapshotter.v1]]" ;; *) exit 1 ;; esac';
      await writeFile(join(folder, "docker"), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
      const { code, stderr } = await runToEnd("sh", [join(folder, "ci/build-image.sh"), "name"], {
        env: { PATH: `${folder}:${process.env.PATH}`, RUNTIME_IMAGE: runtime },
        extendEnv: false,
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^build-image: this docker engine has the containerd image store, and needs .*buildx/,
      );
      expect(stderr.trim().split("\n")).toHaveLength(1);
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
