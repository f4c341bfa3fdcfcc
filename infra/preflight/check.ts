import type { Problem } from "../../lib/text/problem.ts";

/** How one check ended. What is wrong has what was found, what is allowed and how to fix it. */
export type Verdict =
  | { readonly outcome: "ok"; readonly found: string }
  | { readonly outcome: "not checked"; readonly reason: string }
  | (Problem & {
      readonly outcome: "warning" | "problem";
      /** The setting that it is about, where that is not the check's own. */
      readonly setting?: string;
    });

/** One thing that is looked at before anything is created; `Asked` is what was asked beforehand. */
export interface Check<Asked> {
  readonly name: string;
  /** The setting that it is about, as Pulumi names it: `mlops:herokuApp`, `gitlab:token`. */
  readonly setting: string;
  look(asked: Asked): Verdict | readonly Verdict[] | Promise<Verdict | readonly Verdict[]>;
}

/** What a check is of, in the order of the table. */
export const subjects = ["Settings", "GitLab", "Heroku", "This machine"] as const;
export type Subject = (typeof subjects)[number];

/** A verdict and what it is of: a row of the table. */
export type Finding = Verdict & {
  readonly subject: Subject;
  readonly check: string;
  readonly setting: string;
};

export type BadFinding = Extract<Finding, Problem>;

/** Whether there is something to fix. */
export function isBad(finding: Finding): finding is BadFinding {
  return finding.outcome === "problem" || finding.outcome === "warning";
}

export const ok = (found: string): Verdict => ({ outcome: "ok", found });
/** For what cannot be asked, or was not told. The reason says what to look at instead, where there is something. */
export const notChecked = (reason: string): Verdict => ({ outcome: "not checked", reason });
/** For what will, or may well, go wrong later. */
export const warning = (told: Problem): Verdict => ({ outcome: "warning", ...told });
/** For what keeps the stack from coming up. */
export const problem = (told: Problem & { setting?: string }): Verdict => ({ outcome: "problem", ...told });

/** Makes all checks of a subject. */
export async function lookAt<Asked>(
  subject: Subject,
  checks: ReadonlyArray<Check<Asked>>,
  asked: Asked,
): Promise<Finding[]> {
  const found = await Promise.all(
    checks.map(async (check) => {
      const verdicts = [await check.look(asked)].flat();
      return verdicts.map((verdict) => ({ subject, check: check.name, setting: check.setting, ...verdict }));
    }),
  );
  return found.flat();
}

/** The rows of checks for which nothing could be asked. */
export function unasked(
  subject: Subject,
  checks: ReadonlyArray<Check<never>>,
  reason: string,
): readonly Finding[] {
  return checks.map(({ name, setting }) => ({ subject, check: name, setting, ...notChecked(reason) }));
}
