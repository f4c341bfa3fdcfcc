import { type Problem, problemLines } from "../../lib/text/problem.ts";

/** One thing that keeps the stack from coming up. */
export interface SettingProblem extends Problem {
  /** The setting it is about, as Pulumi names it: `mlops:herokuApp`, `gitlab:token`. */
  readonly setting: string;
}

/** All problems at once, as a person reads them. */
export function problemText(what: string, problems: readonly SettingProblem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${what}: ${count}. Nothing was created or changed.\n${problems.map(describe).join("")}`;
}

function describe({ setting, ...problem }: SettingProblem): string {
  return `\n  ${setting}\n${problemLines(problem, 4)}\n`;
}
