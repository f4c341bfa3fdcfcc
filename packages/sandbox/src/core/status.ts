import type { Ready } from "./lifecycle.ts";

type Say = (line: string) => void;

interface HerokuApp {
  name: string;
  web_url: string;
}
interface Project {
  id: number;
  path_with_namespace: string;
}
interface Pipeline {
  id: number;
  ref: string;
  status: string;
}

/** Prints apps with their dynos, and projects with their latest pipelines, as the services' own APIs tell them. */
export async function showStatus(ready: Ready, say: Say): Promise<void> {
  const { env, urls } = ready;
  const heroku = <T>(path: string) =>
    ask<T>(`${urls.heroku}${path}`, {
      accept: "application/vnd.heroku+json; version=3",
      authorization: `Bearer ${env.HEROKU_API_KEY}`,
    });
  const gitlab = <T>(path: string) =>
    ask<T>(`${env.GITLAB_BASE_URL}${path}`, { "private-token": env.GITLAB_TOKEN ?? "" });

  const apps = await heroku<HerokuApp[]>("/apps");
  say(apps.length === 0 ? "Apps     none" : "Apps");
  for (const app of apps) {
    const dynos = await heroku<{ name: string; state: string }[]>(`/apps/${app.name}/dynos`);
    const states = dynos.map(({ name, state }) => `${name} ${state}`).join(", ");
    say(`  ${app.name}  ${app.web_url}  ${states || "no dynos"}`);
  }
  const projects = await gitlab<Project[]>("/projects");
  say(projects.length === 0 ? "Projects none" : "Projects");
  for (const project of projects) {
    const pipelines = await gitlab<Pipeline[]>(`/projects/${project.id}/pipelines?per_page=3`);
    const states = pipelines.map(({ id, ref, status }) => `#${id} ${ref} ${status}`).join(", ");
    say(`  ${project.path_with_namespace}  ${states || "no pipelines"}`);
  }
}

async function ask<T>(url: string, headers: Record<string, string>): Promise<T> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return (await answer.json()) as T;
}
