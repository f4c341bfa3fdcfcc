/**
 * Gives an empty GitLab repository its first commit from a template folder; a branch that exists is left
 * alone, since from then on the repository belongs to the people and pipelines that push to it. The exception is
 * the folder with the sources of the runtime image, where the repository's pipeline builds it: it follows the stack's.
 */
import { cp, mkdtemp, rename as move, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { main, variable } from "./command.ts";
import { type Author, commitAll, git, type Repository, remoteBranch } from "./git.ts";
import { bringRuntime, RUNTIME_FOLDER } from "./runtime-sources.ts";
import { belongs, contentHash } from "./template.ts";

export interface Seed {
  readonly branch: string;
  readonly commit: string;
  /** Whether this run made the first commit. */
  readonly seeded: boolean;
  /** The runtime's sources that the stack put there last, as `contentHash` has them; none where it never did. */
  readonly runtime?: string | undefined;
}

export interface SeedRequest {
  readonly repository: Repository;
  readonly branch: string;
  readonly template: string;
  /** Folder whose files the repository has too, where the template has none at that place. */
  readonly common?: string | undefined;
  /** What the files are to call themselves; the template's own name changes nothing. */
  readonly name: string;
  readonly author: Author;
  /** Folder with the sources of the runtime image, where the repository's pipeline is to build it. */
  readonly runtime?: string | undefined;
  /** What an earlier run returned. */
  readonly previous?: Seed | undefined;
}

export async function seed(request: SeedRequest): Promise<Seed> {
  const { repository, branch, template, common, author, runtime } = request;
  const put = runtime === undefined ? request.previous?.runtime : await contentHash(runtime);
  const existing = await remoteBranch(repository, branch);
  if (existing) {
    const previous = request.previous?.runtime;
    const commit =
      runtime === undefined
        ? existing
        : await bringRuntime({ repository, branch, source: runtime, previous, author });
    return { branch, commit, seeded: false, runtime: put };
  }
  const folder = await mkdtemp(join(tmpdir(), "seed-"));
  try {
    await cp(template, folder, { recursive: true, filter: belongs });
    await rename(folder, basename(template), request.name);
    // Afterwards, because it names no model: nothing in it is to be renamed.
    if (common) {
      await cp(common, folder, { recursive: true, force: false, filter: belongs });
    }
    if (runtime) await cp(runtime, join(folder, RUNTIME_FOLDER), { recursive: true, filter: belongs });
    const run = (...args: string[]) => git(args, { token: repository.token, cwd: folder });
    await run("init", "--quiet", `--initial-branch=${branch}`);
    const message = `Start from the template ${basename(template)}`;
    await commitAll({ token: repository.token, cwd: folder, path: ".", author, message });
    // The stack starts the first release itself, with the variables in place; no pipeline for this commit.
    await run("push", "--quiet", "-o", "ci.skip", repository.url, `${branch}:refs/heads/${branch}`);
    return { branch, commit: await run("rev-parse", "HEAD"), seeded: true, runtime: put };
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

if (import.meta.main) {
  await main(async () => {
    const before = process.env.PULUMI_COMMAND_STDOUT;
    return seed({
      repository: { url: variable("REPOSITORY_URL"), token: variable("GITLAB_TOKEN") },
      branch: variable("BRANCH"),
      template: variable("TEMPLATE"),
      common: process.env.COMMON,
      name: variable("NAME"),
      author: { name: variable("GIT_USER_NAME"), email: variable("GIT_USER_EMAIL") },
      runtime: process.env.RUNTIME,
      previous: before ? JSON.parse(before) : undefined,
    });
  });
}
