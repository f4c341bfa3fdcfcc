/**
 * Releases what is in the server's repository to the Heroku app: the runtime image with a layer of the
 * repository's models. It does what the deploy pipeline does, with the same credential, so that the address
 * answers before any pipeline ran. Ends when the models infer through the app's public address. With argument
 * `keep` it only repeats what it printed last.
 * https://devcenter.heroku.com/articles/container-registry-and-runtime#api
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "../config.ts";
import { heroku } from "../herokuApi.ts";
import { type HttpResponse, request, Unreachable } from "../http.ts";
import { main, tool, variable } from "./command.ts";
import { docker, isLocal, type RegistryLogin, registryOf, withLogins } from "./docker.ts";
import { git, type Repository } from "./git.ts";

/** A model in the repository, as MLServer reads it. */
export interface ServedModel {
  readonly name: string;
  readonly version: string | undefined;
  /** An inference request that the model answers, from `request.json` beside its settings. */
  readonly example: unknown;
}

export interface ReleaseRequest {
  readonly repository: Repository;
  readonly branch: string;
  readonly runtimeImage: string;
  readonly heroku: Account;
  readonly herokuRegistry: string;
  readonly app: string;
  readonly appUrl: string;
}

export interface Release {
  readonly image: string;
  readonly commit: string;
  readonly models: readonly string[];
}

export async function release(ask: ReleaseRequest): Promise<Release> {
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  try {
    const { url, token } = ask.repository;
    await git(["clone", "--quiet", "--depth=1", `--branch=${ask.branch}`, url, folder], { token });
    const commit = await git(["rev-parse", "HEAD"], { token, cwd: folder });
    const models = await servedModels(join(folder, "models"));
    const image = await buildAndPush(ask, folder);
    await heroku(ask.heroku, `release of ${image} to app ${ask.app}`, `/apps/${ask.app}/formation`, {
      method: "PATCH",
      variant: "docker-releases",
      body: { updates: [{ type: "web", docker_image: image }] },
    });
    for (const model of models) await answers(ask.appUrl, model);
    return {
      image,
      commit,
      models: models.map(({ name, version }) => (version ? `${name} ${version}` : name)),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the image with its layer of models, pushes it and returns its id, by which Heroku releases it. */
async function buildAndPush(ask: ReleaseRequest, folder: string): Promise<string> {
  const tag = `${ask.herokuRegistry}/${ask.app}/web`;
  const logins: RegistryLogin[] = [
    { server: registryOf(ask.runtimeImage), username: "oauth2", password: ask.repository.token },
    { server: ask.herokuRegistry, username: "_", password: ask.heroku.token },
  ];
  return withLogins(logins, async (registry) => {
    if (!(await isLocal(ask.runtimeImage))) await registry({}, "pull", "--quiet", ask.runtimeImage);
    const args = ["--quiet", "--build-arg", `RUNTIME_IMAGE=${ask.runtimeImage}`, "--tag", tag];
    // Heroku's registry takes one image per push; an attestation would make it an index.
    await tool("docker", ["build", ...args, "."], {
      cwd: folder,
      env: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
    });
    try {
      await registry({}, "push", "--quiet", tag);
    } catch (error) {
      throw new Error(
        `${error instanceof Error ? error.message : error}\n` +
          "If Heroku's registry denied access, the pipelines' authorization has too narrow a scope: " +
          "pulumi config set --path 'mlops:herokuTokenScopes[0]' global",
      );
    }
    return docker("image", "inspect", "--format", "{{.Id}}", tag);
  });
}

/** The models below a folder, one for each `model-settings.json`. */
export async function servedModels(folder: string): Promise<ServedModel[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const settings = entries
    .filter((entry) => entry.isFile() && entry.name === "model-settings.json")
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    settings.map(async (file) => {
      const { name, parameters } = JSON.parse(await readFile(file, "utf8")) as {
        name: string;
        parameters?: { version?: string };
      };
      const example = await readFile(join(dirname(file), "request.json"), "utf8").catch(ifAbsent);
      return { name, version: parameters?.version, example: example && JSON.parse(example) };
    }),
  );
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** Address of a model behind the app. */
export function modelUrl(appUrl: string, { name, version }: Pick<ServedModel, "name" | "version">): string {
  const path = `mlapi/v2/models/${encodeURIComponent(name)}${version ? `/versions/${encodeURIComponent(version)}` : ""}`;
  return new URL(path, appUrl.endsWith("/") ? appUrl : `${appUrl}/`).href;
}

/**
 * Waits until a model answers: an inference where it has an example, else its own readiness. MLServer's server
 * readiness says nothing here, it is true without any model.
 */
export async function answers(
  appUrl: string,
  model: ServedModel,
  { timeoutMs = 180_000, pauseMs = 1_000 } = {},
): Promise<void> {
  const url = modelUrl(appUrl, model);
  const deadline = Date.now() + timeoutMs;
  let last = "";
  do {
    const response = await ask(url, model.example);
    if (response instanceof Unreachable) last = response.message;
    else if (response.status === 200) return;
    else last = `${response.status} ${response.text.slice(0, 500)}`;
    // The app is up and the model says that the request is wrong: waiting will not change that.
    if (!(response instanceof Unreachable) && response.status === 400) break;
    await sleep(pauseMs);
  } while (Date.now() < deadline);
  throw new Error(
    `The app was released, but model ${model.name} does not answer at ${url}\n` +
      `  last answer: ${last}\n  look at the app's log: heroku logs --tail`,
  );
}

async function ask(url: string, example: unknown): Promise<HttpResponse | Unreachable> {
  try {
    return await (example === undefined
      ? request(`${url}/ready`)
      : request(`${url}/infer`, { method: "POST", body: example, timeoutMs: 30_000 }));
  } catch (error) {
    if (error instanceof Unreachable) return error;
    throw error;
  }
}

if (import.meta.main) {
  await main(async () => {
    if (process.argv[2] === "keep") return JSON.parse(variable("PULUMI_COMMAND_STDOUT"));
    return release({
      repository: { url: variable("REPOSITORY_URL"), token: variable("GITLAB_TOKEN") },
      branch: variable("BRANCH"),
      runtimeImage: variable("RUNTIME_IMAGE"),
      heroku: { url: variable("HEROKU_API_URL"), token: variable("HEROKU_API_KEY") },
      herokuRegistry: variable("HEROKU_REGISTRY"),
      app: variable("HEROKU_APP"),
      appUrl: variable("APP_URL"),
    });
  });
}
