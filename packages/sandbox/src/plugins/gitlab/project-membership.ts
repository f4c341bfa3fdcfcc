/** gitlab:index/projectMembership:ProjectMembership, https://docs.gitlab.com/api/project_members/ */
import type { Resource } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";
import { type GitLab, unlessGone } from "./api.ts";
import { levelName, levelValue, MEMBER_LEVELS, projectAndNumber } from "./ids.ts";

const FORM = "<project-id>:<user-id>";

interface Member {
  id: number;
  access_level: number;
  expires_at?: string | null;
  member_role?: { id: number } | null;
}

export function projectMembership(api: GitLab): Resource {
  const members = () => api.rest.ProjectMembers;
  return {
    rules: { oneOf: { accessLevel: MEMBER_LEVELS } },

    async create(_context, inputs) {
      const project = String(inputs.project);
      const made = await members().add(project, levelValue(String(inputs.accessLevel)), {
        userId: Number(inputs.userId),
        ...optional(inputs),
      } as never);
      const member = made as unknown as Member;
      return { id: `${project}:${member.id}`, outputs: outputsOf(project, member) };
    },

    async read(_context, id) {
      const [project, userId] = projectAndNumber(id, FORM);
      const member = (await unlessGone(members().show(project, userId))) as unknown as Member | undefined;
      return member && { id, outputs: outputsOf(project, member) };
    },

    async update(_context, { id, inputs }) {
      const [project, userId] = projectAndNumber(id, FORM);
      const changed = await members().edit(project, userId, levelValue(String(inputs.accessLevel)), {
        expires_at: "",
        ...optional(inputs),
      } as never);
      return outputsOf(project, changed as unknown as Member);
    },

    async delete(_context, id) {
      const [project, userId] = projectAndNumber(id, FORM);
      await unlessGone(members().remove(project, userId));
    },
  };
}

function optional(inputs: Props): Record<string, unknown> {
  return {
    ...(inputs.expiresAt === undefined ? {} : { expires_at: inputs.expiresAt }),
    ...(inputs.memberRoleId === undefined ? {} : { member_role_id: inputs.memberRoleId }),
  };
}

function outputsOf(project: string, member: Member): Props {
  return {
    project,
    userId: member.id,
    accessLevel: levelName(member.access_level),
    expiresAt: member.expires_at ?? null,
    memberRoleId: member.member_role?.id ?? null,
  };
}
