import * as pulumi from "@pulumi/pulumi";
import { problemText, type SettingProblem } from "./problem-text.ts";

export type { SettingProblem } from "./problem-text.ts";

/**
 * All problems at once. A `RunError`, so that Pulumi prints the message alone, without a stack trace.
 * https://www.pulumi.com/docs/reference/pkg/nodejs/pulumi/pulumi/classes/RunError.html
 */
export class ProblemsError extends pulumi.RunError {
  readonly problems: readonly SettingProblem[];

  constructor(what: string, problems: readonly SettingProblem[]) {
    super(problemText(what, problems));
    this.problems = problems;
  }
}
