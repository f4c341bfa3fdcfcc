import { groupLevel } from "../access.ts";
import { invalid, must } from "../errors.ts";
import { notImplemented } from "../not-implemented.ts";
import { DEVELOPER, MAINTAINER, type NamespaceRef, OWNER, type State, type User } from "../state.ts";
import { GROUP_DEFAULTS, sharedRunners } from "./group-settings.ts";
import type { Params } from "./params.ts";

/** Roles that `project_creation_level` lets make projects: https://docs.gitlab.com/api/groups/ */
const CREATION_LEVELS: Record<string, number> = {
  owner: OWNER,
  maintainer: MAINTAINER,
  developer: DEVELOPER,
};

/** Whether a user may make projects in a namespace: the own one, or a group that lets the user's role do so. */
export function mayCreateProjects(state: State, user: User, namespace: NamespaceRef): boolean {
  if (namespace.kind === "user") return user.admin || user.id === namespace.id;
  const group = must(state.groups.find(({ id }) => id === namespace.id));
  const level = String(group.settings.project_creation_level ?? GROUP_DEFAULTS.project_creation_level);
  // "No one" means administrators too.
  if (level === "noone") return false;
  if (user.admin) return true;
  const needed = CREATION_LEVELS[level];
  return needed !== undefined && groupLevel(state, user.id, group) >= needed;
}

/**
 * Takes the group's rule on shared runners over into a project's settings.
 * https://docs.gitlab.com/ci/runners/runners_scope/#prevent-instance-runners-in-groups
 */
export function applySharedRunners(
  state: State,
  namespace: NamespaceRef,
  settings: Record<string, unknown>,
  params: Params,
): void {
  const group = namespace.kind === "group" ? state.groups.find(({ id }) => id === namespace.id) : undefined;
  const rule = group === undefined ? "enabled" : sharedRunners(group);
  if (rule === "disabled_and_unoverridable" && params.boolean("shared_runners_enabled") === true) {
    throw invalid({
      shared_runners_enabled: ["cannot be enabled because parent group does not allow it"],
    });
  }
  // A new project of such a group has none unless it asks for them.
  if (rule !== "enabled") settings.shared_runners_enabled ??= false;
}

/** Parameters of a project that GitLab has and this sandbox has nothing behind. */
const MISSING = [
  "avatar",
  "group_with_project_templates_id",
  "import_url",
  "mr_default_target_self",
  "spp_repository_pipeline_access",
  "template_name",
  "template_project_id",
  "use_custom_template",
];

/** Settings that only their default can be kept of: what they switch on is not there. */
const ONLY_OFF = ["auto_devops_enabled", "mirror", "service_desk_enabled"];

/** Says so where a project is to have what the sandbox cannot give it. */
export function refuseMissing(params: Params): void {
  const wanted = [
    ...MISSING.filter((name) => params.has(name) && !params.isBlank(name)),
    ...ONLY_OFF.filter((name) => params.boolean(name) === true),
  ].filter((name) => params.values[name] !== false && params.values[name] !== "false");
  if (params.string("repository_object_format") === "sha256") wanted.push("repository_object_format");
  if (wanted.length > 0) throw notImplemented(`${wanted.join(", ")} of a project`);
}
