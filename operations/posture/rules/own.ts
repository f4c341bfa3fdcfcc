/** Rules of our own, beyond both benchmarks: what this stack in particular must not lose. */
import { namesCredential } from "../../../lib/credentials/patterns.ts";
import { covers } from "../../../lib/gitlab/ref-pattern.ts";
import type { Entry, Project, ProjectFacts, Told, Variable } from "../facts.ts";
import { doesNotApply, fail, given, type RuleEntry, type Verdict, verdict } from "../rule.ts";
import { defaultBranchRule, MAINTAINER, plural } from "./judges.ts";

const DAY = 86_400_000;
/** GitLab's own limit, and that of the policy. */
const LONGEST_LIFE = 365;
/** Variables that hold a credential, though their names do not end in one. */
const REPOSITORY_ADDRESS = "MLSERVER_REPO";
const IMAGES = ["RUNTIME_IMAGE", "TRAINING_IMAGE"];

const isCredential = ({ key }: Variable) => key === REPOSITORY_ADDRESS || namesCredential(key);

/** Whether nobody below a Maintainer is let in; people and groups by name are for somebody to look at. */
const letsDevelopers = (entries: readonly Entry[]) =>
  entries.some(
    ({ access_level: level, deploy_key_id: key, user_id: user, group_id: group }) =>
      !key && (Boolean(user) || Boolean(group) || (level !== null && level > 0 && level < MAINTAINER)),
  );

/** The verdict on those of a list that are not as they should be; a list without any does not apply. */
function allOf<T>(
  told: Told<readonly T[]>,
  what: string,
  {
    about = () => true,
    isWrong,
    name,
    wrong,
  }: {
    about?: (item: T) => boolean;
    isWrong: (item: T) => boolean;
    name: (item: T) => string;
    wrong: string;
  },
): Verdict {
  return given(told, (items) => {
    const concerned = items.filter(about);
    const bad = concerned.filter(isWrong).map(name);
    if (concerned.length === 0) return doesNotApply(`no ${what}`);
    return verdict(bad.length === 0, `${concerned.length} of them`, `${bad.join(", ")}: ${wrong}`);
  });
}

const isTooLong = (end: string | null, now: number) =>
  end === null || Date.parse(end) - now > (LONGEST_LIFE + 1) * DAY;

const variablesRule = (
  id: string,
  title: string,
  wrong: string,
  isWrong: (variable: Variable) => boolean,
  about?: (variable: Variable) => boolean,
): RuleEntry => ({
  id,
  title,
  about: "project",
  judge: ({ variables }: ProjectFacts) =>
    allOf(variables, "such variable", { ...(about && { about }), isWrong, name: ({ key }) => key, wrong }),
  mend: "npx pulumi up puts the stack's back; remove others: Settings, CI/CD, Variables",
});

const refs: readonly RuleEntry[] = [
  {
    id: "tags-protected",
    title: "Maintainers alone create tags that deliver",
    about: "project",
    judge: ({ tagRules }, { tagPattern }) =>
      given(tagRules, (rules) => {
        const covering = rules.filter(({ name }) => covers(name, tagPattern));
        if (covering.length === 0) return fail(`no rule protects tags ${tagPattern}`);
        const open = covering
          .filter((rule) => letsDevelopers(rule.create_access_levels))
          .map(({ name }) => name);
        return verdict(
          open.length === 0,
          `rules ${covering.map(({ name }) => name).join(", ")}`,
          `others create ${open.join(", ")}`,
        );
      }),
    mend: "npx pulumi config set mlops:tagCreateAccessLevel maintainer; npm run drift tells of others' rules",
  },
  {
    id: "tags-other-rules",
    title: "No other tag rule lets Developers see protected variables",
    about: "project",
    judge: ({ tagRules }) =>
      given(tagRules, (rules) => {
        const open = rules
          .filter((rule) => letsDevelopers(rule.create_access_levels))
          .map(({ name }) => name);
        return verdict(open.length === 0, plural(rules.length, "rule"), `others create ${open.join(", ")}`);
      }),
    mend: "remove the rule: Settings, Repository, Protected tags",
  },
  {
    id: "branch-push",
    title: "Maintainers alone push to the default branch and merge into it",
    about: "project",
    judge: (project) =>
      defaultBranchRule(project, ({ push_access_levels: push, merge_access_levels: merge }) =>
        verdict(!letsDevelopers([...push, ...merge]), "Maintainers", "others than Maintainers"),
      ),
    mend: "npx pulumi config set mlops:branchPushAccessLevel maintainer, and branchMergeAccessLevel",
  },
];

const credentials: readonly RuleEntry[] = [
  {
    id: "token-life",
    title: "Access tokens end within a year",
    about: "project",
    judge: ({ accessTokens }, { now }) =>
      allOf(accessTokens, "access token", {
        about: ({ active }) => active,
        isWrong: ({ expires_at: end }) => isTooLong(end, now),
        name: ({ name, expires_at: end }) => `${name} (${end ?? "no end"})`,
        wrong: `more than ${LONGEST_LIFE} days`,
      }),
    mend: "npx pulumi config set mlops:accessTokenExpiryDays 90, then npm run rotate; revoke others'",
  },
  {
    id: "token-scope",
    title: "Access tokens push, and nothing else",
    about: "project",
    judge: ({ accessTokens }) =>
      allOf(accessTokens, "access token", {
        about: ({ active }) => active,
        isWrong: ({ scopes, access_level: level }) =>
          scopes.some((scope) => scope !== "write_repository") || level > MAINTAINER,
        name: ({ name, scopes }) => `${name} (${scopes.join(", ")})`,
        wrong: "allowed is write_repository as Maintainer",
      }),
    mend: "npx pulumi up puts the stack's back; revoke others: Settings, Access tokens",
  },
  {
    id: "deploy-key-life",
    title: "Deploy keys that push end within a year",
    about: "project",
    judge: ({ deployKeys }, { now }) =>
      allOf(deployKeys, "deploy key that pushes", {
        about: ({ can_push: canPush }) => canPush,
        isWrong: ({ expires_at: end }) => isTooLong(end, now),
        name: ({ title, expires_at: end }) => `${title} (${end ?? "no end"})`,
        wrong: `more than ${LONGEST_LIFE} days`,
      }),
    mend: "npx pulumi config set mlops:accessTokenExpiryDays 90, then npm run rotate; remove others'",
  },
  {
    id: "heroku-authorization",
    title: "The pipelines' Heroku authorization ends and does not open the account",
    about: "app",
    judge: ({ authorizations }) =>
      allOf(authorizations, "authorization of the stack", {
        isWrong: ({ scope, daysLeft }) =>
          scope.includes("global") || daysLeft === undefined || daysLeft > LONGEST_LIFE,
        name: ({ scope, daysLeft }) =>
          `${scope.join(", ")}, ${daysLeft === undefined ? "no end" : `${daysLeft} days`}`,
        wrong: `allowed is less than global, for ${LONGEST_LIFE} days`,
      }),
    mend: "npx pulumi config rm mlops:herokuTokenScopes and herokuTokenExpiryDays, then npx pulumi up",
  },
  {
    id: "app-without-credentials",
    title: "The app has no credential in its environment",
    about: "app",
    judge: ({ configVars }) =>
      given(configVars, (names) => {
        const found = names.filter(namesCredential);
        return verdict(found.length === 0, plural(names.length, "config var"), found.join(", "));
      }),
    mend: "heroku config:unset NAME; a server of models needs none",
  },
];

const pipelines: readonly RuleEntry[] = [
  variablesRule(
    "variables-protected",
    "Variables reach protected refs alone",
    "not protected",
    (one) => !one.protected,
  ),
  variablesRule(
    "credentials-masked",
    "Credentials are masked in job logs",
    "not masked",
    ({ masked }) => !masked,
    isCredential,
  ),
  variablesRule(
    "credentials-hidden",
    "Credentials are shown to nobody",
    "not hidden",
    ({ hidden }) => hidden !== true,
    isCredential,
  ),
  variablesRule("variables-raw", "No variable pulls in another", "expanded", ({ raw }) => !raw),
  variablesRule(
    "image-by-digest",
    "Images are named by digest",
    "no digest",
    ({ value }) => !/@sha256:[0-9a-f]{64}$/.test(value ?? ""),
    ({ key }) => IMAGES.includes(key),
  ),
  {
    id: "runners-locked",
    title: "A project's own runners take no other project's jobs",
    about: "project",
    judge: ({ runners }) =>
      allOf(runners, "runner of the project's own", {
        about: ({ runner_type: type }) => type === "project_type",
        isWrong: ({ locked }) => locked !== true,
        name: ({ id }) => `runner ${id}`,
        wrong: "not locked",
      }),
    mend: "npx pulumi up puts the stack's back; lock others: Settings, CI/CD, Runners",
  },
  settingsRule("job-logs", "Job logs are for members alone", "public_jobs", [false], "npx pulumi up"),
  settingsRule(
    "no-auto-devops",
    "GitLab adds no jobs of its own",
    "auto_devops_enabled",
    [false],
    "npx pulumi up",
  ),
  settingsRule(
    "job-token-push",
    "A job's own token does not push",
    "ci_push_repository_for_job_token_allowed",
    [false, undefined],
    "Settings, CI/CD, Job token permissions",
  ),
  settingsRule(
    "deployments-in-order",
    "Deployments go in order, so that none puts an older state live",
    "resource_group_default_process_mode",
    ["oldest_first"],
    "npx pulumi up",
  ),
  settingsRule(
    "registry-private",
    "Container images are for members alone",
    "container_registry_access_level",
    ["private", "disabled"],
    "npx pulumi up",
  ),
  settingsRule(
    "project-private",
    "Projects are for members alone",
    "visibility",
    ["private"],
    "npx pulumi config set mlops:visibility private",
  ),
];

/** A rule about a setting of a project, which may have some values. */
function settingsRule(
  id: string,
  title: string,
  name: keyof Project,
  allowed: readonly unknown[],
  mend: string,
): RuleEntry {
  return {
    id,
    title,
    about: "project",
    judge: ({ settings }) =>
      given(settings, ({ [name]: value }) => {
        const found = `${name}: ${value ?? "not told"}`;
        return verdict(allowed.includes(value), found, found);
      }),
    mend,
  };
}

export const own: readonly RuleEntry[] = [...refs, ...credentials, ...pipelines];
