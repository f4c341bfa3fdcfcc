import { parameterError } from "../errors.ts";
import { PROCESS_MODES } from "../state.ts";
import type { Params } from "./params.ts";

const ACCESS = ["disabled", "private", "enabled", "public"];

/** Settings of a project with GitLab's defaults: https://docs.gitlab.com/api/projects/#create-a-project */
const DEFAULTS: Record<string, unknown> = {
  issues_access_level: "enabled",
  repository_access_level: "enabled",
  merge_requests_access_level: "enabled",
  forking_access_level: "enabled",
  wiki_access_level: "enabled",
  builds_access_level: "enabled",
  snippets_access_level: "enabled",
  pages_access_level: "private",
  analytics_access_level: "enabled",
  container_registry_access_level: "enabled",
  security_and_compliance_access_level: "private",
  releases_access_level: "enabled",
  environments_access_level: "enabled",
  feature_flags_access_level: "enabled",
  infrastructure_access_level: "enabled",
  monitor_access_level: "enabled",
  model_experiments_access_level: "enabled",
  model_registry_access_level: "enabled",
  package_registry_access_level: "enabled",
  requirements_access_level: "enabled",
  resolve_outdated_diff_discussions: false,
  packages_enabled: true,
  service_desk_enabled: false,
  emails_enabled: true,
  show_default_award_emojis: true,
  show_diff_preview_in_email: true,
  lfs_enabled: true,
  request_access_enabled: true,
  remove_source_branch_after_merge: true,
  only_allow_merge_if_pipeline_succeeds: false,
  only_allow_merge_if_all_discussions_are_resolved: false,
  only_allow_merge_if_all_status_checks_passed: false,
  allow_merge_on_skipped_pipeline: null,
  allow_pipeline_trigger_approve_deployment: false,
  printing_merge_request_link_enabled: true,
  merge_method: "merge",
  squash_option: "default_off",
  enforce_auth_checks_on_uploads: true,
  suggestion_commit_message: null,
  merge_commit_template: null,
  squash_commit_template: null,
  issue_branch_template: null,
  issues_template: null,
  merge_requests_template: null,
  merge_request_title_regex: null,
  merge_request_title_regex_description: null,
  autoclose_referenced_issues: true,
  // Empty, not null, where the default applies.
  ci_config_path: "",
  ci_default_git_depth: 20,
  ci_delete_pipelines_in_seconds: null,
  ci_forward_deployment_enabled: true,
  ci_forward_deployment_rollback_allowed: true,
  ci_job_token_scope_enabled: false,
  ci_separated_caches: true,
  ci_allow_fork_pipelines_to_run_in_parent_project: true,
  ci_id_token_sub_claim_components: ["project_path", "ref_type", "ref"],
  ci_display_pipeline_variables: false,
  ci_pipeline_variables_minimum_override_role: "developer",
  ci_push_repository_for_job_token_allowed: false,
  ci_restrict_pipeline_cancellation_role: "developer",
  build_git_strategy: "fetch",
  build_timeout: 3600,
  build_coverage_regex: null,
  auto_cancel_pending_pipelines: "enabled",
  auto_devops_enabled: false,
  auto_devops_deploy_strategy: "continuous",
  keep_latest_artifact: true,
  public_jobs: true,
  shared_runners_enabled: true,
  group_runners_enabled: true,
  resource_group_default_process_mode: "unordered",
  runner_token_expiration_interval: null,
  restrict_user_defined_variables: false,
  merge_pipelines_enabled: false,
  merge_trains_enabled: false,
  merge_trains_skip_train_allowed: false,
  protect_merge_request_pipelines: true,
  mirror: false,
  mirror_trigger_builds: false,
  only_mirror_protected_branches: false,
  mirror_overwrites_diverged_branches: false,
  external_authorization_classification_label: null,
  repository_storage: "default",
  max_artifacts_size: null,
  warn_about_potentially_unwanted_characters: true,
  pre_receive_secret_detection_enabled: false,
  prevent_merge_without_jira_issue: false,
  auto_duo_code_review_enabled: false,
  approvals_before_merge: 0,
  container_expiration_policy: {
    cadence: "1d",
    enabled: false,
    keep_n: 10,
    older_than: "90d",
    name_regex: ".*",
    name_regex_keep: null,
    next_run_at: null,
  },
};

const CHOICES: Record<string, string[]> = {
  merge_method: ["merge", "rebase_merge", "ff"],
  squash_option: ["never", "always", "default_on", "default_off"],
  build_git_strategy: ["fetch", "clone"],
  auto_cancel_pending_pipelines: ["enabled", "disabled"],
  auto_devops_deploy_strategy: ["continuous", "manual", "timed_incremental"],
  ci_pipeline_variables_minimum_override_role: ["owner", "maintainer", "developer", "no_one_allowed"],
  ci_restrict_pipeline_cancellation_role: ["maintainer", "developer", "no_one"],
  resource_group_default_process_mode: [...PROCESS_MODES],
};

/** Old switches that now stand for an access level. */
const SWITCHES: Record<string, string> = {
  issues_enabled: "issues_access_level",
  merge_requests_enabled: "merge_requests_access_level",
  wiki_enabled: "wiki_access_level",
  jobs_enabled: "builds_access_level",
  snippets_enabled: "snippets_access_level",
  container_registry_enabled: "container_registry_access_level",
  security_and_compliance_enabled: "security_and_compliance_access_level",
  requirements_enabled: "requirements_access_level",
};

/** Takes the settings of a call over into a project's own. */
export function readSettings(settings: Record<string, unknown>, params: Params): void {
  for (const [old, name] of Object.entries(SWITCHES)) {
    const value = params.boolean(old);
    if (value !== undefined) settings[name] = value ? "enabled" : "disabled";
  }
  const publicBuilds = params.boolean("public_builds");
  if (publicBuilds !== undefined) settings.public_jobs = publicBuilds;
  const emailsDisabled = params.boolean("emails_disabled");
  if (emailsDisabled !== undefined) settings.emails_enabled = !emailsDisabled;
  for (const name of Object.keys(DEFAULTS)) {
    if (params.has(name)) settings[name] = readOne(name, params);
  }
  const policy = params.map("container_expiration_policy_attributes");
  if (policy !== undefined) {
    const known = (settings.container_expiration_policy ?? DEFAULTS.container_expiration_policy) as object;
    const { name_regex_delete, ...rest } = policy.values;
    const renamed = name_regex_delete === undefined ? {} : { name_regex: name_regex_delete };
    settings.container_expiration_policy = { ...known, ...rest, ...renamed };
  }
}

function readOne(name: string, params: Params): unknown {
  const initial = DEFAULTS[name];
  if (name.endsWith("_access_level")) {
    const value = params.string(name) ?? initial;
    if (!ACCESS.includes(String(value))) throw parameterError(`${name} does not have a valid value`);
    return value;
  }
  const choices = CHOICES[name];
  if (choices !== undefined) return params.oneOf(name, choices) ?? initial;
  if (typeof initial === "boolean") return params.boolean(name) ?? initial;
  if (typeof initial === "number") return params.integer(name) ?? initial;
  if (Array.isArray(initial)) return params.list(name) ?? initial;
  return params.isBlank(name) ? (initial === "" ? "" : null) : params.values[name];
}

/** All settings of a project, by the API's names. */
export function effectiveSettings(settings: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...DEFAULTS, ...settings };
  const switches: Record<string, unknown> = {};
  for (const [old, name] of Object.entries(SWITCHES)) switches[old] = merged[name] !== "disabled";
  return {
    ...merged,
    ...switches,
    public_builds: merged.public_jobs,
    emails_disabled: merged.emails_enabled === false,
  };
}
