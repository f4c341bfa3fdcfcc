import type { State } from "./state.ts";

/**
 * The settings of an instance that this one honours, with GitLab's defaults:
 * https://docs.gitlab.com/api/settings/#available-settings
 */
export const SETTING_DEFAULTS = {
  default_branch_name: "main" as string | null,
  default_branch_protection: 2,
  default_project_visibility: "private",
  default_group_visibility: "private",
  /** Levels that only administrators may give; gitlab.com restricts `internal`. */
  restricted_visibility_levels: [] as string[],
  signup_enabled: false,
  container_registry_token_expire_delay: 5,
  /** Days between the deletion of a project and its removal. */
  deletion_adjourned_period: 30,
  /** Whether the plan of a namespace says what its projects can do, as on gitlab.com. */
  check_namespace_plan: false,
  throttle_authenticated_api_enabled: false,
  throttle_authenticated_api_requests_per_period: 7200,
  throttle_authenticated_api_period_in_seconds: 3600,
  throttle_unauthenticated_api_enabled: false,
  throttle_unauthenticated_api_requests_per_period: 3600,
  throttle_unauthenticated_api_period_in_seconds: 3600,
  rate_limiting_response_text: null as string | null,
};

export type ApplicationSettings = typeof SETTING_DEFAULTS;

/** The settings in force. */
export function applicationSettings(state: State): ApplicationSettings {
  return { ...SETTING_DEFAULTS, ...state.applicationSettings };
}
