/** Approvals of merge requests, which GitLab Premium has. */
import type { Approvals, Facts, ProjectFacts } from "../facts.ts";
import { givenPaid, type RuleEntry, type Verdict, verdict } from "../rule.ts";

type Judge = (project: ProjectFacts, facts: Facts) => Verdict;

const words: Readonly<Record<keyof Approvals, readonly [on: string, off: string]>> = {
  reset_approvals_on_push: ["new commits take approvals back", "new commits keep approvals"],
  merge_requests_author_approval: ["authors may approve their own", "authors may not approve their own"],
  disable_overriding_approvers_per_merge_request: ["approvers are fixed", "authors may change the approvers"],
  merge_requests_disable_committers_approval: ["who committed may not approve", "who committed may approve"],
};

/** Whether a project's setting of approvals is as it should be. */
export function approvalsOf(name: keyof Approvals, wanted: boolean): Judge {
  const [on, off] = words[name];
  return ({ approvals }, facts) =>
    givenPaid(approvals, facts, ({ [name]: value }) =>
      verdict(value === wanted, wanted ? on : off, wanted ? off : on),
    );
}

/** Whether a rule of a project asks for so many approvals. */
export function asksFor(count: number): Judge {
  return ({ approvalRules }, facts) =>
    givenPaid(approvalRules, facts, (rules) => {
      const most = Math.max(0, ...rules);
      return verdict(most >= count, `${most} approvals are asked for`, `${most} approvals are asked for`);
    });
}

/** A rule about approvals. */
export function reviewRule(id: string, title: string, judge: Judge): RuleEntry {
  return {
    id,
    title,
    about: "project",
    tier: "Premium",
    judge,
    mend: "Settings, Merge requests, Merge request approvals",
    left: "whom a team asks for approval is the team's; pipelines push without a merge request",
  };
}
