import { createReadStream, existsSync, statSync } from "node:fs";
import { forbidden, must } from "../errors.ts";
import { traceFile } from "../instance.ts";
import { cancelJob, retryJob } from "../pipelines/jobs.ts";
import type { Job } from "../pipelines/records.ts";
import { advance, isDone } from "../pipelines/status.ts";
import { DEVELOPER, now, type Project } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { jobEntity } from "./job-entity.ts";
import { checkRef, readable } from "./pipeline-access.ts";

/** Jobs: https://docs.gitlab.com/api/jobs/ */
export function jobRoutes(api: Api): void {
  const { instance } = api;
  const base = "/projects/:id/jobs";
  api.get(base, (call) => {
    const project = readable(call);
    const scopes = call.params.list("scope");
    const jobs = call.state.jobs
      .filter((job) => job.projectId === project.id && (scopes === undefined || scopes.includes(job.status)))
      .sort((a, b) => b.id - a.id);
    return Promise.all(call.page(jobs).map((job) => jobEntity(instance, call.state, job)));
  });
  api.get(`${base}/:job_id`, (call) => jobEntity(instance, call.state, find(call, readable(call))));
  api.get(
    "/job",
    (call) => {
      const { job } = call.caller;
      if (job === null) throw forbidden();
      return jobEntity(instance, call.state, job);
    },
    { jobToken: true },
  );
  api.get(`${base}/:job_id/trace`, (call) => {
    const job = find(call, readable(call));
    return sendTrace(call, traceFile(instance, job.id));
  });
  api.post(`${base}/:job_id/retry`, async (call) => {
    const job = actOn(call);
    if (!isDone(job.status) || job.retried) throw forbidden("Job is not retryable");
    const copy = await instance.store.update((state) =>
      retryJob(state, must(state.jobs.find(({ id }) => id === job.id)), call.caller.user.id),
    );
    instance.runner.wake();
    return jobEntity(instance, call.state, copy);
  });
  api.post(`${base}/:job_id/cancel`, async (call) => {
    const job = actOn(call);
    await cancelJob(instance, job.id);
    return jobEntity(instance, call.state, find(call, call.project()));
  });
  api.post(`${base}/:job_id/play`, async (call) => {
    const job = actOn(call);
    await instance.store.update((state) => {
      const stored = must(state.jobs.find(({ id }) => id === job.id));
      if (stored.status !== "manual") throw forbidden("Unplayable Job");
      stored.status = "pending";
      stored.queuedAt = now();
      stored.userId = call.caller.user.id;
      advance(state, must(state.pipelines.find(({ id }) => id === stored.pipelineId)));
    });
    instance.runner.wake();
    call.status(200);
    return jobEntity(instance, call.state, find(call, call.project()));
  });
}

function find(call: Call, project: Project): Job {
  const id = call.number("job_id");
  return must(call.state.jobs.find((job) => job.id === id && job.projectId === project.id));
}

/** The job, when the caller may start or stop it. */
function actOn(call: Call): Job {
  const project = call.project(DEVELOPER);
  const job = find(call, project);
  const pipeline = must(call.state.pipelines.find(({ id }) => id === job.pipelineId));
  checkRef(call.state, project, call, pipeline);
  return job;
}

/** The log so far. `Range: bytes=N-` gives what came after the first N bytes. */
function sendTrace(call: Call, file: string): unknown {
  const { reply, request } = call;
  reply.type("text/plain; charset=utf-8").header("cache-control", "no-store");
  if (!existsSync(file)) return reply.send("");
  const { size } = statSync(file);
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  if (from === undefined) return reply.send(size === 0 ? "" : createReadStream(file, { end: size - 1 }));
  const start = Number(from);
  if (start >= size) return reply.code(416).header("content-range", `bytes */${size}`).send("");
  reply.code(206).header("content-range", `bytes ${start}-${size - 1}/${size}`);
  return reply.send(createReadStream(file, { start, end: size - 1 }));
}
