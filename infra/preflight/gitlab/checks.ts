import type { Check } from "../check.ts";
import type { GitLabAnswers } from "./ask.ts";
import { groupRuleChecks } from "./group-rules.ts";
import { namespaceChecks } from "./namespace.ts";
import { planChecks } from "./plan.ts";
import { projectChecks } from "./projects.ts";
import { pushRuleChecks } from "./push-rules.ts";
import { runnerChecks } from "./runners.ts";
import { tokenChecks } from "./token.ts";
import { writeAccessChecks } from "./write-access.ts";

/** All that is asked of GitLab, in the order of the table. */
export const gitlabChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  ...tokenChecks,
  ...namespaceChecks,
  ...planChecks,
  ...writeAccessChecks,
  ...groupRuleChecks,
  ...pushRuleChecks,
  ...projectChecks,
  ...runnerChecks,
];
