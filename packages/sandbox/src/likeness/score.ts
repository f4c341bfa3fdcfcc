import type { Contract, Service } from "../contracts/contract.ts";
import { compareOperation, type Problem } from "./compare.ts";
import { type Exception, type Explained, explain } from "./exceptions.ts";
import { type OfficialOperations, operationId } from "./official/operation.ts";
import type { Answered } from "./record.ts";

/** How one operation does. */
export interface Line {
  readonly service: Service;
  /** Method and path. */
  readonly operation: string;
  /** Who is known to call it. */
  readonly users: readonly string[];
  /** Which clients called it in tests. */
  readonly clients: readonly string[];
  /** Whether the description has it, or a page that an exception names; none where nothing was compared. */
  readonly described?: "yes" | "page" | "no";
  /** Whether there are recorded answers of the service. */
  readonly recorded?: boolean;
  /** Whether nothing about it is unexplained. */
  readonly agreed?: boolean;
}

export interface Score extends Explained {
  readonly lines: readonly Line[];
  /** Whether there were official descriptions to compare with. */
  readonly compared: boolean;
  /** Whether there was anything that tests had recorded. */
  readonly tested: boolean;
}

/** How like the services the sandbox is: its contracts, and what tests saw of it, against the official descriptions. */
export function score(
  contracts: readonly Contract[],
  answered: readonly Answered[],
  official: OfficialOperations | undefined,
  exceptions: readonly Exception[],
): Score {
  const subjects = contracts.flatMap(({ service, operations }) =>
    Object.entries(operations).map(([operation, terms]) => {
      const [method = "", path = ""] = operation.split(" ");
      return {
        service,
        operation,
        terms,
        official: official?.get(operationId(service, method, path)),
        answered: answered.filter((one) => one.service === service && one.operation === operation),
      };
    }),
  );
  const problems = official === undefined ? [] : subjects.flatMap(problemsOf);
  const result = explain(
    [...problems, ...strays(contracts, answered)],
    official === undefined ? [] : exceptions,
  );
  const lines = subjects.map(({ service, operation, terms, answered: seen, official: theirs }): Line => {
    const isHere = (problem: Problem) => problem.service === service && problem.operation === operation;
    return {
      service,
      operation,
      users: terms.users,
      clients: [...new Set(seen.map(({ client }) => client))].sort(),
      ...(official === undefined
        ? {}
        : {
            described: theirs !== undefined ? "yes" : result.unexplained.some(isHere) ? "no" : "page",
            recorded: (theirs?.recorded.size ?? 0) > 0,
            agreed: !result.unexplained.some(isHere),
          }),
    };
  });
  return { lines, ...result, compared: official !== undefined, tested: answered.length > 0 };

  function problemsOf({
    service,
    operation,
    terms,
    official: theirs,
    answered: seen,
  }: (typeof subjects)[number]) {
    const found = compareOperation({
      operation: terms,
      official: theirs,
      answered: answered.length === 0 ? undefined : seen,
    });
    return found.map((one): Problem => ({ service, operation, ...one }));
  }
}

/** What tests saw of operations that no contract has. */
function strays(contracts: readonly Contract[], answered: readonly Answered[]): Problem[] {
  const known = new Set(
    contracts.flatMap(({ service, operations }) => Object.keys(operations).map((one) => `${service} ${one}`)),
  );
  const found = answered.flatMap(({ service, operation, problems }) =>
    problems.length === 0 || known.has(`${service} ${operation}`)
      ? []
      : [{ service, operation, kind: "broken" as const, at: "", text: problems.join("; ") }],
  );
  return [...new Map(found.map((one) => [`${one.service} ${one.operation}`, one])).values()];
}
