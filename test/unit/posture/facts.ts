import type { Facts, ProjectFacts } from "../../../operations/posture/facts.ts";

export const now = Date.parse("2026-06-01T00:00:00Z");
const digest = `@sha256:${"0".repeat(64)}`;
const people = [
  { username: "ada", access_level: 50 },
  { username: "bob", access_level: 50 },
  ...Array.from({ length: 12 }, (_, index) => ({ username: `guest-${index}`, access_level: 10 })),
];

/** A project of which every rule that can be told is content. */
export const wellProject: ProjectFacts = {
  path: "ml/mlserver",
  settings: {
    value: {
      default_branch: "main",
      visibility: "private",
      archived: false,
      last_activity_at: "2026-05-20T00:00:00Z",
      merge_method: "ff",
      forking_access_level: "disabled",
      only_allow_merge_if_pipeline_succeeds: true,
      only_allow_merge_if_all_discussions_are_resolved: true,
      only_allow_merge_if_all_status_checks_passed: true,
      public_jobs: false,
      auto_devops_enabled: false,
      container_registry_access_level: "private",
      ci_push_repository_for_job_token_allowed: false,
      resource_group_default_process_mode: "oldest_first",
      ci_config_path: "ci/pipeline.yml",
    },
  },
  branchRules: {
    value: [
      {
        name: "main",
        push_access_levels: [{ access_level: 40 }, { access_level: null, deploy_key_id: 3 }],
        merge_access_levels: [{ access_level: 40 }],
        allow_force_push: false,
        code_owner_approval_required: true,
      },
    ],
  },
  tagRules: {
    value: [
      { name: "v*", create_access_levels: [{ access_level: 40 }] },
      { name: "v**", create_access_levels: [{ access_level: 0 }] },
    ],
  },
  branches: { value: [{ name: "main", committedAt: "2026-05-20T00:00:00Z" }] },
  members: { value: people },
  allMembers: { value: people },
  mergeRequests: { value: [{ issues: 0 }, { issues: 1 }] },
  forks: { value: 0 },
  integrations: { value: 0 },
  hooks: { value: [{ url: "https://example.com/hook", enable_ssl_verification: true }] },
  runners: { value: [{ id: 1, runner_type: "project_type", is_shared: false, locked: true }] },
  variables: {
    value: [
      variable({ key: "HEROKU_API_KEY", value: null, masked: true, hidden: true }),
      variable({ key: "MLSERVER_REPO", value: null, masked: true, hidden: true }),
      variable({ key: "RUNTIME_IMAGE", value: `registry.example.com/ml/mlserver${digest}` }),
    ],
  },
  accessTokens: {
    value: [
      token({ name: "access-mlserver" }),
      token({ name: "gone", active: false, scopes: ["api"], expires_at: null }),
    ],
  },
  deployKeys: { value: [{ title: "one", can_push: true, expires_at: "2026-08-01" }] },
  pipelineStages: { value: ["check", "build", "release"] },
  pipelineFile: { value: { path: "ci/pipeline.yml", text: pipeline("[check, build]") } },
  files: { value: ["README.md", "CODEOWNERS", "SECURITY.md"] },
  commits: { value: [{ isSigned: true }] },
  approvals: {
    value: {
      reset_approvals_on_push: true,
      merge_requests_author_approval: false,
      disable_overriding_approvers_per_merge_request: true,
      merge_requests_disable_committers_approval: true,
    },
  },
  approvalRules: { value: [2] },
  rejectsUnsignedCommits: { value: true },
  protectedEnvironments: { value: 1 },
};

export const wellFacts: Facts = {
  now,
  tier: "Ultimate",
  tagPattern: "v*",
  instance: {
    value: {
      signup_enabled: false,
      can_create_group: false,
      require_two_factor_authentication: true,
      group_owners_can_manage_default_branch_protection: false,
      default_project_visibility: "private",
      rsa_key_restriction: 4096,
    },
  },
  projects: [wellProject],
  authorizations: { value: [{ scope: ["read", "write-protected"], daysLeft: 300 }] },
  configVars: { value: ["LOG_LEVEL"] },
};

/** A pipeline file with such stages and scanners. */
export function pipeline(stages: string, job = "script: [make]\n  artifacts: { paths: [out] }"): string {
  return `# no cosign here
stages: ${stages}
include:
  - template: Jobs/Secret-Detection.gitlab-ci.yml
  - template: Jobs/SAST.gitlab-ci.yml
  - template: Jobs/SAST-IaC.gitlab-ci.yml
  - template: Jobs/Dependency-Scanning.gitlab-ci.yml
build:
  stage: build
  rules: [!reference [.deployment, rules]]
  ${job}
`;
}

export function variable(given: Partial<VariableFact>): VariableFact {
  return { key: "A", value: "b", protected: true, masked: false, hidden: false, raw: true, ...given };
}
type VariableFact = Extract<ProjectFacts["variables"], { value: unknown }>["value"][number];

export function token(given: Partial<TokenFact>): TokenFact {
  const scopes = ["write_repository"];
  return { name: "t", active: true, scopes, access_level: 40, expires_at: "2026-08-01", ...given };
}
type TokenFact = Extract<ProjectFacts["accessTokens"], { value: unknown }>["value"][number];

/** The value of a fact that is told. */
export function valueIn<T>(told: { readonly value: T } | { readonly missing: string }): T {
  if (!("value" in told)) throw new Error(told.missing);
  return told.value;
}

/** The same with everything that a service tells missing. */
export function nothingTold(): Facts {
  const missing = { missing: "GitLab answered 403", status: 403 };
  const { path, ...facts } = wellProject;
  const project = { path, ...Object.fromEntries(Object.keys(facts).map((name) => [name, missing])) };
  return {
    ...wellFacts,
    tier: undefined,
    instance: missing,
    authorizations: missing,
    configVars: missing,
    projects: [project as unknown as ProjectFacts],
  };
}
