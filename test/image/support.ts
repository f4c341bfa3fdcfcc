/** What the image tests share: the images, built once, and containers that are removed whatever happens. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import runtimeEntries from "../../image/runtime/runtimes.json" with { type: "json" };
import { type RunOptions, runToEnd } from "../../lib/process/run.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const label = "tag-to-endpoint.test=image";
const runtimeTag = "tag-to-endpoint.test/runtime";
const localBase = "tag-to-endpoint/base:bookworm-python3.11";

/** A kind of model that an image can be built for; `image/runtime/build/choose.py` says what the fields are. */
export interface Runtime {
  implementation: string;
  extension: string;
  train: string[];
}

/** All of them by name. */
export const runtimes = new Map<string, Runtime>(Object.entries(runtimeEntries));

/** Runs a program that must succeed; what it printed. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with code ${code}\n${stdout}${stderr}`);
  return stdout.trim();
}

export const docker = (...args: string[]) => run("docker", args);

/** The base image of this machine, or the official one. */
export async function baseImage(): Promise<string> {
  if (process.env.MLOPS_BASE_IMAGE) return process.env.MLOPS_BASE_IMAGE;
  const { code } = await runToEnd("docker", ["image", "inspect", localBase]);
  return code === 0 ? localBase : "python:3.11-slim-bookworm";
}

/** Builds the runtime image; docker's cache makes that a matter of a second when nothing changed. */
export async function buildRuntime(runtimes?: string): Promise<string> {
  const tag = runtimes === undefined ? runtimeTag : `${runtimeTag}:${runtimes.replaceAll(" ", "-")}`;
  const options = ["--build-arg", `BASE_IMAGE=${await baseImage()}`, "--tag", tag];
  if (runtimes !== undefined) options.push("--build-arg", `RUNTIMES=${runtimes}`);
  await docker("build", "--quiet", ...options, join(root, "image/runtime"));
  return tag;
}

/** What a server's repository starts with, its starter model trained, in a folder that `work` may use and change. */
export async function withRepository<T>(
  work: (folder: string, runtime: string) => Promise<T>,
  runtimes?: string,
): Promise<T> {
  const runtime = await buildRuntime(runtimes);
  const folder = await mkdtemp(join(tmpdir(), "image test-"));
  try {
    for (const part of ["ci", "models"]) {
      await cp(join(root, "image/repository", part), join(folder, part), { recursive: true });
    }
    const starter = join(folder, "models/iris-dtc/1.0");
    await train(runtime, await readFile(join(starter, "train.py")), join(starter, "iris-dtc-1.0.joblib"));
    return await work(folder, runtime);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a script that writes a model to its standard output, inside the image that will serve it, as the stack does. */
export async function train(runtime: string, script: Buffer | string, output: string): Promise<void> {
  const command = 'docker run --rm -i --network none "$0" python - > "$1"';
  await run("sh", ["-c", command, runtime, output], { input: script });
}

/** Puts a model that is written in Python, `model.py` with a class `Model`, into a repository's folder. */
export async function addPythonModel(folder: string, name: string, code: string): Promise<void> {
  const place = join(folder, "models", name);
  await mkdir(place, { recursive: true });
  // MLServer imports it from the model's own folder, so its module needs a name of its own.
  const module = name.replaceAll("-", "_");
  await writeFile(join(place, `${module}.py`), code);
  const settings = { name, implementation: `${module}.Model`, parameters: { version: "1" } };
  await writeFile(join(place, "model-settings.json"), JSON.stringify(settings));
}

/** The chapter's request: one flower, which is a setosa (class 0). */
export { default as iris } from "../../image/repository/models/iris-dtc/1.0/request.json" with {
  type: "json",
};

/** Path of the starter model's answers. */
export const inferPath = "/mlapi/v2/models/iris-dtc/versions/1.0/infer";

let built = 0;

/** Builds the image of a repository's folder with the repository's own script; removed by the caller. */
export async function buildImage(folder: string, runtime: string): Promise<string> {
  const tag = `tag-to-endpoint.test/server:${process.pid}-${++built}`;
  await run("sh", [join(folder, "ci/build-image.sh"), tag], {
    env: { ...process.env, RUNTIME_IMAGE: runtime },
  });
  return tag;
}

/** The image of the runtime and the starter models, which `change` may alter first; removed by the caller. */
export async function buildServer(
  change: (folder: string, runtime: string) => Promise<void> = async () => {},
  runtimes?: string,
): Promise<string> {
  return withRepository(async (folder, runtime) => {
    await change(folder, runtime);
    return buildImage(folder, runtime);
  }, runtimes);
}

export interface Container {
  readonly id: string;
  readonly url: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  logs(): Promise<string>;
  exec(...command: string[]): Promise<string>;
  /** Waits for its end; the exit code. */
  ended(): Promise<number>;
}

/** Starts a container with a port of chance, as Heroku does; `options` are further arguments of `docker run`. */
export async function start(image: string, options: readonly string[] = []): Promise<Container> {
  const port = 3000 + Math.floor(Math.random() * 50_000);
  const publish = ["--env", `PORT=${port}`, "--publish", `127.0.0.1::${port}`];
  const id = await docker(
    "run",
    "--detach",
    "--label",
    label,
    "--memory",
    "512m",
    ...publish,
    ...options,
    image,
  );
  const address = (await docker("port", id, `${port}/tcp`)).split("\n")[0];
  const url = `http://${address}`;
  return {
    id,
    url,
    fetch: (path, init) => fetch(url + path, init),
    logs: async () => {
      const { stdout, stderr } = await runToEnd("docker", ["logs", id]);
      return stdout + stderr;
    },
    exec: (...command) => docker("exec", id, ...command),
    ended: async () => Number(await docker("wait", id)),
  };
}

/** Waits until the port of a container is open, which is when its models are loaded. */
export async function ready(container: Container, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      const { status } = await container.fetch("/mlapi/v2/health/ready");
      if (status === 200) return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    if (Date.now() > deadline) throw new Error(`not ready after ${timeoutMs} ms\n${await container.logs()}`);
    await sleep(50);
  }
}

/** Removes this test run's containers, and the given images. */
export async function cleanUp(...images: Array<string | undefined>): Promise<void> {
  const ids = await docker("ps", "--all", "--quiet", "--filter", `label=${label}`);
  if (ids) await docker("rm", "--force", ...ids.split("\n"));
  for (const image of images) if (image) await docker("rmi", "--force", image);
}

/** The process id inside a container of the program whose command line has this text. */
export async function processOf(container: Container, text: string): Promise<string> {
  const script = `for d in /proc/[0-9]*; do
    if tr '\\0' ' ' < $d/cmdline 2>/dev/null | grep -q -- "${text}" && [ "\${d#/proc/}" != $$ ]; then echo "\${d#/proc/}"; break; fi
  done`;
  const pid = await container.exec("bash", "-c", script);
  if (!/^\d+$/.test(pid)) throw new Error(`no process "${text}" in the container`);
  return pid;
}

export async function post(container: Container, path: string, body: unknown): Promise<Response> {
  return container.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(join(root, path), "utf8"));
}
