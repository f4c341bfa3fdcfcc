import { createReadStream, existsSync } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { must, notFound, parameterError } from "../errors.ts";
import { jobArtifactsDir } from "../instance.ts";
import type { Job } from "../pipelines/records.ts";
import type { Project } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { readable } from "./pipeline-access.ts";

/** What jobs leave to others: https://docs.gitlab.com/api/job_artifacts/ */
export function jobArtifactRoutes(api: Api): void {
  const base = "/projects/:id/jobs";
  const job = `${base}/:job_id/artifacts`;
  const latest = `${base}/artifacts/:ref_name`;
  const options = { jobToken: true };
  api.get(job, (call) => sendArchive(call, jobOf(call, readable(call))), options);
  api.get(`${job}/*`, (call) => sendFile(call, jobOf(call, readable(call))), options);
  api.get(`${latest}/download`, (call) => sendArchive(call, latestOf(call, readable(call))), options);
  api.get(`${latest}/raw/*`, (call) => sendFile(call, latestOf(call, readable(call))), options);
}

const folderOf = (call: Call, { id, pipelineId }: Job) => jobArtifactsDir(call.instance, pipelineId, id);

function jobOf(call: Call, project: Project): Job {
  const id = call.number("job_id");
  return must(call.state.jobs.find((job) => job.id === id && job.projectId === project.id));
}

/** The job of the last pipeline of a ref that succeeded. */
function latestOf(call: Call, project: Project): Job {
  const name = call.params.requireString("job");
  const pipeline = call.state.pipelines.findLast(
    ({ projectId, ref, status }) =>
      projectId === project.id && ref === call.path("ref_name") && status === "success",
  );
  return must(
    call.state.jobs.findLast((job) => job.pipelineId === pipeline?.id && job.name === name && !job.retried),
  );
}

function sendArchive(call: Call, job: Job): unknown {
  const file = `${folderOf(call, job)}.zip`;
  if (!existsSync(file)) throw notFound();
  call.reply.type("application/octet-stream");
  call.reply.header("content-disposition", 'attachment; filename="artifacts.zip"');
  return call.reply.send(createReadStream(file));
}

/** One file; links that a job made lead nowhere else. */
async function sendFile(call: Call, job: Job): Promise<unknown> {
  const wanted = call.path("*");
  if (wanted.split("/").includes("..")) throw parameterError("artifact_path should be a valid file path");
  const folder = folderOf(call, job);
  const file = join(folder, wanted);
  const stat = await lstat(file).catch(() => undefined);
  // Reports are no files to be downloaded, unless `paths` has them as well.
  const isReport = wanted.split("/")[0] === ".gitlab-ci-reports";
  if (stat === undefined || !stat.isFile() || isReport) throw notFound();
  if (!(await realpath(file)).startsWith((await realpath(folder)) + sep)) throw notFound();
  call.reply.type("application/octet-stream");
  return call.reply.send(createReadStream(file));
}
