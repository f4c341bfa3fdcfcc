import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { spawnTracked } from "../core/process.ts";
import type { Instance } from "../gitlab/instance.ts";
import { CI_LOCAL, ciLocalEnvironment } from "../gitlab/pipelines/gitlab-ci-local.ts";
import { quote } from "./script.ts";

export interface JobProcess {
  jobId: number;
  jobName: string;
  /** The checked-out commit; the tool keeps its own files beside it. */
  folder: string;
  /** The file with this one job, relative to `folder`. */
  file: string;
  shimDir: string;
  home: string;
  helperImage: string;
  /** Whether the image's user is root, the usual case. */
  asRoot: boolean;
  volumes: string[];
  /** Read by the docker shim. */
  shimConfig: string;
}

/** Starts one job. It ends with code 0 when the job succeeded. Its output comes on one stream. */
export function startJob(instance: Instance, order: JobProcess): ChildProcess {
  const args = [CI_LOCAL, order.jobName, "--file", order.file, "--home", order.home];
  args.push("--variables-file", join(order.home, "no-variables.yml"));
  args.push("--container-executable", "gitlab-docker", "--network", "host");
  args.push("--helper-image", order.helperImage, "--pull-policy", "if-not-present");
  args.push("--json-schema-validation=false", "--evaluate-rule-changes=false", "--no-color");
  args.push("--max-job-name-padding", "0", order.asRoot ? "--umask" : "--no-umask");
  args.push("--no-artifacts-to-source");
  // The tool puts these into a line for a shell, as they are.
  for (const volume of order.volumes) args.push("--volume", quote(volume));
  const env = { ...ciLocalEnvironment(order.home, order.shimDir), GITLAB_DOCKER_SHIM: order.shimConfig };
  // One pipe for both streams keeps their order.
  return spawnTracked(
    instance.ctx.stateDir,
    `gitlab-job-${order.jobId}`,
    "/bin/sh",
    ["-c", 'exec "$@" 2>&1', "sh", process.execPath, ...args],
    { cwd: order.folder, env, stdio: ["ignore", "pipe", "ignore"] },
  );
}
