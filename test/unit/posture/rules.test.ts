/** Every rule: content with what is well, not with what is wrong, and silent where nothing is told. */
import { describe, expect, it } from "vitest";
import type {
  Facts,
  InstanceSettings,
  Member,
  Project,
  ProjectFacts,
} from "../../../operations/posture/facts.ts";
import { postureOf, type RuleResult } from "../../../operations/posture/posture.ts";
import { rules } from "../../../operations/posture/rules.ts";
import { nothingTold, pipeline, token, valueIn, variable, wellFacts, wellProject } from "./facts.ts";

const resultsOf = (facts: Facts) => postureOf("test", rules, facts).rules;
const outcomeOf = (id: string, facts: Facts) => found(id, facts).outcome;
function found(id: string, facts: Facts): RuleResult {
  const result = resultsOf(facts).find((one) => one.id === id);
  if (!result) throw new Error(`no rule ${id}`);
  return result;
}

type Change = (facts: Facts) => Facts;
const project =
  (change: Partial<ProjectFacts>): Change =>
  (facts) => ({ ...facts, projects: [{ ...wellProject, ...change }] });
const settings = (change: Partial<Project>) =>
  project({ settings: { value: { ...valueIn(wellProject.settings), ...change } } });
const instance =
  (change: Partial<InstanceSettings>): Change =>
  (facts) => ({ ...facts, instance: { value: { ...valueIn(wellFacts.instance), ...change } } });
const tier =
  (name: Facts["tier"]): Change =>
  (facts) => ({ ...facts, tier: name });
const [rule] = valueIn(wellProject.branchRules);
if (!rule) throw new Error("the fixture has no branch rule");
const branch = (change: Partial<typeof rule>) =>
  project({ branchRules: { value: [{ ...rule, ...change }] } });
const unprotected = project({ branchRules: { value: [] } });
const tags = (name: string, level: number) =>
  project({ tagRules: { value: [{ name, create_access_levels: [{ access_level: level }] }] } });
const maintainers: Member[] = ["a", "b", "c"].map((username) => ({ username, access_level: 40 }));
const all = project({ members: { value: maintainers }, allMembers: { value: maintainers } });
const text = (yaml: string, path = "ci/pipeline.yml") =>
  project({ pipelineFile: { value: { path, text: yaml } } });
const noFile = project({ pipelineFile: { value: undefined } });
const bare = text("stages: [build]\n# Secret-Detection, SAST-IaC and dependency-scanning\n");
const open = project({ hooks: { value: [{ url: "https://example.com", enable_ssl_verification: false }] } });
const plain = project({ hooks: { value: [{ url: "http://example.com", enable_ssl_verification: true }] } });
const approvals = (change: Partial<ReturnType<typeof approvalsIn>>) =>
  project({ approvals: { value: { ...approvalsIn(), ...change } } });
const approvalsIn = () => valueIn(wellProject.approvals);
const asks = (...counts: number[]) => project({ approvalRules: { value: counts } });
const inactive = settings({ last_activity_at: "2025-11-01T00:00:00Z" });
const unsigned = project({ commits: { value: [{ isSigned: true }, { isSigned: false }] } });
const variables = (change: Parameters<typeof variable>[0]) =>
  project({ variables: { value: [variable(change)] } });
const tokens = (change: Parameters<typeof token>[0]) => project({ accessTokens: { value: [token(change)] } });
const unsignedTaken = project({ rejectsUnsignedCommits: { value: false } });

/** Each rule that can be told, and what makes it fail; more than one where it looks at more than one thing. */
const wrong: Readonly<Record<string, readonly Change[]>> = {
  "1.1.2": [
    project({ mergeRequests: { value: [] } }),
    project({ mergeRequests: { value: [{ issues: 0 }] } }),
  ],
  "1.1.3": [asks(), asks(1)],
  "1.1.4": [approvals({ reset_approvals_on_push: false })],
  "1.1.5": [unprotected],
  "1.1.6": [project({ files: { value: ["README.md"] } })],
  "1.1.7": [branch({ code_owner_approval_required: false }), unprotected],
  "1.1.8": [project({ branches: { value: [{ name: "old", committedAt: "2026-01-01T00:00:00Z" }] } })],
  "1.1.9": [settings({ only_allow_merge_if_all_status_checks_passed: false })],
  "1.1.10": [settings({ merge_method: "merge" })],
  "1.1.11": [settings({ only_allow_merge_if_all_discussions_are_resolved: false })],
  "1.1.12": [unsignedTaken],
  "1.1.13": [settings({ merge_method: "merge" }), settings({ merge_method: "rebase_merge" })],
  "1.1.14": [instance({ group_owners_can_manage_default_branch_protection: true })],
  "1.1.15": [branch({ allow_force_push: true }), unprotected],
  "1.1.16": [branch({ allow_force_push: true }), unprotected],
  "1.1.17": [unprotected],
  "1.1.18": [tier("Free"), tier("Premium")],
  "1.1.19": [tier("Free")],
  "1.1.20": [unprotected, branch({ name: "other" })],
  "1.2.2": [instance({ signup_enabled: true })],
  "1.2.7": [inactive],
  "1.3.2": [instance({ can_create_group: true })],
  "1.3.3": [all],
  "1.3.4": [instance({ require_two_factor_authentication: false })],
  "1.3.8": [all],
  "1.3.11": [instance({ rsa_key_restriction: 0 })],
  "1.4.2": [tier("Free")],
  "1.4.4": [open, plain],
  "1.5.1": [bare, noFile],
  "1.5.3": [bare],
  "1.5.4": [bare],
  "1.5.5": [tier("Free")],
  "1.5.6": [tier("Free")],
  "1.5.7": [tier("Free")],
  "1.5.8": [tier("Free")],
  "2.1.1": [project({ pipelineStages: { value: ["build", "build"] } })],
  "2.1.4": [noFile],
  "2.1.5": [all],
  "2.1.6": [all],
  "2.1.10": [open, plain],
  "2.1.11": [all],
  "2.2.3": [project({ runners: { value: [{ id: 1, runner_type: "instance_type", is_shared: true }] } })],
  "2.2.7": [noFile],
  "2.3.1": [noFile],
  "2.3.2": [text(pipeline("[release]")), text(pipeline("[build]", "script: [make]")), noFile],
  "2.3.4": [noFile],
  "2.3.5": [project({ protectedEnvironments: { value: 0 } })],
  "2.3.6": [tier("Free")],
  "2.3.7": [tier("Free")],
  "2.3.8": [bare],
  "2.4.3": [bare],
  "2.4.4": [text(pipeline("[build]", "script: [make]")), noFile],
  "2.4.5": [bare],
  "3.1.4": [tier("Free")],
  "3.2.1": [tier("Free")],
  "3.2.2": [bare],
  "3.2.3": [bare],
  "4.1.1": [text(pipeline("[build]")), noFile],
  "4.2.2": [all],
  "4.2.3": [instance({ require_two_factor_authentication: false })],
  "4.2.5": [instance({ default_project_visibility: "public" })],
  "4.2.6": [all],
  "4.3.1": [unsigned],
  "4.3.2": [unsigned],
  "4.3.4": [open, plain],
  "5.1.1": [text("a: 1", ".gitlab-ci.yml"), noFile],
  "5.1.2": [asks(0)],
  "5.1.3": [bare],
  "5.1.5": [bare],
  repository_not_maintained: [settings({ last_activity_at: "2026-02-01T00:00:00Z" })],
  repository_has_too_many_admins: [
    project({
      members: { value: Array.from({ length: 4 }, (_, i) => ({ username: `o${i}`, access_level: 50 })) },
    }),
  ],
  forking_allowed_for_repository: [settings({ forking_access_level: "enabled" })],
  missing_default_branch_protection: [unprotected],
  missing_default_branch_protection_force_push: [branch({ allow_force_push: true }), unprotected],
  repository_require_code_owner_reviews_policy: [
    branch({ code_owner_approval_required: false }),
    unprotected,
  ],
  repository_webhook_doesnt_require_ssl: [open],
  requires_status_checks: [settings({ only_allow_merge_if_pipeline_succeeds: false })],
  no_conversation_resolution: [settings({ only_allow_merge_if_all_discussions_are_resolved: false })],
  no_signed_commits: [unsignedTaken],
  code_review_not_required: [asks()],
  code_review_by_two_members_not_required: [asks(1)],
  repository_allows_review_requester_to_approve_their_own_request: [
    approvals({ merge_requests_author_approval: true }),
  ],
  repository_allows_overriding_approvers: [
    approvals({ disable_overriding_approvers_per_merge_request: false }),
  ],
  repository_allows_committer_approvals_policy: [
    approvals({ merge_requests_disable_committers_approval: false }),
  ],
  repository_dismiss_stale_reviews: [approvals({ reset_approvals_on_push: false })],
  "tags-protected": [tags("v*", 30), tags("release-*", 40), tags("*", 30)],
  "tags-other-rules": [tags("release-*", 30)],
  "branch-push": [
    branch({ push_access_levels: [{ access_level: 30 }] }),
    branch({ merge_access_levels: [{ access_level: 40 }, { access_level: 40, user_id: 7 }] }),
    unprotected,
  ],
  "token-life": [tokens({ expires_at: null }), tokens({ expires_at: "2027-07-01" })],
  "token-scope": [tokens({ scopes: ["write_repository", "api"] }), tokens({ access_level: 50 })],
  "deploy-key-life": [project({ deployKeys: { value: [{ title: "k", can_push: true, expires_at: null }] } })],
  "heroku-authorization": [
    (facts) => ({ ...facts, authorizations: { value: [{ scope: ["global"], daysLeft: 3 }] } }),
    (facts) => ({ ...facts, authorizations: { value: [{ scope: ["read"], daysLeft: undefined }] } }),
  ],
  "app-without-credentials": [(facts) => ({ ...facts, configVars: { value: ["DATABASE_PASSWORD"] } })],
  "variables-protected": [variables({ protected: false })],
  "credentials-masked": [variables({ key: "HEROKU_API_KEY", masked: false })],
  "credentials-hidden": [variables({ key: "MLSERVER_REPO", masked: true, hidden: false })],
  "variables-raw": [variables({ raw: false })],
  "image-by-digest": [variables({ key: "RUNTIME_IMAGE", value: "registry.example.com/ml/mlserver:latest" })],
  "runners-locked": [
    project({
      runners: { value: [{ id: 1, runner_type: "project_type", is_shared: false, locked: false }] },
    }),
  ],
  "job-logs": [settings({ public_jobs: true })],
  "no-auto-devops": [settings({ auto_devops_enabled: true })],
  "job-token-push": [settings({ ci_push_repository_for_job_token_allowed: true })],
  "deployments-in-order": [settings({ resource_group_default_process_mode: "unordered" })],
  "registry-private": [settings({ container_registry_access_level: "enabled" })],
  "project-private": [settings({ visibility: "internal" })],
};

/** What makes a rule pass that the facts, well as they are, leave open. */
const right: Readonly<Record<string, Change>> = {
  "4.1.1": text("sign: { script: [cosign sign image] }"),
};
/** Rules that no answer makes pass, though one can make them fail. */
const neverPass = [
  "1.1.18",
  "1.4.2",
  "1.5.5",
  "1.5.6",
  "1.5.7",
  "1.5.8",
  "2.3.5",
  "2.3.6",
  "2.3.7",
  "3.1.4",
  "3.2.1",
  "4.1.1",
];

describe("a rule", () => {
  it.each(
    Object.entries(wrong).flatMap(([id, changes]) =>
      changes.map((change, index) => [id, index, change] as const),
    ),
  )("%s fails where something is wrong (%i)", (id, _, change) => {
    const { outcome, mend } = found(id, change(wellFacts));
    expect({ outcome, mend }).toEqual({ outcome: "fail", mend: expect.stringMatching(/\S/) });
  });

  it.each(Object.keys(wrong))("%s does not fail where all is well", (id) => {
    const facts = (right[id] ?? ((same: Facts) => same))(wellFacts);
    expect(outcomeOf(id, facts)).toBe(neverPass.includes(id) ? "not told" : "pass");
  });

  it("says nothing of what nobody told it", () => {
    const said = resultsOf(nothingTold()).filter(({ outcome }) => outcome !== "not told");
    expect(said).toEqual([]);
  });
});

describe("rules that no row above makes fail", () => {
  it("pass, do not apply, or are for a person", () => {
    const others = resultsOf(wellFacts).filter(({ id }) => !(id in wrong));
    const of = (outcome: string) => others.filter((one) => one.outcome === outcome).map(({ id }) => id);
    expect(of("pass").sort()).toEqual(["1.1.1", "1.2.5", "1.3.5", "1.3.7", "1.4.1", "1.4.3"]);
    expect(of("does not apply")).toEqual(["1.2.1"]);
    expect(of("not told")).toHaveLength(46);
  });

  it.each([
    ["1.2.1", settings({ visibility: "public" }), "pass"],
    [
      "1.2.1",
      (facts: Facts) => ({
        ...settings({ visibility: "public" })(facts),
        projects: settings({ visibility: "public" })(facts).projects.map((one) => ({
          ...one,
          files: { value: [] },
        })),
      }),
      "fail",
    ],
    [
      "1.2.2",
      instance({
        signup_enabled: true,
        require_admin_approval_after_user_signup: true,
        email_confirmation_setting: "hard",
      }),
      "pass",
    ],
    ["1.2.5", project({ forks: { value: 1 } }), "not told"],
    ["1.3.5", instance({ require_two_factor_authentication: false }), "not told"],
    ["1.3.7", project({ allMembers: { value: [{ username: "a", access_level: 50 }] } }), "not told"],
    ["1.3.8", project({ allMembers: { value: [{ username: "a", access_level: 50 }] } }), "not told"],
    ["1.4.3", project({ integrations: { value: 1 } }), "not told"],
    ["1.4.4", project({ hooks: { value: [] } }), "does not apply"],
    ["2.1.1", project({ pipelineStages: { value: undefined } }), "pass"],
    ["2.1.1", project({ pipelineStages: { value: ["release"] } }), "not told"],
    ["token-life", project({ accessTokens: { value: [] } }), "does not apply"],
    [
      "deploy-key-life",
      project({ deployKeys: { value: [{ title: "k", can_push: false, expires_at: null }] } }),
      "does not apply",
    ],
    [
      "forking_allowed_for_repository",
      settings({ visibility: "public", forking_access_level: "enabled" }),
      "pass",
    ],
    [
      "repository_not_maintained",
      settings({ archived: true, last_activity_at: "2020-01-01T00:00:00Z" }),
      "pass",
    ],
  ] as const)("%s", (id, change, outcome) => expect(outcomeOf(id, change(wellFacts))).toBe(outcome));
});
