import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Instance, repositoryDir } from "../instance.ts";
import { git } from "./git.ts";

export interface Checkout {
  projectId: number;
  sha: string;
  /** Full name of the ref that holds the commit. */
  ref: string;
  /** 0 for the whole history. */
  depth: number;
  /** Shown as `origin`; without credentials. */
  url: string;
}

/** Checks a commit out into a fresh folder, the way the runner does: shallow, detached. */
export async function checkOut(instance: Instance, folder: string, order: Checkout): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const source = pathToFileURL(repositoryDir(instance, order.projectId)).href;
  const depth = order.depth > 0 ? [`--depth=${order.depth}`] : [];
  const run = (...args: string[]) => git(args, { cwd: folder });
  await run("init", "--quiet", "--template=", "--initial-branch=detached");
  await run("fetch", "--quiet", "--no-tags", ...depth, source, order.sha);
  await run("checkout", "--quiet", "--force", "--detach", order.sha);
  await run("remote", "add", "origin", order.url);
  // Files of this name have no meaning in GitLab, but the tool that runs the jobs would obey them.
  for (const name of [".gitlab-ci-local-env", ".gitlab-ci-local.yml", ".gitlab-ci-local-variables.yml"]) {
    await rm(join(folder, name), { force: true, recursive: true });
  }
}
