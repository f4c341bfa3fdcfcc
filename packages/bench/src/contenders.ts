import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { command, images, root, tryCommand } from "@tag-to-endpoint/toolchain";
import type { Run } from "./run.ts";

const bench = path.join(root, "packages/bench");
const image = path.join(root, "image/repository");
const starter = path.join(image, "models/iris-dtc/1.0");

/** One of the two images that are compared. */
export interface Contender {
  side: "chapter" | "ours";
  /** The image that its first layers come from, which it does not answer for. */
  base: string;
  /** What that base is, in words. */
  baseKind: string;
  /** What an engine with nothing in its cache pulls before it can build the image. */
  pulledFirst: string;
  /** Port of MLServer within the container. */
  directPort: number;
  /** Whether nginx opens its port only when MLServer answers; else it answers 502 in the meantime. */
  opensWhenReady: boolean;
  /** Builds the image with that many models, from the cache or (the chapter's pipeline) without. */
  build(models: number, options?: { noCache?: boolean }): Promise<string>;
  /** Its image without models, able to serve scikit-learn and LightGBM; the chapter's always is. */
  buildWithLightGbm(): Promise<string>;
}

/** The request that every measurement sends. */
export const irisRequest = JSON.stringify(
  JSON.parse(readFileSync(path.join(starter, "request.json"), "utf8")),
);

/** The class of that flower (setosa), as it stands in a right answer of either image. */
export const irisAnswer = '"data":[0]';

/** Path of a model version below MLServer's root. */
export const inferPath = (version: number) => `/v2/models/iris-dtc/versions/${version}.0/infer`;

/** The chapter's image, on the image that the chapter names or on what stands for it. */
export async function chapter(run: Run): Promise<Contender> {
  const recipe = path.join(bench, "chapter");
  const { base, baseKind } = await chapterBase(run);
  const empty = `tag-to-endpoint/bench-chapter:${await contentOf(run, base, recipe)}`;
  const folder = path.join(run.folder, "chapter");
  copyChapterImage(folder);
  mkdirSync(path.join(folder, "models"));
  const build = async (tag: string, noCache = false) => {
    await run.docker([
      ...["build", "--quiet", "--force-rm", "--build-arg", `BASE_IMAGE=${base}`],
      ...[...(noCache ? ["--no-cache"] : []), "--tag", tag, folder],
    ]);
    return tag;
  };
  await unlessThere(run, empty, "the chapter's image", () => build(empty));
  const model = await train(run, empty);
  return {
    ...{ side: "chapter", base, baseKind, pulledFirst: base, directPort: 8080, opensWhenReady: false },
    buildWithLightGbm: async () => empty,
    build(models, options) {
      writeModels(folder, models, model);
      return build(run.imageName(`chapter-${models}`), options?.noCache);
    },
  };
}

/** Copies the files of the chapter's image to a folder, and what belongs to its pipelines not. */
export function copyChapterImage(folder: string): void {
  const recipe = path.join(bench, "chapter");
  mkdirSync(folder, { recursive: true });
  for (const { name } of filesIn(recipe)) cpSync(path.join(recipe, name), path.join(folder, name));
}

/** The project's image: the runtime, and models on it as the deploy job of the server's repository adds them. */
export async function ours(run: Run): Promise<Contender> {
  const recipe = path.join(root, "image/runtime");
  const content = await contentOf(run, images.base, recipe);
  const build = async (tag: string, what: string, options: string[]) => {
    await unlessThere(run, tag, what, () =>
      run.docker([
        ...["build", "--quiet", "--force-rm", "--build-arg", `BASE_IMAGE=${images.base}`, ...options],
        ...["--tag", tag, recipe],
      ]),
    );
    return tag;
  };
  const runtime = await build(`tag-to-endpoint/bench-runtime:${content}`, "our runtime image", []);
  const folder = path.join(run.folder, "ours");
  cpSync(path.join(image, "ci"), path.join(folder, "ci"), { recursive: true });
  const model = await train(run, runtime);
  return {
    ...{ side: "ours", base: images.base, baseKind: "the project's base image", pulledFirst: runtime },
    ...{ directPort: 8080, opensWhenReady: true },
    buildWithLightGbm: () =>
      build(`tag-to-endpoint/bench-runtime:${content}-lightgbm`, "our runtime image with LightGBM", [
        ...["--build-arg", "RUNTIMES=sklearn lightgbm"],
      ]),
    async build(models) {
      const tag = run.imageName(`ours-${models}`);
      writeModels(folder, models, model);
      // As the deploy job does it.
      const env = { ...process.env, RUNTIME_IMAGE: runtime };
      await command("sh", [path.join(folder, "ci/build-image.sh"), tag], { env, signal: run.signal });
      return tag;
    },
  };
}

/** The load generator. */
export async function client(run: Run): Promise<string> {
  const recipe = path.join(bench, "client");
  const tag = `tag-to-endpoint/bench-client:${await contentOf(run, images.base, recipe)}`;
  await unlessThere(run, tag, "the load generator", () =>
    run.docker([
      "build",
      "--quiet",
      "--force-rm",
      "--build-arg",
      `BASE_IMAGE=${images.base}`,
      "-t",
      tag,
      recipe,
    ]),
  );
  return tag;
}

/** What the chapter's deploy job runs in, on the docker client's image of this machine. */
export async function chapterDockerImage(run: Run, client: string): Promise<string> {
  const recipe = path.join(bench, "chapter/heroku");
  const tag = `tag-to-endpoint/bench-chapter-docker:${await contentOf(run, client, recipe)}`;
  await unlessThere(run, tag, "what the chapter's deploy job runs in", () =>
    run.docker(["build", "--quiet", "--force-rm", "--build-arg", `BASE_IMAGE=${client}`, "-t", tag, recipe]),
  );
  return tag;
}

/** The image that the chapter names, or what stands for it. */
export async function chapterBase(run: Run): Promise<{ base: string; baseKind: string }> {
  const official = "python:3.10.4";
  const pull = await tryCommand("docker", ["pull", "--quiet", official], {
    timeoutSeconds: 300,
    signal: run.signal,
  });
  if (pull.code === 0) return { base: official, baseKind: "the chapter's base image" };
  const recipe = path.join(bench, "chapter-base.Dockerfile");
  const base = `tag-to-endpoint/bench-chapter-base:${await contentOf(run, images.base, recipe)}`;
  await unlessThere(run, base, `what stands for ${official} (no image hub is reachable)`, () =>
    run.docker(
      ["build", "--quiet", "--force-rm", "--build-arg", `BASE_IMAGE=${images.base}`, "-t", base, "-"],
      {
        input: readFileSync(recipe, "utf8"),
      },
    ),
  );
  return { base, baseKind: `stand-in of ${official}` };
}

/** A tag that changes with the files of a recipe and with its base, so that the image can be kept between runs. */
async function contentOf(run: Run, base: string, recipe: string): Promise<string> {
  const hash = createHash("sha256").update(await run.docker(["inspect", "--format", "{{.Id}}", base]));
  for (const file of filesOf(recipe))
    hash.update(`${path.relative(recipe, file)}\0`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

function filesOf(recipe: string): string[] {
  if (recipe.endsWith("Dockerfile")) return [recipe];
  if (recipe === path.join(bench, "chapter"))
    return filesIn(recipe).map(({ name }) => path.join(recipe, name));
  return readdirSync(recipe, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** The files that lie in a folder itself. */
const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());

async function unlessThere(
  run: Run,
  tag: string,
  what: string,
  build: () => Promise<unknown>,
): Promise<void> {
  const there = (await run.docker(["images", "--quiet", tag])).trim() !== "";
  if (there) return;
  run.say(`building ${what}; it is kept as ${tag}`);
  await build();
}

/** The decision tree, trained with the image's own scikit-learn; a joblib file. */
async function train(run: Run, withoutModels: string): Promise<Buffer> {
  const script =
    "import base64, subprocess, sys; sys.stdout.write(base64.b64encode(subprocess.run(" +
    "[sys.executable, '-'], stdin=sys.stdin, stdout=subprocess.PIPE, check=True).stdout).decode())";
  const encoded = await run.docker(
    [
      "run",
      ...run.label,
      "--rm",
      "--interactive",
      "--network",
      "none",
      withoutModels,
      "python",
      "-c",
      script,
    ],
    { input: readFileSync(path.join(starter, "train.py"), "utf8") },
  );
  return Buffer.from(encoded, "base64");
}

/** `models/iris-dtc/1.0` to `models/iris-dtc/<count>.0`, each a model folder as the chapter lays it out. */
function writeModels(folder: string, count: number, model: Buffer): void {
  const models = path.join(folder, "models");
  if (existsSync(models)) rmSync(models, { recursive: true });
  for (let version = 1; version <= count; version++) {
    const target = path.join(models, `iris-dtc/${version}.0`);
    mkdirSync(target, { recursive: true });
    const settings = readFileSync(path.join(starter, "model-settings.json"), "utf8").replaceAll(
      "1.0",
      `${version}.0`,
    );
    writeFileSync(path.join(target, "model-settings.json"), settings);
    writeFileSync(path.join(target, `iris-dtc-${version}.0.joblib`), model);
  }
}
