/** gitlab:index/branchProtection:BranchProtection, https://docs.gitlab.com/api/protected_branches/ */
import type { Resource } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";
import {
  type AccessDescription,
  changesTo,
  checkEntries,
  entriesOf,
  levelOf,
  optionsOf,
} from "./access-rules.ts";
import { explain, type GitLab, unlessGone } from "./api.ts";
import { levelValue, PROTECTION_LEVELS, twoParts, UNPROTECT_LEVELS } from "./ids.ts";

const FORM = "<project-id>:<branch>";
const FAILED = "GitLab API error occurred";

interface ProtectedBranch {
  id: number;
  name: string;
  push_access_levels: AccessDescription[];
  merge_access_levels: AccessDescription[];
  unprotect_access_levels?: AccessDescription[];
  allow_force_push: boolean;
  code_owner_approval_required?: boolean;
}

export function branchProtection(api: GitLab): Resource {
  const branches = () => api.rest.ProtectedBranches;
  const show = (project: string, branch: string) =>
    unlessGone(branches().show(project, branch) as Promise<unknown> as Promise<ProtectedBranch>);

  return {
    rules: {
      defaults: { allowForcePush: false, codeOwnerApprovalRequired: false },
      replaces: ["project", "branch", "pushAccessLevel", "mergeAccessLevel"],
      oneOf: { pushAccessLevel: PROTECTION_LEVELS, mergeAccessLevel: PROTECTION_LEVELS },
      sets: ["allowedToPushes", "allowedToMerges", "allowedToUnprotects"],
    },

    check(context, inputs) {
      const at = (key: string) => `${context.name}.${key}`;
      const reasons = [
        ...checkEntries(inputs.allowedToPushes, PROTECTION_LEVELS, at("allowedToPushes")),
        ...checkEntries(inputs.allowedToMerges, PROTECTION_LEVELS, at("allowedToMerges")),
        ...checkEntries(inputs.allowedToUnprotects, UNPROTECT_LEVELS, at("allowedToUnprotects")),
      ];
      return { failures: reasons.map((reason) => ({ property: "", reason })) };
    },

    async preview(_context, inputs) {
      await checkEdition(api, inputs);
      return {};
    },

    async create(_context, inputs) {
      await checkEdition(api, inputs);
      const project = String(inputs.project);
      const branch = String(inputs.branch);
      await takeOver(api, project, branch, await show(project, branch));
      const enterprise = await api.isEnterprise();
      const options = enterprise
        ? {
            allowed_to_push: optionsOf(inputs.allowedToPushes),
            allowed_to_merge: optionsOf(inputs.allowedToMerges),
            allowed_to_unprotect: optionsOf(inputs.allowedToUnprotects),
            code_owner_approval_required: inputs.codeOwnerApprovalRequired,
          }
        : {
            ...level("push_access_level", inputs.pushAccessLevel),
            ...level("merge_access_level", inputs.mergeAccessLevel),
          };
      const rule = (await explain(
        `${FAILED}: Unable to protect repository branch`,
        branches().protect(project, branch, { ...options, allow_force_push: inputs.allowForcePush } as never),
      )) as unknown as ProtectedBranch;
      return { id: `${project}:${rule.name}`, outputs: outputsOf(project, rule, enterprise) };
    },

    async read(_context, id) {
      const [project, branch] = twoParts(id, FORM);
      const rule = await show(project, branch);
      return (
        rule && { id: `${project}:${rule.name}`, outputs: outputsOf(project, rule, await api.isEnterprise()) }
      );
    },

    async update(_context, { inputs }) {
      await checkEdition(api, inputs);
      const project = String(inputs.project);
      const branch = String(inputs.branch);
      const enterprise = await api.isEnterprise();
      const present = await show(project, branch);
      if (!present) {
        throw new Error(
          `${FAILED}: protected branch ${branch} of project ${project} is gone; run pulumi refresh`,
        );
      }
      const options = enterprise
        ? {
            allowed_to_push: changes(present.push_access_levels, inputs.allowedToPushes),
            allowed_to_merge: changes(present.merge_access_levels, inputs.allowedToMerges),
            allowed_to_unprotect: changes(present.unprotect_access_levels, inputs.allowedToUnprotects),
            code_owner_approval_required: inputs.codeOwnerApprovalRequired,
          }
        : {};
      const rule = (await explain(
        `${FAILED}: Unable to update protected repository branch`,
        branches().edit(project, branch, { ...options, allow_force_push: inputs.allowForcePush } as never),
      )) as unknown as ProtectedBranch;
      return outputsOf(project, rule, enterprise);
    },

    async delete(_context, id) {
      const [project, branch] = twoParts(id, FORM);
      await unlessGone(branches().unprotect(project, branch));
    },
  };
}

/** An entry list that the program does not mention keeps what is there. */
function changes(present: AccessDescription[] | undefined, wanted: Props[string] | undefined) {
  return wanted === undefined ? undefined : changesTo(present, wanted);
}

function level(name: string, value: unknown): Record<string, number> {
  return typeof value === "string" ? { [name]: levelValue(value) } : {};
}

/** Levels are for the Community Edition alone, lists of entries for the Enterprise Edition (gitlab.com). */
async function checkEdition(api: GitLab, inputs: Props): Promise<void> {
  const instead: Array<[string, string]> = (await api.isEnterprise())
    ? [
        ["pushAccessLevel", "Use `allowed_to_push` instead"],
        ["mergeAccessLevel", "Use `allowed_to_merge` instead"],
      ]
    : [
        ["allowedToPushes", "Enterprise license required"],
        ["allowedToMerges", "Enterprise license required"],
        ["allowedToUnprotects", "Enterprise license required"],
        ["codeOwnerApprovalRequired", "Enterprise license required"],
      ];
  for (const [key, hint] of instead) {
    if (inputs[key] !== undefined && inputs[key] !== false) {
      throw new Error(`feature unavailable \`${key}\`: ${hint}`);
    }
  }
}

/** GitLab protects a default branch by itself: that rule is taken over, any other is somebody else's. */
async function takeOver(
  api: GitLab,
  project: string,
  branch: string,
  existing: ProtectedBranch | undefined,
): Promise<void> {
  if (!existing) {
    return;
  }
  const details = await explain(`${FAILED}: Unable to read project details`, api.rest.Projects.show(project));
  if (details.default_branch !== branch) {
    throw new Error(
      `${FAILED}: protected branch "${branch}" on project "${project}" already exists (id ${existing.id})`,
    );
  }
  await explain(
    `${FAILED}: Failed to unprotect default branch "${branch}" in project "${project}" while trying to 'import' it`,
    api.rest.ProtectedBranches.unprotect(project, branch),
  );
}

function outputsOf(project: string, rule: ProtectedBranch, enterprise: boolean): Props {
  return {
    project,
    branch: rule.name,
    branchProtectionId: rule.id,
    allowForcePush: rule.allow_force_push,
    ...(enterprise
      ? {
          allowedToPushes: entriesOf(rule.push_access_levels),
          allowedToMerges: entriesOf(rule.merge_access_levels),
          allowedToUnprotects: entriesOf(rule.unprotect_access_levels),
          codeOwnerApprovalRequired: rule.code_owner_approval_required ?? false,
          pushAccessLevel: null,
          mergeAccessLevel: null,
        }
      : {
          pushAccessLevel: levelOf(rule.push_access_levels) ?? null,
          mergeAccessLevel: levelOf(rule.merge_access_levels) ?? null,
          codeOwnerApprovalRequired: false,
          allowedToPushes: null,
          allowedToMerges: null,
          allowedToUnprotects: null,
        }),
  };
}
