/** What a rule is, and the words in which it judges. */
import type { Facts, ProjectFacts, Tier, Told } from "./facts.ts";

/** Where rules come from, in the order of the report. */
export const sources = {
  cis: { name: "CIS GitLab Benchmark", page: "https://www.cisecurity.org/benchmark/gitlab" },
  legitify: {
    name: "legitify",
    page: "https://github.com/Legit-Labs/legitify/blob/main/policies/gitlab/repository.rego",
  },
  own: { name: "rules of our own", page: "docs/posture.md#rules-of-our-own" },
} as const;
export type Source = keyof typeof sources;

/** What all rules of a posture can come to, the worst first. */
export const outcomes = ["fail", "not told", "pass", "does not apply"] as const;
export type Outcome = (typeof outcomes)[number];

export interface Verdict {
  readonly outcome: Outcome;
  /** What is there; for `not told`, why it cannot be told. */
  readonly found: string;
}

interface RuleText {
  /** As its source has it: `1.1.10`, `requires_status_checks`. */
  readonly id: string;
  readonly source: Source;
  readonly title: string;
  /** GitLab's tier that has what the rule asks for, where Free has not. */
  readonly tier?: Tier;
  /** What makes it pass. */
  readonly mend: string;
  /** Why the stack fails it knowingly; undefined where it need not. */
  readonly left?: string | ((facts: Facts) => string | undefined);
}

/** A rule, and how it is told: a function of nothing but the facts. */
export type Rule = RuleText &
  (
    | { readonly about: "project"; readonly judge: (project: ProjectFacts, facts: Facts) => Verdict }
    | { readonly about: "GitLab" | "app"; readonly judge: (facts: Facts) => Verdict }
  );

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
/** A rule as its table has it: the source is that of the table. */
export type RuleEntry = Without<Rule, "source">;

export const pass = (found: string): Verdict => ({ outcome: "pass", found });
export const fail = (found: string): Verdict => ({ outcome: "fail", found });
export const notTold = (found: string): Verdict => ({ outcome: "not told", found });
export const doesNotApply = (found: string): Verdict => ({ outcome: "does not apply", found });

/** The verdict on what was told; what was not cannot be judged. */
export function given<T>(told: Told<T>, judge: (value: T) => Verdict): Verdict {
  return "value" in told ? judge(told.value) : notTold(told.missing);
}

/** The verdict on something that not every tier has: without it nothing of the kind holds. */
export function givenPaid<T>(
  told: Told<T>,
  { tier }: Pick<Facts, "tier">,
  judge: (value: T) => Verdict,
): Verdict {
  if ("value" in told) return judge(told.value);
  if (tier === "Free") return fail("GitLab Free does not have it");
  return notTold(told.missing);
}

/** Pass or fail by a condition, each with its words. */
export function verdict(isWell: boolean, well: string, wrong: string): Verdict {
  return isWell ? pass(well) : fail(wrong);
}

/** A rule that no answer of an API decides. */
export function forAPerson(id: string, title: string, look: string): RuleEntry {
  return { id, title, about: "GitLab", judge: () => notTold(look), mend: look };
}

/** A rule about something that GitLab Ultimate has, and of which the REST API does not tell whether it is used. */
export function ultimate(id: string, title: string, mend: string): RuleEntry {
  return {
    id,
    title,
    about: "GitLab",
    tier: "Ultimate",
    mend,
    judge: ({ tier }) =>
      tier === "Free" || tier === "Premium"
        ? fail(`GitLab ${tier} does not have it`)
        : notTold("GitLab's REST API does not tell whether it is switched on"),
  };
}
