import { ApiError, conflict, invalid, must, parameterError } from "../errors.ts";
import { roleRule } from "../protection.ts";
import {
  type AccessRule,
  ADMIN,
  DEVELOPER,
  MAINTAINER,
  nextId,
  type ProtectedBranch,
  type ProtectedTag,
  type State,
} from "../state.ts";
import type { Api, Call } from "./call.ts";
import type { Params } from "./params.ts";

const LEVELS: Record<number, string> = {
  0: "No one",
  [DEVELOPER]: "Developers + Maintainers",
  [MAINTAINER]: "Maintainers",
  [ADMIN]: "Instance admins",
};

/** Protected branches and tags: https://docs.gitlab.com/api/protected_branches/, https://docs.gitlab.com/api/protected_tags/ */
export function protectionRoutes(api: Api): void {
  const base = "/projects/:id/protected_branches";
  api.get(base, (call) => {
    const project = call.project(DEVELOPER);
    const search = call.params.string("search") ?? "";
    const rules = call.state.protectedBranches.filter(
      (rule) => rule.projectId === project.id && rule.name.includes(search),
    );
    return call.page(rules).map((rule) => branchEntity(call.state, rule));
  });
  api.get(`${base}/:name`, (call) => branchEntity(call.state, findBranch(call, DEVELOPER)));
  api.post(base, createBranch);
  api.patch(`${base}/:name`, updateBranch);
  api.delete(`${base}/:name`, async (call) => {
    const { id } = findBranch(call, MAINTAINER);
    await call.instance.store.update((state) => {
      state.protectedBranches = state.protectedBranches.filter((rule) => rule.id !== id);
    });
    return call.noContent();
  });

  const tags = "/projects/:id/protected_tags";
  api.get(tags, (call) => {
    const project = call.project(DEVELOPER);
    const rules = call.state.protectedTags.filter((rule) => rule.projectId === project.id);
    return call.page(rules).map((rule) => tagEntity(call.state, rule));
  });
  api.get(`${tags}/:name`, (call) => tagEntity(call.state, findTag(call, DEVELOPER)));
  api.post(tags, createTag);
  api.delete(`${tags}/:name`, async (call) => {
    const { id } = findTag(call, MAINTAINER);
    await call.instance.store.update((state) => {
      state.protectedTags = state.protectedTags.filter((rule) => rule.id !== id);
    });
    return call.noContent();
  });
}

async function createBranch(call: Call): Promise<unknown> {
  const project = call.project(MAINTAINER);
  const { params } = call;
  const name = ruleName(params);
  return call.instance.store.update((state) => {
    const taken = state.protectedBranches.some((r) => r.projectId === project.id && r.name === name);
    if (taken) throw conflict(`Protected branch '${name}' already exists`);
    const rule: ProtectedBranch = {
      id: nextId(state, "protectedBranch"),
      projectId: project.id,
      name,
      push: newRules(state, project.id, params, "push_access_level", "allowed_to_push"),
      merge: newRules(state, project.id, params, "merge_access_level", "allowed_to_merge"),
      unprotect: newRules(state, project.id, params, "unprotect_access_level", "allowed_to_unprotect"),
      allowForcePush: params.boolean("allow_force_push") ?? false,
      codeOwnerApproval: params.boolean("code_owner_approval_required") ?? false,
    };
    state.protectedBranches.push(rule);
    return branchEntity(state, rule);
  });
}

async function updateBranch(call: Call): Promise<unknown> {
  const { id, projectId } = findBranch(call, MAINTAINER);
  const { params } = call;
  return call.instance.store.update((state) => {
    const rule = must(state.protectedBranches.find((candidate) => candidate.id === id));
    rule.allowForcePush = params.boolean("allow_force_push") ?? rule.allowForcePush;
    rule.codeOwnerApproval = params.boolean("code_owner_approval_required") ?? rule.codeOwnerApproval;
    rule.push = changedRules(state, projectId, rule.push, params, "allowed_to_push");
    rule.merge = changedRules(state, projectId, rule.merge, params, "allowed_to_merge");
    rule.unprotect = changedRules(state, projectId, rule.unprotect, params, "allowed_to_unprotect");
    return branchEntity(state, rule);
  });
}

async function createTag(call: Call): Promise<unknown> {
  const project = call.project(MAINTAINER);
  const { params } = call;
  const name = ruleName(params);
  return call.instance.store.update((state) => {
    const taken = state.protectedTags.some((r) => r.projectId === project.id && r.name === name);
    if (taken) throw conflict(`Protected tag '${name}' already exists`);
    const rule: ProtectedTag = {
      id: nextId(state, "protectedTag"),
      projectId: project.id,
      name,
      create: newRules(state, project.id, params, "create_access_level", "allowed_to_create"),
    };
    state.protectedTags.push(rule);
    return tagEntity(state, rule);
  });
}

function ruleName(params: Params): string {
  const name = params.requireString("name");
  if (name.trim() === "") throw invalid({ name: ["can't be blank"] }, 422);
  return name;
}

function checkedLevel(name: string, level: number): number {
  if (!(level in LEVELS)) throw parameterError(`${name} does not have a valid value`);
  return level;
}

/** The entries of a new rule: those listed, or the single level, which is Maintainers when nothing is said. */
function newRules(
  state: State,
  projectId: number,
  params: Params,
  single: string,
  list: string,
): AccessRule[] {
  const level = params.integer(single);
  const entries = params.maps(list) ?? [];
  const rules = entries.map((entry) => newRule(state, projectId, entry, list));
  if (level !== undefined) rules.unshift(roleRule(state, checkedLevel(single, level)));
  return rules.length > 0 ? rules : [roleRule(state, MAINTAINER)];
}

function newRule(state: State, projectId: number, entry: Params, list: string): AccessRule {
  const level = entry.integer("access_level");
  const userId = entry.integer("user_id") ?? null;
  const groupId = entry.integer("group_id") ?? null;
  const deployKeyId = entry.integer("deploy_key_id") ?? null;
  if (userId !== null && !state.users.some((user) => user.id === userId)) {
    throw invalid({ [`${list}.user`]: ["can't be blank"] }, 422);
  }
  if (groupId !== null && !state.groups.some((group) => group.id === groupId)) {
    throw invalid({ [`${list}.group`]: ["can't be blank"] }, 422);
  }
  if (deployKeyId !== null) checkDeployKey(state, projectId, deployKeyId, list);
  const named = userId !== null || groupId !== null || deployKeyId !== null;
  if (level === undefined && !named) throw parameterError(`${list}[access_level] is missing`);
  return {
    id: nextId(state, "accessRule"),
    accessLevel: named ? null : checkedLevel(`${list}[access_level]`, level ?? MAINTAINER),
    userId,
    groupId,
    deployKeyId,
  };
}

/** https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/concerns/protected_ref_deploy_key_access.rb */
function checkDeployKey(state: State, projectId: number, id: number, list: string): void {
  const key = state.deployKeys.find((one) => one.id === id && one.projectId === projectId);
  if (key?.canPush) return;
  const levels = list === "allowed_to_create" ? "Create access levels" : "Push access levels";
  throw new ApiError(422, { message: [`${levels} deploy key is not enabled for this project`] });
}

/** Entries with an id change or (`_destroy`) remove that one, others are added; as GitLab does on PATCH. */
function changedRules(
  state: State,
  projectId: number,
  rules: AccessRule[],
  params: Params,
  list: string,
): AccessRule[] {
  let result = rules;
  for (const entry of params.maps(list) ?? []) {
    const id = entry.integer("id");
    if (id === undefined) {
      result = [...result, newRule(state, projectId, entry, list)];
      continue;
    }
    if (!result.some((rule) => rule.id === id)) throw parameterError(`${list}[id] is invalid`);
    if (entry.boolean("_destroy") === true) result = result.filter((rule) => rule.id !== id);
    else
      result = result.map((rule) =>
        rule.id === id ? { ...newRule(state, projectId, entry, list), id } : rule,
      );
  }
  return result;
}

function findBranch(call: Call, level: number): ProtectedBranch {
  const project = call.project(level);
  const name = call.path("name");
  return must(call.state.protectedBranches.find((r) => r.projectId === project.id && r.name === name));
}

function findTag(call: Call, level: number): ProtectedTag {
  const project = call.project(level);
  const name = call.path("name");
  return must(call.state.protectedTags.find((r) => r.projectId === project.id && r.name === name));
}

function ruleEntity(state: State, rule: AccessRule): Record<string, unknown> {
  const describe = () => {
    if (rule.userId !== null) return state.users.find((user) => user.id === rule.userId)?.name ?? "";
    if (rule.groupId !== null) return state.groups.find((group) => group.id === rule.groupId)?.name ?? "";
    if (rule.deployKeyId !== null) {
      return state.deployKeys.find((key) => key.id === rule.deployKeyId)?.title ?? "Deploy key";
    }
    return LEVELS[rule.accessLevel ?? 0] ?? "";
  };
  return {
    id: rule.id,
    // An entry for a user, group or key shows Maintainer: the API has no null here.
    access_level: rule.accessLevel ?? MAINTAINER,
    access_level_description: describe(),
    deploy_key_id: rule.deployKeyId,
    user_id: rule.userId,
    group_id: rule.groupId,
  };
}

function branchEntity(state: State, rule: ProtectedBranch): Record<string, unknown> {
  const entities = (rules: AccessRule[]) => rules.map((entry) => ruleEntity(state, entry));
  return {
    id: rule.id,
    name: rule.name,
    push_access_levels: entities(rule.push),
    merge_access_levels: entities(rule.merge),
    allow_force_push: rule.allowForcePush,
    unprotect_access_levels: entities(rule.unprotect),
    code_owner_approval_required: rule.codeOwnerApproval,
    inherited: false,
  };
}

function tagEntity(state: State, rule: ProtectedTag): Record<string, unknown> {
  return { name: rule.name, create_access_levels: rule.create.map((entry) => ruleEntity(state, entry)) };
}
