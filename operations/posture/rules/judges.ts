/** Judgements that several rules share. */
import { parse } from "yaml";
import type { BranchRule, Facts, Hook, Member, ProjectFacts, Told } from "../facts.ts";
import { fail, given, givenPaid, notTold, pass, type Verdict, verdict } from "../rule.ts";

export const REPORTER = 20;
export const MAINTAINER = 40;
export const OWNER = 50;
const DAY = 86_400_000;

export const plural = (count: number, one: string, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

/** The rule of the default branch; undefined where there is none. */
export function defaultBranchRule(project: ProjectFacts, judge: (rule: BranchRule) => Verdict): Verdict {
  return given(project.settings, ({ default_branch: branch }) =>
    given(project.branchRules, (rules) => {
      const rule = rules.find(({ name }) => name === branch);
      return rule ? judge(rule) : fail(`branch ${branch} is not protected`);
    }),
  );
}

/** Whether no branch that somebody protected takes a force push, and there is one. */
export function noForcePush({ branchRules }: ProjectFacts): Verdict {
  return given(branchRules, (rules) => {
    const open = rules.filter((rule) => rule.allow_force_push).map(({ name }) => name);
    if (rules.length === 0) return fail("no protected branch");
    return verdict(open.length === 0, "none takes a force push", `force pushes to ${open.join(", ")}`);
  });
}

export function hasProtectedBranch({ branchRules }: ProjectFacts): Verdict {
  return given(branchRules, (rules) =>
    verdict(
      rules.length > 0,
      plural(rules.length, "protected branch", "protected branches"),
      "no protected branch",
    ),
  );
}

/** Whether every webhook goes to HTTPS and checks the certificate. */
export function securedHooks({ hooks }: ProjectFacts): Verdict {
  const isOpen = (hook: Hook) => !hook.url.startsWith("https://") || !hook.enable_ssl_verification;
  return given(hooks, (all) => {
    const open = all.filter(isOpen).length;
    if (all.length === 0) return pass("no webhook");
    return verdict(
      open === 0,
      `${plural(all.length, "webhook")} with HTTPS and a checked certificate`,
      `${plural(open, "webhook")} without HTTPS or without a check of the certificate`,
    );
  });
}

/**
 * Whether few members of a project have a role: less than so many percent, or less than three people, as gitlabcis
 * counts it.
 */
export function fewMembers(told: Told<readonly Member[]>, level: number, percent: number): Verdict {
  return given(told, (members) => {
    const with_ = members.filter((member) => member.access_level >= level).length;
    if (members.length === 0) return notTold("no members of the project itself");
    const words = `${with_} of ${plural(members.length, "member")} with that role or more`;
    return verdict(with_ < 3 || (with_ / members.length) * 100 < percent, words, words);
  });
}

/** Whether somebody has less than a Maintainer's role; with one member alone nothing can be less. */
export function someBelowMaintainer(told: Told<readonly Member[]>): Verdict {
  return given(told, (members) => {
    const high = members.filter((member) => member.access_level >= MAINTAINER).length;
    if (members.length <= 1) return notTold("one member alone");
    const words = `${high} of ${plural(members.length, "member")} are Maintainers or Owners`;
    return verdict(high < members.length, words, words);
  });
}

/** Members without the bots that GitLab makes for access tokens: `project_2_bot_3fbd...`. */
export function peopleAmong(told: Told<readonly Member[]>): Told<readonly Member[]> {
  return "value" in told
    ? { value: told.value.filter(({ username }) => !/^(project|group)_\d+_bot_/.test(username)) }
    : told;
}

/** Why too many members are no matter where they are the bots of access tokens; undefined where people are too many. */
export function botsAlone(
  judge: (told: Told<readonly Member[]>) => Verdict,
  membersOf: (project: ProjectFacts) => Told<readonly Member[]>,
): (facts: Facts) => string | undefined {
  return ({ projects }) =>
    projects.some((project) => judge(peopleAmong(membersOf(project))).outcome === "fail")
      ? undefined
      : "they are the bots of the models' access tokens, which need the role that may push; people are few enough";
}

/** What makes rules about the number of members pass. */
export const fewerMembers =
  "npx pulumi config set mlops:writeAccess deployKey (deploy keys have no bots), and fewer people with the role";

/** Whether there is a pipeline file. */
export function hasPipelineFile({ pipelineFile }: ProjectFacts): Verdict {
  return given(pipelineFile, (file) => (file ? pass(file.path) : fail("no pipeline file")));
}

/** A job of a pipeline file. */
interface Job {
  readonly stage?: unknown;
  readonly script?: unknown;
  readonly artifacts?: unknown;
}

/** What a pipeline file says, without its comments; GitLab's own `!reference` stays a list of names. */
export function pipelineOf(text: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = parse(text, { logLevel: "error" });
  return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
}

/** The jobs of stage `build`; undefined where no stage is called so. */
export function buildJobs(text: string): readonly Job[] | undefined {
  const pipeline = pipelineOf(text);
  const { stages } = pipeline;
  if (!Array.isArray(stages) || !stages.includes("build")) return undefined;
  return Object.values(pipeline).filter(
    (part): part is Job => typeof part === "object" && part !== null && (part as Job).stage === "build",
  );
}

/** Whether a pipeline has a scanner of GitLab's, by the name of its template or job. */
export function scans({ pipelineFile }: ProjectFacts, ...names: readonly string[]): Verdict {
  return given(pipelineFile, (file) => {
    if (!file) return fail("no pipeline file");
    const said = JSON.stringify(pipelineOf(file.text)).toLowerCase();
    const missing = names.filter((name) => !said.includes(name) && !said.includes(name.replaceAll("-", "_")));
    return verdict(missing.length === 0, names.join(", "), `no ${missing.join(", no ")} in ${file.path}`);
  });
}

/** The scanners of GitLab Free, and why the stack's pipelines do not have them. */
export const addTemplate = (template: string) =>
  `add "include: [{ template: Jobs/${template}.gitlab-ci.yml }]" to .gitlab-ci.yml of each repository`;
export const scannerLeft =
  "its analyzer is an image of registry.gitlab.com that is pulled in every pipeline; the repositories are yours to add it to";

/** Whether something happened in the last so many days. */
export function within(moment: string, days: number, now: number): boolean {
  return now - Date.parse(moment) <= days * DAY;
}

/** A verdict on the settings of the whole GitLab, which only administrators may read. */
export function ofInstance(
  judge: (settings: Extract<Facts["instance"], { value: unknown }>["value"]) => Verdict,
): (facts: Facts) => Verdict {
  return ({ instance }) => given(instance, judge);
}

export const administrator =
  "the settings of the whole GitLab are its administrator's; no stack changes them";

/** Why commits are not signed. */
export const unsignedLeft =
  "commits of the stack and of pipelines would need a signing key in every model's project, one more secret to lose";

/** Both sources ask for resolved threads, under names of their own. */
export const resolvedThreads = {
  title: "All comments are resolved before a merge",
  about: "project",
  judge: ({ settings }: ProjectFacts) =>
    given(settings, ({ only_allow_merge_if_all_discussions_are_resolved: required }) =>
      verdict(required, "all threads must be resolved", "threads need not be resolved"),
    ),
  mend: "npx pulumi up: the stack asks for it",
} as const;

/** Both sources ask for signatures, under names of their own. */
export const unsignedRefused = {
  title: "Unsigned commits are refused",
  about: "project",
  tier: "Premium",
  judge: ({ rejectsUnsignedCommits }: ProjectFacts, facts: Facts) =>
    givenPaid(rejectsUnsignedCommits, facts, (rejects) =>
      verdict(rejects, "unsigned commits are refused", "unsigned commits are taken"),
    ),
  mend: "Settings, Repository, Push rules: reject unsigned commits, and a signing key for each pipeline",
  left: unsignedLeft,
} as const;

/** A rule about how merge requests are merged: its method is none of these. */
export const mergeMethodBut = (...others: readonly string[]) =>
  ({
    about: "project",
    judge: ({ settings }: ProjectFacts) =>
      given(settings, ({ merge_method: method }) =>
        verdict(!others.includes(method), `merge method ${method}`, `merge method ${method}`),
      ),
    mend: "npx pulumi up: the stack sets the merge method to fast-forward",
  }) as const;
