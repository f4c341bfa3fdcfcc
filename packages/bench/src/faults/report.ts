import { textTable } from "../report/table.ts";
import type { Verdict } from "./run-case.ts";

/** A case in words, where it belongs in the table, and what came of it. */
export interface Result extends Omit<Verdict, "said"> {
  readonly operation: string;
  /** The fault, or what was killed. */
  readonly kind: string;
  readonly words: string;
}

/** A table by operation and fault, what failed, and totals. */
export function faultReport(results: readonly Result[]): string {
  const met = results.filter(({ isMet }) => isMet);
  const kinds = [...new Set(results.map(({ kind }) => kind))];
  const operations = [...new Set(results.map(({ operation }) => operation))];
  const cell = (those: readonly Result[]) => {
    const tried = those.filter(({ isMet }) => isMet);
    const passed = tried.filter(isPassed).length;
    if (tried.length === 0) return "-";
    return passed === tried.length ? `${passed}` : `${passed} of ${tried.length}`;
  };
  const rows = kinds.map((kind) => [
    kind,
    ...operations.map((operation) =>
      cell(results.filter((one) => one.kind === kind && one.operation === operation)),
    ),
  ]);
  const failed = met.filter((one) => !isPassed(one));
  const unmet = results.filter(({ isMet, problems }) => !isMet && problems.length === 0);
  const through = met.filter(({ wentThrough }) => wentThrough).length;
  return [
    textTable([["passed", ...operations], ...rows]),
    "",
    ...failed.flatMap(({ words, problems }) => [words, ...problems.map((problem) => `  ${problem}`)]),
    ...(failed.length > 0 ? [""] : []),
    `${through} of ${met.length} commands went through by themselves; the others were run again.`,
    ...(unmet.length > 0 ? [`${unmet.length} did not meet what was to go wrong, and do not count.`] : []),
    totals(results),
  ].join("\n");
}

export function totals(results: readonly Result[]): string {
  const counted = results.filter(({ isMet, problems }) => isMet || problems.length > 0);
  const passed = counted.filter(isPassed).length;
  return `${passed} passed, ${counted.length - passed} failed`;
}

export const isPassed = ({ problems }: Pick<Result, "problems">) => problems.length === 0;
