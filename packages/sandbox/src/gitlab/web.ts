import { existsSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { FastifyReply } from "fastify";
import { findProject, projectPath } from "./access.ts";
import { imagePrefix } from "./addresses.ts";
import { type Instance, traceFile } from "./instance.ts";
import type { Job, Pipeline } from "./pipelines/records.ts";
import type { Project } from "./state.ts";

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes a text safe within HTML. */
export const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? char);

const h = (value: unknown) => escapeHtml(String(value ?? ""));

/** Pages for people who follow a link of the API: a project, its pipelines and jobs with their logs. Read-only. */
export function servePage(instance: Instance, path: string, reply: FastifyReply): FastifyReply {
  const html = path === "/" ? rootPage(instance) : projectPage(instance, path);
  if (html === undefined)
    return reply.code(404).type("application/json").send({ message: "404 Page Not Found" });
  return reply
    .type("text/html; charset=utf-8")
    .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
    .header("x-content-type-options", "nosniff")
    .send(html);
}

function projectPage(instance: Instance, path: string): string | undefined {
  const [left = "", right] = decodeURIComponent(path).split("/-/");
  const state = instance.store.data;
  const project = findProject(state, left.replace(/^\//, "").replace(/\/$/, ""));
  if (project === undefined || /^\d+$/.test(left.slice(1))) return undefined;
  const [kind, number] = (right ?? "").split("/");
  if (right === undefined) return overview(instance, project);
  if (kind === "pipelines" && number === undefined) return overview(instance, project);
  const id = Number(number);
  if (kind === "pipelines") {
    const pipeline = state.pipelines.find((p) => p.projectId === project.id && p.id === id);
    return pipeline && pipelinePage(instance, project, pipeline);
  }
  if (kind === "jobs") {
    const job = state.jobs.find((j) => j.projectId === project.id && j.id === id);
    return job && jobPage(instance, project, job);
  }
  // Commits, trees and files are read by git or the API.
  return ["commit", "tree", "blob"].includes(kind ?? "") ? overview(instance, project) : undefined;
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${h(title)}</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}
pre{background:#111;color:#ddd;padding:1rem;overflow:auto;white-space:pre-wrap}</style></head>
<body><h1>${h(title)}</h1>${body}</body></html>\n`;
}

function rootPage(instance: Instance): string {
  const state = instance.store.data;
  const rows = state.projects.map((project) => {
    const path = projectPath(state, project);
    return `<li><a href="/${h(path)}">${h(path)}</a> (${h(project.visibility)})</li>`;
  });
  return page(
    "GitLab stand-in of this sandbox",
    `<p>API: <code>${h(instance.url)}/api/v4</code></p><ul>${rows.join("")}</ul>`,
  );
}

function overview(instance: Instance, project: Project): string {
  const state = instance.store.data;
  const path = projectPath(state, project);
  const pipelines = state.pipelines.filter((p) => p.projectId === project.id).reverse();
  const rows = pipelines
    .slice(0, 50)
    .map(
      (p) =>
        `<tr><td><a href="/${h(path)}/-/pipelines/${p.id}">#${p.id}</a></td><td>${h(p.status)}</td><td>${h(p.ref)}</td><td><code>${h(p.sha.slice(0, 8))}</code></td><td>${h(p.createdAt)}</td></tr>`,
    );
  return page(
    path,
    `<p>Clone: <code>${h(instance.url)}/${h(path)}.git</code><br>Images: <code>${h(imagePrefix(instance, state, project))}</code></p>
<h2>Pipelines</h2><table><tr><th></th><th>Status</th><th>Ref</th><th>Commit</th><th>Created</th></tr>${rows.join("")}</table>`,
  );
}

function pipelinePage(instance: Instance, project: Project, pipeline: Pipeline): string {
  const state = instance.store.data;
  const path = projectPath(state, project);
  const jobs = state.jobs.filter((job) => job.pipelineId === pipeline.id);
  const rows = jobs.map(
    (job) =>
      `<tr><td><a href="/${h(path)}/-/jobs/${job.id}">${h(job.name)}</a></td><td>${h(job.stage)}</td><td>${h(job.status)}${job.retried ? " (retried)" : ""}</td></tr>`,
  );
  const errors = pipeline.yamlErrors === null ? "" : `<pre>${h(pipeline.yamlErrors)}</pre>`;
  return page(
    `Pipeline #${pipeline.id}: ${pipeline.status}`,
    `<p><a href="/${h(path)}">${h(path)}</a>, ${h(pipeline.ref)} at <code>${h(pipeline.sha)}</code></p>${errors}<table>${rows.join("")}</table>`,
  );
}

function jobPage(instance: Instance, project: Project, job: Job): string {
  const path = projectPath(instance.store.data, project);
  const file = traceFile(instance, job.id);
  const log = existsSync(file) ? stripVTControlCharacters(readFileSync(file, "utf8")) : "";
  return page(
    `Job ${job.name}: ${job.status}`,
    `<p><a href="/${h(path)}/-/pipelines/${job.pipelineId}">Pipeline #${job.pipelineId}</a> of <a href="/${h(path)}">${h(path)}</a></p><pre>${h(log)}</pre>`,
  );
}
