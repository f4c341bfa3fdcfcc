import type { Api } from "./call.ts";

/**
 * Settings of an instance as it is installed, but for sign-up: here an administrator makes the users.
 * Of several hundred the most asked for: https://docs.gitlab.com/api/settings/
 */
const SETTINGS = {
  id: 1,
  admin_mode: false,
  after_sign_out_path: null,
  after_sign_up_text: null,
  allow_account_deletion: true,
  allow_local_requests_from_hooks_and_services: false,
  allow_local_requests_from_system_hooks: true,
  allow_local_requests_from_web_hooks_and_services: false,
  allow_runner_registration_token: false,
  // No project gets a pipeline that it does not have.
  auto_devops_domain: null,
  auto_devops_enabled: false,
  can_create_group: true,
  container_registry_token_expire_delay: 5,
  default_artifacts_expire_in: "30 days",
  default_branch_name: "main",
  default_branch_protection: 2,
  default_branch_protection_defaults: {
    allowed_to_push: [{ access_level: 40 }],
    allow_force_push: false,
    allowed_to_merge: [{ access_level: 40 }],
    developer_can_initial_push: false,
  },
  default_ci_config_path: null,
  default_group_visibility: "private",
  default_project_creation: 2,
  default_project_visibility: "private",
  default_projects_limit: 100_000,
  default_snippet_visibility: "private",
  disabled_oauth_sign_in_sources: [],
  dns_rebinding_protection_enabled: true,
  domain_allowlist: [],
  domain_denylist: [],
  domain_denylist_enabled: false,
  dsa_key_restriction: 0,
  ecdsa_key_restriction: 0,
  ecdsa_sk_key_restriction: 0,
  ed25519_key_restriction: 0,
  ed25519_sk_key_restriction: 0,
  rsa_key_restriction: 0,
  email_confirmation_setting: "off",
  enabled_git_access_protocol: null,
  enforce_terms: false,
  external_authorization_service_enabled: false,
  first_day_of_week: 0,
  gravatar_enabled: false,
  group_owners_can_manage_default_branch_protection: true,
  home_page_url: null,
  keep_latest_artifact: true,
  max_artifacts_size: 100,
  max_attachment_size: 100,
  password_authentication_enabled_for_git: true,
  password_authentication_enabled_for_web: true,
  project_export_enabled: true,
  repository_storages_weighted: { default: 100 },
  require_admin_approval_after_user_signup: true,
  require_personal_access_token_expiry: true,
  require_two_factor_authentication: false,
  restricted_visibility_levels: [],
  session_expire_delay: 10_080,
  shared_runners_enabled: true,
  signup_enabled: false,
  terms: null,
  two_factor_grace_period: 48,
  unique_ips_limit_enabled: false,
  user_default_external: false,
  user_oauth_applications: true,
  wiki_page_max_content_bytes: 5_242_880,
};

export function applicationSettingsRoutes(api: Api): void {
  api.get("/application/settings", (call) => {
    call.requireAdmin();
    return { ...SETTINGS, deletion_adjourned_period: 0 };
  });
}
