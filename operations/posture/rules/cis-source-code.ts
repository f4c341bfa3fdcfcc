/** Part 1 of the CIS GitLab Benchmark: source code. */
import {
  doesNotApply,
  fail,
  forAPerson,
  given,
  givenPaid,
  notTold,
  pass,
  type RuleEntry,
  ultimate,
  verdict,
} from "../rule.ts";
import {
  addTemplate,
  administrator,
  botsAlone,
  defaultBranchRule,
  fewerMembers,
  hasProtectedBranch,
  mergeMethodBut,
  noForcePush,
  OWNER,
  ofInstance,
  plural,
  resolvedThreads,
  scannerLeft,
  scans,
  securedHooks,
  someBelowMaintainer,
  unsignedRefused,
  within,
} from "./judges.ts";
import { approvalsOf, reviewRule } from "./reviews.ts";

const codeChanges: readonly RuleEntry[] = [
  {
    id: "1.1.1",
    title: "Code is in version control",
    about: "project",
    judge: ({ settings }) => given(settings, () => pass("a git repository of GitLab")),
    mend: "nothing: GitLab is that",
  },
  {
    id: "1.1.2",
    title: "Changes name the issue that they are for",
    about: "project",
    judge: ({ mergeRequests }) =>
      given(mergeRequests, (requests) =>
        requests.some(({ issues }) => issues > 0)
          ? pass("merge requests name issues")
          : fail(requests.length === 0 ? "no merge request" : "no merge request names an issue"),
      ),
    mend: 'name the issue in merge requests: "Closes #1"',
    left: "a habit of people, which no setting of GitLab Free asks for; pipelines push without a merge request",
  },
  reviewRule("1.1.3", "Two people approve a change", ({ approvalRules }, facts) =>
    givenPaid(approvalRules, facts, (rules) =>
      verdict(
        rules.some((count) => count >= 2),
        "a rule asks for two approvals",
        "no rule asks for two approvals",
      ),
    ),
  ),
  reviewRule("1.1.4", "New commits take back approvals", approvalsOf("reset_approvals_on_push", true)),
  {
    id: "1.1.5",
    title: "Not everybody may dismiss a review",
    about: "project",
    judge: hasProtectedBranch,
    mend: "protect the default branch: npx pulumi up",
  },
  {
    id: "1.1.6",
    title: "Files have owners",
    about: "project",
    judge: ({ files }) =>
      given(files, (all) =>
        verdict(
          all.some((file) => file.endsWith("CODEOWNERS")),
          "CODEOWNERS",
          "no file CODEOWNERS",
        ),
      ),
    mend: "add the file CODEOWNERS of models/_pipeline/ or image/repository/ to the repository",
  },
  {
    id: "1.1.7",
    title: "Owners of a file approve its change",
    about: "project",
    tier: "Premium",
    judge: (project) =>
      defaultBranchRule(project, ({ code_owner_approval_required: required }) =>
        required === undefined
          ? notTold("GitLab does not tell; its Community Edition does not have it")
          : verdict(required, "approval of code owners", "no approval of code owners"),
      ),
    mend: "Settings, Repository, Protected branches: switch on the approval of code owners",
    left: "pipelines push to the default branch, and nobody could approve that",
  },
  {
    id: "1.1.8",
    title: "Branches that nobody works on are removed",
    about: "project",
    judge: ({ branches }, { now }) =>
      given(branches, (all) => {
        const old = all.filter(({ committedAt }) => !within(committedAt, 92, now)).map(({ name }) => name);
        return verdict(
          old.length === 0,
          "every branch has a commit of the last three months",
          `no commit for three months in ${old.join(", ")}`,
        );
      }),
    mend: "delete such branches; the default branch needs a commit or an archived project",
    left: ({ projects, now }) =>
      projects.every(
        ({ branches, settings }) =>
          !("value" in branches) ||
          branches.value.every(
            ({ name, committedAt }) =>
              within(committedAt, 92, now) || ("value" in settings && settings.value.default_branch === name),
          ),
      )
        ? "it is the default branch of a project that nobody had to change"
        : undefined,
  },
  {
    id: "1.1.9",
    title: "All status checks pass before a merge",
    about: "project",
    tier: "Ultimate",
    judge: ({ settings }) =>
      given(settings, ({ only_allow_merge_if_all_status_checks_passed: required }) =>
        required === undefined
          ? notTold("GitLab does not tell; only Ultimate has it")
          : verdict(required, "status checks must pass", "status checks need not pass"),
      ),
    mend: "Settings, Merge requests: status checks must succeed (legitify's requires_status_checks is what Free has)",
    left: "no service outside GitLab checks these repositories",
  },
  { id: "1.1.10", title: "Branches are up to date before they are merged", ...mergeMethodBut("merge") },
  { id: "1.1.11", ...resolvedThreads },
  { id: "1.1.12", ...unsignedRefused },
  { id: "1.1.13", title: "History is linear", ...mergeMethodBut("merge", "rebase_merge") },
  {
    id: "1.1.14",
    title: "Branch rules hold for administrators and Owners, too",
    about: "GitLab",
    judge: ofInstance(({ group_owners_can_manage_default_branch_protection: may }) =>
      may === undefined
        ? notTold("GitLab does not tell")
        : verdict(!may, "group Owners do not manage them", "group Owners manage default branch protection"),
    ),
    mend: "Admin area, Settings, Repository: Owners may not manage default branch protection",
    left: administrator,
  },
  {
    id: "1.1.15",
    title: "Few may push and merge",
    about: "project",
    judge: noForcePush,
    mend: "npx pulumi up: the stack's rules take no force push",
  },
  {
    id: "1.1.16",
    title: "The default branch takes no force push",
    about: "project",
    judge: (project) =>
      defaultBranchRule(project, ({ allow_force_push: allowed }) =>
        verdict(!allowed, "no force push", "force pushes"),
      ),
    mend: "npx pulumi up: the stack's rule takes no force push",
  },
  {
    id: "1.1.17",
    title: "Branches are not deleted",
    about: "project",
    judge: hasProtectedBranch,
    mend: "npx pulumi up: nobody deletes a protected branch by git",
  },
  ultimate(
    "1.1.18",
    "Every merge is scanned for risks",
    "a scan execution policy of the group for all branches",
  ),
  {
    id: "1.1.19",
    title: "Changes of branch rules are audited",
    about: "GitLab",
    tier: "Premium",
    judge: ({ tier }) =>
      tier === undefined
        ? notTold("GitLab does not tell its tier")
        : verdict(
            tier !== "Free",
            "GitLab writes audit events",
            "GitLab Free has no audit events of a project",
          ),
    mend: "audit events of Premium; npm run drift reports the changes on every tier",
  },
  {
    id: "1.1.20",
    title: "The default branch is protected",
    about: "project",
    judge: (project) => defaultBranchRule(project, ({ name }) => pass(`branch ${name} is protected`)),
    mend: "npx pulumi up",
  },
];

const repositories: readonly RuleEntry[] = [
  {
    id: "1.2.1",
    title: "Public repositories have a SECURITY.md",
    about: "project",
    judge: ({ settings, files }) =>
      given(settings, ({ visibility }) =>
        visibility === "private"
          ? doesNotApply("the project is private")
          : given(files, (all) =>
              verdict(
                all.some((file) => file.toUpperCase() === "SECURITY.MD"),
                "SECURITY.md",
                `visibility ${visibility}, and no SECURITY.md`,
              ),
            ),
      ),
    mend: "npx pulumi config set mlops:visibility private, or add SECURITY.md to the repository",
  },
  {
    id: "1.2.2",
    title: "Not everybody may make repositories",
    about: "GitLab",
    judge: ofInstance((settings) => {
      if (!settings.signup_enabled) return pass("nobody signs up by himself");
      return verdict(
        settings.require_admin_approval_after_user_signup === true &&
          settings.email_confirmation_setting === "hard",
        "who signs up is confirmed and approved",
        "anybody signs up without approval or confirmation",
      );
    }),
    mend: "Admin area, Settings, General, Sign-up restrictions",
    left: administrator,
  },
  forAPerson(
    "1.2.3",
    "Few may delete repositories",
    "look who is an Owner of the group; Owners delete projects",
  ),
  forAPerson("1.2.4", "Few may delete issues", "look who is an Owner or Planner of the group"),
  {
    id: "1.2.5",
    title: "Forks are known",
    about: "project",
    judge: ({ forks }) =>
      given(forks, (count) =>
        count === 0 ? pass("no fork") : notTold(`${plural(count, "fork")}: look whether you know them`),
      ),
    mend: "delete forks that nobody needs",
  },
  forAPerson(
    "1.2.6",
    "Changes of visibility are noticed",
    "run npm run drift on a schedule: it reports them",
  ),
  {
    id: "1.2.7",
    title: "Repositories that nobody works on are archived",
    about: "project",
    judge: ({ settings }, { now }) =>
      given(settings, ({ last_activity_at: at }) =>
        verdict(within(at, 183, now), `active on ${at.slice(0, 10)}`, `nothing since ${at.slice(0, 10)}`),
      ),
    mend: "take the model out of the stack's models, or archive the project",
  },
];

const contributors: readonly RuleEntry[] = [
  forAPerson(
    "1.3.1",
    "Users that are gone are removed",
    "look at the members' last activity, as Owner of the group",
  ),
  {
    id: "1.3.2",
    title: "Few may make top-level groups",
    about: "GitLab",
    judge: ofInstance(({ can_create_group: can }) =>
      can === undefined ? notTold("GitLab does not tell") : verdict(!can, "not everybody", "every user may"),
    ),
    mend: "Admin area, Settings, General, Account and limit",
    left: administrator,
  },
  {
    id: "1.3.3",
    title: "Few are administrators",
    about: "project",
    judge: ({ allMembers }) => someBelowMaintainer(allMembers),
    mend: fewerMembers,
    left: botsAlone(someBelowMaintainer, ({ allMembers }) => allMembers),
  },
  {
    id: "1.3.4",
    title: "Who contributes logs in with a second factor",
    about: "GitLab",
    judge: ofInstance(({ require_two_factor_authentication: required }) =>
      verdict(required, "a second factor is required", "a second factor is not required"),
    ),
    mend: "Admin area, Settings, General, Sign-in restrictions",
    left: administrator,
  },
  {
    id: "1.3.5",
    title: "The organization requires a second factor",
    about: "GitLab",
    judge: ofInstance(({ require_two_factor_authentication: required }) =>
      required
        ? pass("a second factor is required")
        : notTold("not of all of GitLab; look at the group's settings"),
    ),
    mend: "the group's Settings, General, Permissions: all users set up two-factor authentication",
  },
  forAPerson(
    "1.3.6",
    "Members come with the company's e-mail address",
    "look at the group's Settings, General",
  ),
  {
    id: "1.3.7",
    title: "Each repository has two administrators",
    about: "project",
    judge: ({ allMembers }) =>
      given(allMembers, (members) => {
        const owners = members.filter((member) => member.access_level >= OWNER).length;
        return owners >= 2
          ? pass(plural(owners, "Owner"))
          : notTold(`${plural(owners, "Owner")}: look whether somebody stands in`);
      }),
    mend: "a second Owner of the group",
  },
  {
    id: "1.3.8",
    title: "Members have no more than they need",
    about: "project",
    judge: ({ allMembers }) => someBelowMaintainer(allMembers),
    mend: fewerMembers,
    left: botsAlone(someBelowMaintainer, ({ allMembers }) => allMembers),
  },
  forAPerson(
    "1.3.9",
    "The organization's domain is verified",
    "look at the group's Settings, Domain verification",
  ),
  forAPerson("1.3.10", "E-mail goes to verified domains alone", "look at the group's Settings, General"),
  {
    id: "1.3.11",
    title: "SSH keys are of strong kinds",
    about: "GitLab",
    judge: ofInstance((settings) => {
      const kinds = ["rsa", "dsa", "ecdsa", "ed25519", "ecdsa_sk", "ed25519_sk"] as const;
      const limited = kinds.filter((kind) => (settings[`${kind}_key_restriction`] ?? 0) !== 0);
      return verdict(limited.length > 0, `limits for ${limited.join(", ")}`, "keys of every kind and length");
    }),
    mend: "Admin area, Settings, General, Visibility and access controls: SSH keys",
    left: administrator,
  },
  forAPerson(
    "1.3.12",
    "Git is open to known addresses alone",
    "look at the group's Settings, General (Premium)",
  ),
  forAPerson("1.3.13", "Unusual changes of code are noticed", "look at the projects' activity"),
];

const applications: readonly RuleEntry[] = [
  {
    id: "1.4.1",
    title: "Administrators approve applications",
    about: "project",
    judge: ({ settings }) => given(settings, () => pass("GitLab lets Maintainers and Owners alone add them")),
    mend: "nothing: GitLab does",
  },
  ultimate("1.4.2", "Applications that nobody uses are removed", "dependency scanning tells of stale ones"),
  {
    id: "1.4.3",
    title: "Applications may do no more than they need",
    about: "project",
    judge: ({ integrations }) =>
      given(integrations, (count) =>
        count === 0
          ? pass("no integration")
          : notTold(`${plural(count, "integration")}: look what each may do`),
      ),
    mend: "remove integrations that nobody needs",
  },
  {
    id: "1.4.4",
    title: "Webhooks are secured",
    about: "project",
    judge: (project) =>
      given(project.hooks, (hooks) =>
        hooks.length === 0 ? doesNotApply("no webhook") : securedHooks(project),
      ),
    mend: "Settings, Webhooks: HTTPS and SSL verification",
  },
];

const scanners: readonly RuleEntry[] = [
  scan("1.5.1", "Secrets in code are found", "Secret-Detection"),
  forAPerson(
    "1.5.2",
    "Insecure pipelines are found",
    "look at what the jobs run; npm run drift tells of variables",
  ),
  scan("1.5.3", "Insecure infrastructure code is found", "SAST-IaC"),
  scan("1.5.4", "Vulnerable code is found", "SAST"),
  ultimate("1.5.5", "Vulnerable packages are found", addTemplate("Dependency-Scanning")),
  ultimate("1.5.6", "Licences of packages are checked", addTemplate("Dependency-Scanning")),
  ultimate("1.5.7", "The running web application is scanned", "include the template DAST.gitlab-ci.yml"),
  ultimate("1.5.8", "The running API is scanned", "include the template API-Security.gitlab-ci.yml"),
];

/** A rule for a scanner of GitLab Free. */
export function scan(id: string, title: string, template: string): RuleEntry {
  return {
    id,
    title,
    about: "project",
    judge: (project) => scans(project, template.toLowerCase()),
    mend: addTemplate(template),
    left: scannerLeft,
  };
}

export const cisSourceCode: readonly RuleEntry[] = [
  ...codeChanges,
  ...repositories,
  ...contributors,
  ...applications,
  ...scanners,
];
