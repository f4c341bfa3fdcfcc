import * as pulumi from "@pulumi/pulumi";
import { type Problem, problemLines } from "../../lib/text/problem.ts";

/** One thing that keeps the stack from coming up. */
export interface SettingProblem extends Problem {
  /** The setting it is about, as Pulumi names it: `mlops:herokuApp`, `gitlab:token`. */
  readonly setting: string;
}

/**
 * All problems at once. A `RunError`, so that Pulumi prints the message alone, without a stack trace.
 * https://www.pulumi.com/docs/reference/pkg/nodejs/pulumi/pulumi/classes/RunError.html
 */
export class ProblemsError extends pulumi.RunError {
  readonly problems: readonly SettingProblem[];

  constructor(what: string, problems: readonly SettingProblem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${what}: ${count}. Nothing was created or changed.\n${problems.map(describe).join("")}`);
    this.problems = problems;
  }
}

function describe({ setting, ...problem }: SettingProblem): string {
  return `\n  ${setting}\n${problemLines(problem, 4)}\n`;
}
