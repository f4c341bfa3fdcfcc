/** gitlab:index/deployKey:DeployKey, https://docs.gitlab.com/api/deploy_keys/ */
import type { Resource } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";
import { type GitLab, unlessGone } from "./api.ts";
import { projectAndNumber } from "./ids.ts";

const FORM = "<project-id>:<deploy-key-id>";

interface Key {
  id: number;
  title: string;
  key: string;
  can_push: boolean;
  expires_at?: string | null;
}

export function deployKey(api: GitLab): Resource {
  const keys = () => api.rest.DeployKeys;
  return {
    rules: { defaults: { canPush: false } },

    diff({ state, inputs }, differences) {
      if (typeof inputs.key === "string" && inputs.key.trim() === state.key) {
        differences.delete("key");
      }
      if (Date.parse(String(inputs.expiresAt)) === Date.parse(String(state.expiresAt))) {
        differences.delete("expiresAt");
      }
    },

    async create(_context, inputs) {
      const project = String(inputs.project);
      const made = (await keys().create(project, String(inputs.title), String(inputs.key).trim(), {
        canPush: inputs.canPush === true,
        ...(inputs.expiresAt === undefined ? {} : { expiresAt: inputs.expiresAt }),
      } as never)) as unknown as Key;
      return { id: `${project}:${made.id}`, outputs: outputsOf(project, made) };
    },

    async read(_context, id) {
      const [project, number] = projectAndNumber(id, FORM);
      const key = (await unlessGone(keys().show(project, number))) as unknown as Key | undefined;
      return key && { id, outputs: outputsOf(project, key) };
    },

    async update() {
      throw new Error("a deploy key cannot be changed in place");
    },

    async delete(_context, id) {
      const [project, number] = projectAndNumber(id, FORM);
      await unlessGone(keys().remove(project, number));
    },
  };
}

function outputsOf(project: string, key: Key): Props {
  return {
    project,
    deployKeyId: key.id,
    title: key.title,
    key: key.key,
    canPush: key.can_push,
    expiresAt: key.expires_at ?? null,
  };
}
