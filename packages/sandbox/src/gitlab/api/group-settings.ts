import { ancestors } from "../access.ts";
import { invalid, parameterError } from "../errors.ts";
import { notImplemented } from "../not-implemented.ts";
import type { Group, State } from "../state.ts";
import type { Params } from "./params.ts";

const RUNNERS = [
  "enabled",
  "disabled_and_overridable",
  "disabled_with_override",
  "disabled_and_unoverridable",
] as const;

/** Settings of a group with GitLab's defaults: https://docs.gitlab.com/api/groups/#create-a-group */
export const GROUP_DEFAULTS: Record<string, unknown> = {
  share_with_group_lock: false,
  require_two_factor_authentication: false,
  two_factor_grace_period: 48,
  project_creation_level: "developer",
  auto_devops_enabled: null,
  subgroup_creation_level: "maintainer",
  emails_disabled: false,
  emails_enabled: true,
  mentions_disabled: null,
  lfs_enabled: true,
  default_branch: null,
  default_branch_protection: 2,
  request_access_enabled: true,
  membership_lock: false,
  prevent_forking_outside_group: null,
  shared_runners_setting: "enabled",
  max_artifacts_size: null,
  wiki_access_level: "enabled",
};

const CHOICES: Record<string, readonly string[]> = {
  project_creation_level: ["noone", "owner", "maintainer", "developer", "administrator"],
  subgroup_creation_level: ["owner", "maintainer"],
  shared_runners_setting: RUNNERS,
  wiki_access_level: ["disabled", "private", "enabled"],
};

/** Parameters that have a place of their own. */
const ELSEWHERE = ["id", "name", "path", "description", "visibility", "parent_id"];

/** Takes the settings of a call over into a group's own, and those of its runners to all below it. */
export function readGroupSettings(state: State, group: Group, params: Params): void {
  const names = params.names().filter((name) => !ELSEWHERE.includes(name));
  const missing = names.filter((name) => !Object.hasOwn(GROUP_DEFAULTS, name));
  if (missing.length > 0) throw notImplemented(`the group settings ${missing.join(", ")}`);
  for (const name of names) group.settings[name] = readOne(name, params);
  if (names.includes("shared_runners_setting")) spreadRunners(state, group);
}

function readOne(name: string, params: Params): unknown {
  const choices = CHOICES[name];
  if (choices === undefined) {
    return typeof GROUP_DEFAULTS[name] === "boolean" ? params.boolean(name) : params.values[name];
  }
  const value = params.oneOf(name, choices);
  if (value === undefined) throw parameterError(`${name} does not have a valid value`);
  return value;
}

/** Whether projects below may, must or cannot use the instance's runners. */
export function sharedRunners(group: Group): string {
  return String(group.settings.shared_runners_setting ?? GROUP_DEFAULTS.shared_runners_setting);
}

/**
 * A group cannot have what its parent does not let it have, and what it switches off is off for all below it.
 * https://docs.gitlab.com/api/groups/#options-for-shared_runners_setting
 */
function spreadRunners(state: State, group: Group): void {
  const parent = state.groups.find(({ id }) => id === group.parentId);
  const wanted = sharedRunners(group);
  if (wanted !== "disabled_and_unoverridable" && parent !== undefined) {
    checkParent(wanted, sharedRunners(parent));
  }
  if (wanted === "enabled") return;
  const below = state.groups.filter((other) => ancestors(state, other.id).some(({ id }) => id === group.id));
  for (const other of below) {
    if (wanted === "disabled_and_unoverridable" || sharedRunners(other) === "enabled") {
      other.settings.shared_runners_setting = wanted;
    }
  }
  if (wanted !== "disabled_and_unoverridable") return;
  const ids = [group.id, ...below.map(({ id }) => id)];
  for (const project of state.projects) {
    if (project.namespace.kind === "group" && ids.includes(project.namespace.id)) {
      project.settings.shared_runners_enabled = false;
    }
  }
}

function checkParent(wanted: string, above: string): void {
  if (wanted === "enabled" && above !== "enabled") {
    throw invalid({
      shared_runners_enabled: ["cannot be enabled because parent group has shared Runners disabled"],
    });
  }
  if (above === "disabled_and_unoverridable") {
    throw invalid({
      allow_descendants_override_disabled_shared_runners: [
        "cannot be enabled because parent group does not allow it",
      ],
    });
  }
}
