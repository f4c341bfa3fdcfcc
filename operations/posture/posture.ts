/** All rules held against the facts: what each comes to, and how many come to what. */
import { type Facts, tiers } from "./facts.ts";
import { type Outcome, outcomes, type Rule, type Source, sources, type Verdict } from "./rule.ts";

/** What a rule came to for one project, for GitLab or for the app. */
export interface Judged extends Verdict {
  readonly subject: string;
}

export interface RuleResult {
  readonly id: string;
  readonly source: Source;
  readonly title: string;
  readonly page: string;
  readonly about: Rule["about"];
  /** The worst of its subjects. */
  readonly outcome: Outcome;
  readonly subjects: readonly Judged[];
  /** For a failure: what makes it pass, and why it is left where it is. */
  readonly mend?: string;
  readonly left?: string;
}

export interface Count {
  readonly rules: number;
  /** Rules that are about something that the stack has. */
  readonly apply: number;
  readonly pass: number;
  readonly fail: number;
  readonly notTold: number;
}

export interface Posture {
  readonly stack: string;
  /** The tier that GitLab tells. */
  readonly tier: string;
  readonly total: Count;
  readonly bySource: Readonly<Record<Source, Count>>;
  /** Failures that nothing is said for: somebody has to look. */
  readonly toMend: number;
  readonly rules: readonly RuleResult[];
}

/** Holds every rule against the facts. */
export function postureOf(stack: string, rules: readonly Rule[], facts: Facts): Posture {
  const results = rules.map((rule) => judged(rule, facts));
  const bySource = Object.fromEntries(
    Object.keys(sources).map((source) => [source, count(results.filter((one) => one.source === source))]),
  ) as Record<Source, Count>;
  return {
    stack,
    tier: facts.tier ?? "not told",
    total: count(results),
    bySource,
    toMend: results.filter(isToMend).length,
    rules: results,
  };
}

/** Whether a rule fails and nothing says why it is left. */
export function isToMend({ outcome, left }: RuleResult): boolean {
  return outcome === "fail" && left === undefined;
}

function judged(rule: Rule, facts: Facts): RuleResult {
  const { id, source, title, about, mend } = rule;
  const subjects =
    rule.about === "project"
      ? facts.projects.map((project) => ({ subject: project.path, ...rule.judge(project, facts) }))
      : [{ subject: rule.about, ...rule.judge(facts) }];
  const outcome = outcomes.find((one) => subjects.some((judgedOne) => judgedOne.outcome === one));
  const left = leftOf(rule, facts);
  return {
    id,
    source,
    title,
    page: sources[source].page,
    about,
    outcome: outcome ?? "does not apply",
    subjects,
    ...(outcome === "fail" && { mend, ...(left !== undefined && { left }) }),
  };
}

/** Why a failure is left: GitLab's tier does not have it, or the reason that the rule gives. */
function leftOf({ tier, left }: Rule, facts: Facts): string | undefined {
  if (tier !== undefined && facts.tier === undefined)
    return `needs GitLab ${tier}, and GitLab does not tell its tier`;
  if (tier !== undefined && facts.tier !== undefined && tiers.indexOf(facts.tier) < tiers.indexOf(tier))
    return `needs GitLab ${tier}`;
  return typeof left === "function" ? left(facts) : left;
}

function count(results: readonly RuleResult[]): Count {
  const of = (outcome: Outcome) => results.filter((one) => one.outcome === outcome).length;
  return {
    rules: results.length,
    apply: results.length - of("does not apply"),
    pass: of("pass"),
    fail: of("fail"),
    notTold: of("not told"),
  };
}
