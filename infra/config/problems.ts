import * as pulumi from "@pulumi/pulumi";

/** One thing that keeps the stack from coming up, told so that a person can mend it. */
export interface Problem {
  /** The setting it is about, as Pulumi names it: `mlops:herokuApp`, `gitlab:token`. */
  readonly setting: string;
  /** What is there now; never a secret. */
  readonly found: string;
  readonly allowed: string;
  /** What to do, a command where there is one. */
  readonly fix: string;
}

/**
 * All problems at once. A `RunError`, so that Pulumi prints the message alone, without a stack trace.
 * https://www.pulumi.com/docs/reference/pkg/nodejs/pulumi/pulumi/classes/RunError.html
 */
export class ProblemsError extends pulumi.RunError {
  readonly problems: readonly Problem[];

  constructor(what: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${what}: ${count}. Nothing was created or changed.\n${problems.map(describe).join("")}`);
    this.problems = problems;
  }
}

function describe({ setting, found, allowed, fix }: Problem): string {
  return `\n  ${setting}\n    found:   ${found}\n    allowed: ${allowed}\n    fix:     ${fix}\n`;
}
