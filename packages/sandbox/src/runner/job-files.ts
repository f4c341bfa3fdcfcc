import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { artifactFolder } from "../gitlab/instance.ts";
import { expandDeep } from "../gitlab/pipelines/expand.ts";
import type { JobEnvironment } from "../gitlab/pipelines/job-environment.ts";
import type { Job } from "../gitlab/pipelines/records.ts";
import type { ShimConfig } from "./docker-shim.ts";
import { jobScript } from "./script.ts";

/** Folders and files of one run of a job, removed after it. */
export interface JobFolder {
  root: string;
  /** The checked-out commit. */
  source: string;
  home: string;
  /** File variables; its parent is closed to others. */
  files: string;
  envFile: string;
  shimConfig: string;
  /** The job's configuration, relative to `source`. */
  config: string;
}

/** The paths of a job's run. */
export function jobFolder(root: string): JobFolder {
  return {
    root,
    source: join(root, "source"),
    home: join(root, "home"),
    files: join(root, "files"),
    envFile: join(root, "job.env"),
    shimConfig: join(root, "docker.json"),
    config: "../job.yml",
  };
}

/** The name under which gitlab-ci-local runs a job: free of whatever a job's own name may contain. */
export const toolName = artifactFolder;

/** Writes the variables where the docker shim reads them; nobody else can. */
export async function writeVariables(
  folder: JobFolder,
  environment: JobEnvironment,
  docker: string,
  labels: Record<string, string>,
): Promise<void> {
  const multiline: Record<string, string> = {};
  const lines: string[] = [];
  for (const [name, value] of Object.entries(environment.variables)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    if (/[\r\n]/.test(value) || value.length > 30_000) multiline[name] = value;
    else lines.push(`${name}=${value}`);
  }
  const clash = Object.keys(multiline).find((name) => name.startsWith("DOCKER_") || name === "PATH");
  if (clash !== undefined) throw new Error(`the variable ${clash} must be of one line on this runner`);
  const config: ShimConfig = {
    docker,
    labels,
    envFile: folder.envFile,
    multiline,
    names: Object.keys(environment.variables),
  };
  await writeFile(folder.envFile, `${lines.join("\n")}\n`, { mode: 0o600 });
  await writeFile(folder.shimConfig, JSON.stringify(config), { mode: 0o600 });
  await mkdir(folder.files, { recursive: true, mode: 0o755 });
  for (const [name, content] of Object.entries(environment.files)) {
    if (/^\w+$/.test(name)) await writeFile(join(folder.files, name), content, { mode: 0o644 });
  }
}

interface Producer {
  job: Job;
  artifacts: unknown;
}

/** Writes the configuration with which gitlab-ci-local runs this one job. */
export async function writeConfig(
  folder: JobFolder,
  job: Job,
  image: string,
  producers: Job[],
  variables: Record<string, string>,
): Promise<void> {
  const { data } = job.config;
  const expanded = (key: string) =>
    data[key] === undefined ? {} : { [key]: expandDeep(data[key], variables) };
  const list = (key: string) => [data[key] ?? []].flat(3).map(String);
  const before = list("before_script");
  const after = list("after_script");
  const givers: Producer[] = producers.map((producer) => ({
    job: producer,
    artifacts: filesOf(producer.config.data.artifacts),
  }));
  const imageData = typeof data.image === "object" && data.image !== null ? data.image : {};
  const { name: _, ...imageRest } = imageData as Record<string, unknown>;
  // Every `$` that is left belongs to a value: the tool must not expand it again.
  const config: Record<string, unknown> = {
    stages: ["before", "now"],
    [toolName(job.id)]: {
      stage: "now",
      image: { ...imageRest, name: image },
      needs: givers.map(({ job: { id } }) => ({ job: toolName(id), artifacts: true })),
      script: [jobScript([...before, ...list("script")])],
      ...(after.length > 0 ? { after_script: [jobScript(after)] } : {}),
      ...expanded("cache"),
      ...expanded("artifacts"),
    },
  };
  for (const giver of givers) {
    config[toolName(giver.job.id)] = {
      stage: "before",
      image: { name: image },
      script: ["true"],
      ...(giver.artifacts === undefined ? {} : { artifacts: expandDeep(giver.artifacts, variables) }),
    };
  }
  // JSON is YAML.
  await writeFile(join(folder.root, "job.yml"), JSON.stringify(config, null, 1), { mode: 0o600 });
}

/** Artifacts without reports: variables of theirs are among the job's own, at the place that GitLab gives them. */
function filesOf(artifacts: unknown): Record<string, unknown> | undefined {
  const { reports: _, ...files } = (artifacts ?? {}) as Record<string, unknown>;
  return files.paths === undefined && files.untracked === undefined ? undefined : files;
}
