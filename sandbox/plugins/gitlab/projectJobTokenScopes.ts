/**
 * gitlab:index/projectJobTokenScopes:ProjectJobTokenScopes, https://docs.gitlab.com/api/project_job_token_scopes/
 * The project itself is always on its own list and is never named here.
 */
import type { Resource } from "../shared/provider.ts";
import type { Props, Value } from "../shared/values.ts";
import { type GitLab, unlessGone } from "./api.ts";

interface Named {
  id: number;
}

export function projectJobTokenScopes(api: GitLab): Resource {
  const scopes = () => api.rest.ProjectJobTokenScopes;

  const read = async (project: string): Promise<Props | undefined> => {
    const settings = await unlessGone(scopes().show(project));
    if (!settings) {
      return undefined;
    }
    const projects = (await scopes().showInboundAllowList(project)) as unknown as Named[];
    const groups = (await scopes().showGroupsAllowList(project)) as unknown as Named[];
    return {
      project,
      enabled: (settings as unknown as { inbound_enabled: boolean }).inbound_enabled,
      targetProjectIds: projects.map(({ id }) => id).filter((id) => String(id) !== project),
      targetGroupIds: groups.map(({ id }) => id),
    };
  };

  const write = async (inputs: Props): Promise<Props> => {
    const project = String(inputs.project);
    const present = await read(project);
    if (!present) {
      throw new Error(`Unable to read the job token scope of project ${project}: 404 Not Found`);
    }
    await scopes().edit(project, inputs.enabled !== false);
    const projects = changes(present.targetProjectIds, inputs.targetProjectIds);
    const groups = changes(present.targetGroupIds, inputs.targetGroupIds);
    for (const id of projects.added) await scopes().addToInboundAllowList(project, id);
    for (const id of projects.removed) await unlessGone(scopes().removeFromInboundAllowList(project, id));
    for (const id of groups.added) await scopes().addToGroupsAllowList(project, id);
    for (const id of groups.removed) await unlessGone(scopes().removeFromGroupsAllowList(project, id));
    return (await read(project)) ?? {};
  };

  return {
    rules: {
      defaults: { enabled: true, targetProjectIds: [], targetGroupIds: [] },
      replaces: ["project"],
      sets: ["targetProjectIds", "targetGroupIds"],
    },

    create: async (_context, inputs) => ({ id: String(inputs.project), outputs: await write(inputs) }),

    async read(_context, id) {
      const outputs = await read(id);
      return outputs && { id, outputs };
    },

    update: (_context, { inputs }) => write(inputs),

    /** Nobody but the project itself is let in afterwards. */
    async delete(_context, id) {
      if (await read(id)) {
        await write({ project: id, enabled: true, targetProjectIds: [], targetGroupIds: [] });
      }
    },
  };
}

function changes(
  present: Value | undefined,
  wanted: Value | undefined,
): { added: number[]; removed: number[] } {
  const before = (Array.isArray(present) ? present : []) as number[];
  const after = (Array.isArray(wanted) ? wanted : []) as number[];
  return {
    added: after.filter((id) => !before.includes(id)),
    removed: before.filter((id) => !after.includes(id)),
  };
}
