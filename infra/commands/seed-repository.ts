/**
 * Gives an empty GitLab repository its first commit from a template folder; a branch that exists is left
 * alone, since from then on the repository belongs to the people and pipelines that push to it.
 * Starter models that have a `train.py` are trained inside the runtime image that will serve them.
 */
import { cp, mkdtemp, rename as move, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { runForBytes } from "../../lib/process/run.ts";
import { main, variable } from "./command.ts";
import { isLocal, registryOf, withLogins } from "./docker.ts";
import { git, type Repository, remoteBranch } from "./git.ts";

export interface Seed {
  readonly branch: string;
  readonly commit: string;
  /** Whether this run made the commit. */
  readonly seeded: boolean;
}

export interface SeedRequest {
  readonly repository: Repository;
  readonly branch: string;
  readonly template: string;
  /** Folder whose files the repository has too, where the template has none at that place. */
  readonly common?: string | undefined;
  /** What the files are to call themselves; the template's own name changes nothing. */
  readonly name: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Makes the files that a starter model's `train.py` writes; called with the copied template. */
  readonly train: (folder: string) => Promise<void>;
}

/** What people's machines leave in a folder, and what training writes. */
const leftovers = new Set([".venv", "__pycache__", ".ipynb_checkpoints", ".git", ".DS_Store"]);

/** Whether an entry of a template belongs in the repository. */
export function belongs(path: string): boolean {
  const name = basename(path);
  return !leftovers.has(name) && !name.endsWith(".joblib");
}

export async function seed(request: SeedRequest): Promise<Seed> {
  const { repository, branch, template, common, author } = request;
  const existing = await remoteBranch(repository, branch);
  if (existing) return { branch, commit: existing, seeded: false };
  const folder = await mkdtemp(join(tmpdir(), "seed-"));
  try {
    await cp(template, folder, { recursive: true, filter: belongs });
    await rename(folder, basename(template), request.name);
    // Afterwards, because it names no model: nothing in it is to be renamed.
    if (common) {
      await cp(common, folder, { recursive: true, force: false, filter: belongs });
    }
    await request.train(folder);
    const run = (...args: string[]) => git(args, { token: repository.token, cwd: folder });
    await run("init", "--quiet", `--initial-branch=${branch}`);
    await run("add", "--all");
    await run(
      "-c",
      `user.name=${author.name}`,
      "-c",
      `user.email=${author.email}`,
      "commit",
      "--quiet",
      "--message",
      `Start from the template ${basename(template)}`,
    );
    // The stack makes the first release itself, with the variables in place; no pipeline for this commit.
    await run("push", "--quiet", "-o", "ci.skip", repository.url, `${branch}:refs/heads/${branch}`);
    return { branch, commit: await run("rev-parse", "HEAD"), seeded: true };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Replaces a template's own name by another one, in the names of its files and in their text. */
export async function rename(folder: string, from: string, to: string): Promise<void> {
  if (from === to) return;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    if (content.includes(from) && !content.includes(0)) {
      await writeFile(path, content.toString("utf8").replaceAll(from, to));
    }
    if (entry.name.includes(from)) await move(path, join(entry.parentPath, entry.name.replaceAll(from, to)));
  }
}

/** The `train.py` files below a folder, with the file each one's model settings ask for. */
export async function trainings(folder: string): Promise<Array<{ script: string; output: string }>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const scripts = entries
    .filter((entry) => entry.isFile() && entry.name === "train.py")
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    scripts.map(async (script) => {
      const settings = JSON.parse(await readFile(join(dirname(script), "model-settings.json"), "utf8")) as {
        parameters: { uri: string };
      };
      return { script, output: join(dirname(script), settings.parameters.uri) };
    }),
  );
}

/** Trains the starter models of a folder inside the image, so that training and serving have the same libraries. */
export async function trainInside(image: string, folder: string): Promise<void> {
  for (const { script, output } of await trainings(folder)) {
    const args = ["run", "--rm", "--interactive", "--network", "none", image, "python", "-"];
    await writeFile(output, await runForBytes("docker", args, { input: await readFile(script) }));
  }
}

if (import.meta.main) {
  await main(async () => {
    const token = variable("GITLAB_TOKEN");
    return seed({
      repository: { url: variable("REPOSITORY_URL"), token },
      branch: variable("BRANCH"),
      template: variable("TEMPLATE"),
      common: process.env.COMMON,
      name: variable("NAME"),
      author: { name: variable("GIT_USER_NAME"), email: variable("GIT_USER_EMAIL") },
      async train(folder) {
        const image = process.env.RUNTIME_IMAGE;
        if (!image) return;
        await fetchImage(image, token);
        await trainInside(image, folder);
      },
    });
  });
}

async function fetchImage(image: string, token: string): Promise<void> {
  if (await isLocal(image)) return;
  const login = { server: registryOf(image), username: "oauth2", password: token };
  await withLogins([login], (docker) => docker({}, "pull", "--quiet", image));
}
