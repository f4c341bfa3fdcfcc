import type { Registry } from "../../core/registry.ts";
import { projectPath } from "../access.ts";
import { imagePrefix } from "../addresses.ts";
import { projectOfRepository } from "../registry.ts";
import { REPORTER } from "../state.ts";
import type { Api } from "./call.ts";

/** Repositories of the registry: https://docs.gitlab.com/api/container_registry/ */
export function containerRegistryRoutes(api: Api, registry: Registry): void {
  const { instance } = api;
  api.get("/projects/:id/registry/repositories", async (call) => {
    const project = call.project(REPORTER);
    const path = projectPath(call.state, project).toLowerCase();
    const names = (await catalogue(registry)).filter(
      (name) => projectOfRepository(call.state, name)?.id === project.id,
    );
    const prefix = imagePrefix(instance, call.state, project);
    const withTags = call.params.boolean("tags") ?? false;
    const list = call.page(names.sort());
    return Promise.all(
      list.map(async (name) => {
        const tags = await tagsOf(registry, name);
        const location = prefix + name.slice(path.length);
        return {
          id: idOf(name),
          name: name.slice(path.length + 1),
          path: name,
          project_id: project.id,
          location,
          created_at: project.createdAt,
          cleanup_policy_started_at: null,
          status: null,
          tags_count: tags.length,
          ...(withTags
            ? {
                tags: tags.map((tag) => ({
                  name: tag,
                  path: `${name}:${tag}`,
                  location: `${location}:${tag}`,
                })),
              }
            : {}),
        };
      }),
    );
  });
}

const CATALOGUE_PAGE = 100;

async function catalogue(registry: Registry): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const last = names.at(-1);
    const after = last === undefined ? "" : `&last=${encodeURIComponent(last)}`;
    const answer = await registry.fetch("GET", `/v2/_catalog?n=${CATALOGUE_PAGE}${after}`);
    if (answer.status !== 200) throw new Error(`the registry's catalogue answered ${answer.status}`);
    const page = (JSON.parse(answer.body.toString()) as { repositories: string[] | null }).repositories ?? [];
    names.push(...page);
    if (page.length < CATALOGUE_PAGE) return names;
  }
}

async function tagsOf(registry: Registry, name: string): Promise<string[]> {
  const answer = await registry.fetch("GET", `/v2/${name}/tags/list`);
  if (answer.status === 404) return [];
  return (JSON.parse(answer.body.toString()) as { tags: string[] | null }).tags ?? [];
}

/** A stable number for a repository's name. */
function idOf(name: string): number {
  let id = 0;
  for (const char of name) id = (id * 31 + (char.codePointAt(0) ?? 0)) % 2_147_483_647;
  return id;
}
