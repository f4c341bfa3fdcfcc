import type { Service } from "../contracts/contract.ts";
import type { Problem } from "./compare.ts";

/** A difference that stays: because the description is wrong or has no place for it, or because a sandbox cannot. */
export interface Exception {
  readonly service: Service;
  /** Methods and paths; each must have the difference. All operations of the service where there are none. */
  readonly operations?: readonly string[];
  readonly kind: Problem["kind"];
  /** Where, as the report says it. */
  readonly at: string | RegExp;
  /** Where the service says so: a page of its documentation, or a file of its sources. */
  readonly source: string;
  readonly reason: string;
}

export interface Explained {
  readonly explained: ReadonlyMap<Problem, Exception>;
  readonly unexplained: readonly Problem[];
  /** Exceptions that nothing needs any more, in words. */
  readonly unused: readonly string[];
}

/** Which of the problems an exception explains. */
export function explain(problems: readonly Problem[], exceptions: readonly Exception[]): Explained {
  const explained = new Map<Problem, Exception>();
  const unexplained: Problem[] = [];
  for (const problem of problems) {
    const exception = exceptions.find((one) => covers(one, problem));
    if (exception === undefined) unexplained.push(problem);
    else explained.set(problem, exception);
  }
  const used = (exception: Exception, operation?: string) =>
    [...explained].some(
      ([problem, by]) => by === exception && (operation === undefined || problem.operation === operation),
    );
  const unused = exceptions.flatMap((exception) =>
    (exception.operations ?? [undefined])
      .filter((operation) => !used(exception, operation))
      .map((operation) => `${exception.service} ${operation ?? "all"}: ${exception.kind} ${exception.at}`),
  );
  return { explained, unexplained, unused };
}

function covers({ service, operations, kind, at }: Exception, problem: Problem): boolean {
  return (
    service === problem.service &&
    kind === problem.kind &&
    (operations === undefined || operations.includes(problem.operation)) &&
    (typeof at === "string" ? at === problem.at : at.test(problem.at))
  );
}
