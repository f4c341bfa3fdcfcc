import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../gitlab/git/git.ts";

/** What gitlab-ci-local keeps beside a job's files: it is no part of the archive. */
const REPORTS = ".gitlab-ci-reports";
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/**
 * Packs the files of a folder into `<folder>.zip`, for those who ask for a job's artifacts; git packs them, of which
 * this machine has one. Nothing is written where there are no files.
 */
export async function packArtifacts(folder: string): Promise<void> {
  const scratch = await mkdtemp(`${folder}.packing-`);
  try {
    const cwd = join(scratch, "git");
    await mkdir(cwd);
    await git(["init", "--quiet", "--bare"], { cwd });
    // Attributes that the files bring along must not leave any of them out.
    await mkdir(join(cwd, "info"), { recursive: true });
    await writeFile(join(cwd, "info/attributes"), "* -export-ignore -export-subst -text -filter -ident\n");
    const inside = ["-c", "core.bare=false", "--git-dir", cwd, "--work-tree", folder];
    await git([...inside, "add", "--all", "--force", "--", ".", `:(exclude)${REPORTS}`], { cwd: folder });
    const tree = (await git([...inside, "write-tree"], { cwd: folder })).trim();
    if (tree === EMPTY_TREE) return;
    const file = join(scratch, "artifacts.zip");
    await git(["archive", "--format=zip", `--output=${file}`, tree], { cwd });
    await rename(file, `${folder}.zip`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
