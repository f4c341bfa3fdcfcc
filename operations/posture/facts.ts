/** What the rules are judged by: answers of GitLab and Heroku, in their own words. */

/** An answer, or why there is none; `status` where the service gave one. */
export type Told<T> =
  | { readonly value: T }
  | { readonly missing: string; readonly status?: number | undefined };

/** GitLab's tiers, from the least to the most. https://about.gitlab.com/pricing/feature-comparison/ */
export const tiers = ["Free", "Premium", "Ultimate"] as const;
export type Tier = (typeof tiers)[number];

/** https://docs.gitlab.com/api/projects/ */
export interface Project {
  readonly default_branch: string | null;
  readonly visibility: string;
  readonly archived: boolean;
  readonly last_activity_at: string;
  readonly merge_method: string;
  readonly forking_access_level: string;
  readonly only_allow_merge_if_pipeline_succeeds: boolean;
  readonly only_allow_merge_if_all_discussions_are_resolved: boolean;
  readonly only_allow_merge_if_all_status_checks_passed?: boolean;
  readonly public_jobs: boolean;
  readonly auto_devops_enabled: boolean;
  readonly container_registry_access_level: string;
  readonly ci_push_repository_for_job_token_allowed?: boolean;
  readonly resource_group_default_process_mode?: string;
  readonly ci_config_path: string | null;
}

/** One of those who may do something with a protected ref. */
export interface Entry {
  readonly access_level: number | null;
  readonly user_id?: number | null;
  readonly group_id?: number | null;
  readonly deploy_key_id?: number | null;
}

/** https://docs.gitlab.com/api/protected_branches/ */
export interface BranchRule {
  readonly name: string;
  readonly push_access_levels: readonly Entry[];
  readonly merge_access_levels: readonly Entry[];
  readonly allow_force_push: boolean;
  readonly code_owner_approval_required?: boolean;
}

/** https://docs.gitlab.com/api/protected_tags/ */
export interface TagRule {
  readonly name: string;
  readonly create_access_levels: readonly Entry[];
}

/** https://docs.gitlab.com/api/members/ */
export interface Member {
  readonly username: string;
  readonly access_level: number;
}

/** https://docs.gitlab.com/api/project_webhooks/ */
export interface Hook {
  readonly url: string;
  readonly enable_ssl_verification: boolean;
}

/** https://docs.gitlab.com/api/runners/ */
export interface Runner {
  readonly id: number;
  readonly runner_type: string;
  readonly is_shared: boolean;
  /** Told of a runner of the project's own alone. */
  readonly locked?: boolean;
}

/** https://docs.gitlab.com/api/project_level_variables/; values are kept of those that are no credential. */
export interface Variable {
  readonly key: string;
  readonly value: string | null;
  readonly protected: boolean;
  readonly masked: boolean;
  readonly hidden?: boolean;
  readonly raw: boolean;
}

/** https://docs.gitlab.com/api/project_access_tokens/ */
export interface AccessToken {
  readonly name: string;
  readonly active: boolean;
  readonly scopes: readonly string[];
  readonly access_level: number;
  readonly expires_at: string | null;
}

/** https://docs.gitlab.com/api/deploy_keys/ */
export interface DeployKey {
  readonly title: string;
  readonly can_push: boolean;
  readonly expires_at: string | null;
}

/** https://docs.gitlab.com/api/merge_request_approvals/ */
export interface Approvals {
  readonly reset_approvals_on_push: boolean;
  readonly merge_requests_author_approval: boolean;
  readonly disable_overriding_approvers_per_merge_request: boolean;
  readonly merge_requests_disable_committers_approval: boolean;
}

/** https://docs.gitlab.com/api/settings/ */
export interface InstanceSettings {
  readonly signup_enabled: boolean;
  readonly require_admin_approval_after_user_signup?: boolean;
  readonly email_confirmation_setting?: string;
  readonly can_create_group?: boolean;
  readonly require_two_factor_authentication: boolean;
  readonly group_owners_can_manage_default_branch_protection?: boolean;
  readonly default_project_visibility: string;
  readonly [name: `${string}_key_restriction`]: number | undefined;
}

export interface ProjectFacts {
  /** Path with namespace. */
  readonly path: string;
  readonly settings: Told<Project>;
  readonly branchRules: Told<readonly BranchRule[]>;
  readonly tagRules: Told<readonly TagRule[]>;
  /** By name, with the moment of the last commit. */
  readonly branches: Told<ReadonlyArray<{ readonly name: string; readonly committedAt: string }>>;
  /** Those of the project itself, and those with what they inherit. */
  readonly members: Told<readonly Member[]>;
  readonly allMembers: Told<readonly Member[]>;
  /** Of the latest merge requests, how many issues each is related to. */
  readonly mergeRequests: Told<ReadonlyArray<{ readonly issues: number }>>;
  readonly forks: Told<number>;
  readonly integrations: Told<number>;
  readonly hooks: Told<readonly Hook[]>;
  readonly runners: Told<readonly Runner[]>;
  readonly variables: Told<readonly Variable[]>;
  readonly accessTokens: Told<readonly AccessToken[]>;
  readonly deployKeys: Told<readonly DeployKey[]>;
  /** Stage of each job of the latest pipeline; undefined where there was none. */
  readonly pipelineStages: Told<readonly string[] | undefined>;
  /** Text of the pipeline file, and where it is; undefined where there is none. */
  readonly pipelineFile: Told<{ readonly path: string; readonly text: string } | undefined>;
  /** Files in the root of the repository, in `.gitlab` and in `docs`. */
  readonly files: Told<readonly string[]>;
  /** Of the latest commits, whether GitLab has verified their signature. */
  readonly commits: Told<ReadonlyArray<{ readonly isSigned: boolean }>>;
  readonly approvals: Told<Approvals>;
  /** Approvals that each rule asks for. */
  readonly approvalRules: Told<readonly number[]>;
  readonly rejectsUnsignedCommits: Told<boolean>;
  readonly protectedEnvironments: Told<number>;
}

/** https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization */
export interface Authorization {
  readonly scope: readonly string[];
  /** Days that it is still good; undefined where it has no end. */
  readonly daysLeft: number | undefined;
}

export interface Facts {
  readonly now: number;
  /** Undefined where GitLab does not tell. */
  readonly tier: Tier | undefined;
  /** The stack's setting. */
  readonly tagPattern: string;
  readonly instance: Told<InstanceSettings>;
  readonly projects: readonly ProjectFacts[];
  /** The stack's authorizations for its pipelines. */
  readonly authorizations: Told<readonly Authorization[]>;
  /** Names of the app's config vars. */
  readonly configVars: Told<readonly string[]>;
}
