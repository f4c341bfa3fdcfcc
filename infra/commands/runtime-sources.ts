import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Author, commitAll, git, type Repository, remoteBranch } from "./git.ts";
import { belongs, contentHash } from "./template.ts";

/** The folder of the server's repository that its pipeline builds the runtime image of. */
export const RUNTIME_FOLDER = "runtime";

/** The job script that does it. A repository that an older version of the template made has none. */
const BUILD_SCRIPT = "ci/build-runtime.sh";

export interface RuntimeRequest {
  readonly repository: Repository;
  readonly branch: string;
  /** Folder of this repository with the sources, `image/runtime`. */
  readonly source: string;
  /** What the stack put into the repository last, as `contentHash` has it. */
  readonly previous?: string | undefined;
  readonly author: Author;
}

/** A push that somebody else's was faster than is made again on top of theirs, so many times. */
const TRIES = 3;

/**
 * Brings the runtime's sources into a repository that has commits already: one more commit, where they differ, that
 * changes nothing but their folder. It starts no pipeline.
 * @returns the commit that the branch is at
 * @throws where somebody else changed that folder, or the repository has no job that builds it
 */
export async function bringRuntime(request: RuntimeRequest): Promise<string> {
  for (let tries = 1; ; tries++) {
    const commit = await commitRuntime(request, tries === TRIES);
    if (commit) return commit;
  }
}

/** @returns the commit that the branch is at; none where somebody else's push was faster, unless it is the last try */
async function commitRuntime(request: RuntimeRequest, last: boolean): Promise<string | undefined> {
  const { repository, branch, source, previous, author } = request;
  const { url, token } = repository;
  const folder = await mkdtemp(join(tmpdir(), "runtime-"));
  const run = (...args: string[]) => git(args, { token, cwd: folder });
  try {
    await git(["clone", "--quiet", "--depth=1", `--branch=${branch}`, "--", url, folder], { token });
    const base = await run("rev-parse", "HEAD");
    const target = join(folder, RUNTIME_FOLDER);
    const found = existsSync(target) ? await contentHash(target) : undefined;
    if (found === (await contentHash(source))) return base;
    refuseToOverwrite(url, found, previous);
    if (!existsSync(join(folder, BUILD_SCRIPT))) {
      throw new Error(
        `The server's repository ${url} has no ${BUILD_SCRIPT}: an older version of the template made it, and its ` +
          "pipeline cannot build the runtime image.\nTake .gitlab-ci.yml and ci/ from image/repository/ into it, " +
          "commit and push. Then run `npx pulumi up` again. Or keep building on this machine: " +
          "pulumi config set mlops:firstRelease local",
      );
    }
    await rm(target, { recursive: true, force: true });
    await cp(source, target, { recursive: true, filter: belongs });
    const message = "Take over the sources of the runtime image";
    await commitAll({ token, cwd: folder, path: RUNTIME_FOLDER, author, message });
    try {
      await run("push", "--quiet", "-o", "ci.skip", url, `HEAD:refs/heads/${branch}`);
    } catch (error) {
      if (last || (await remoteBranch(repository, branch)) === base) throw error;
      return undefined;
    }
    return await run("rev-parse", "HEAD");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The folder is the stack's as long as nobody else writes to it; then it is that person's decision. */
function refuseToOverwrite(url: string, found: string | undefined, previous: string | undefined): void {
  if (found === undefined || found === previous) return;
  throw new Error(
    `The folder ${RUNTIME_FOLDER}/ of ${url} is not what the stack put there, and it is not overwritten.\n` +
      "Either bring those changes into image/runtime/ of this repository, so that both are the same, or delete the " +
      `folder ${RUNTIME_FOLDER}/ in that repository: the stack then fills it again. Then run \`npx pulumi up\`.`,
  );
}
