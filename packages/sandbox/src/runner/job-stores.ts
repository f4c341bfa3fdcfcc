import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { packArtifacts } from "./archive.ts";
import { type JobFolder, toolName } from "./job-files.ts";

const run = promisify(execFile);

/** Where a job's caches and artifacts are kept when it is over. */
export interface Stores {
  /** Caches of the project, one folder a key. */
  cache: string;
  /** Artifacts of the pipeline, one folder a job. */
  artifacts: string;
}

const local = (folder: JobFolder, kind: "cache" | "artifacts") =>
  join(folder.source, ".gitlab-ci-local", kind);

/** Copies by hard links: it takes no space, and a file that is replaced in one copy stays in the other. */
async function copyLinks(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  await run("cp", ["-al", "--", `${from}/.`, to]);
}

// Jobs of one project may run at the same time: a cache is read and replaced as a whole.
let turn: Promise<unknown> = Promise.resolve();
function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work, work);
  turn = result.catch(() => undefined);
  return result;
}

/** Brings the project's caches and the producers' artifacts to where gitlab-ci-local looks for them. */
export async function importStores(folder: JobFolder, stores: Stores, producers: number[]): Promise<void> {
  await oneAtATime(async () => {
    if (existsSync(stores.cache)) await copyLinks(stores.cache, local(folder, "cache"));
  });
  for (const name of producers.map(toolName)) {
    const from = join(stores.artifacts, name);
    if (existsSync(from)) await copyLinks(from, join(local(folder, "artifacts"), name));
  }
}

/** Keeps the caches that the job has made (`keys`) and its artifacts. */
export async function exportStores(
  folder: JobFolder,
  stores: Stores,
  jobId: number,
  keys: string[],
): Promise<void> {
  await oneAtATime(async () => {
    for (const key of keys.filter((name) => !name.split("/").includes(".."))) {
      const from = join(local(folder, "cache"), key);
      if (existsSync(from)) await replace(from, join(stores.cache, key));
    }
  });
  const own = join(local(folder, "artifacts"), toolName(jobId));
  if (existsSync(own) && readdirSync(own).length > 0) {
    const kept = join(stores.artifacts, toolName(jobId));
    await replace(own, kept);
    await packArtifacts(kept);
  }
}

/** The variables of a job's dotenv report: https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv */
export function dotenvReport(stores: Stores, jobId: number): Record<string, string> {
  const folder = join(stores.artifacts, toolName(jobId), ".gitlab-ci-reports", "dotenv");
  if (!existsSync(folder)) return {};
  const result: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    // Links that the job made are not followed.
    if (!entry.isFile()) continue;
    for (const line of readFileSync(join(entry.parentPath, entry.name), "utf8").split("\n")) {
      const match = /^([A-Za-z0-9_]+)=(.*)$/.exec(line.trim());
      if (match !== null) result[match[1] ?? ""] = (match[2] ?? "").replace(/^(["'])(.*)\1$/, "$2");
    }
  }
  return result;
}

async function replace(from: string, to: string): Promise<void> {
  await mkdir(join(to, ".."), { recursive: true, mode: 0o700 });
  const old = `${to}.old`;
  await rm(old, { recursive: true, force: true });
  if (existsSync(to)) await rename(to, old);
  await rename(from, to);
  await rm(old, { recursive: true, force: true });
}
