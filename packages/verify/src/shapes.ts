import type { Service } from "./creations.ts";
import type { SeeAnswer } from "./noting.ts";

/** In what an answer of the real service differs from what the sandbox gives; names and types, no values. */
export interface Difference {
  readonly service: Service;
  readonly operation: string;
  readonly status: number;
  readonly difference: string;
}

export interface AnswerComparison {
  readonly see: SeeAnswer;
  found(): { readonly operations: string[]; readonly differences: Difference[] };
}

export function compareAnswers(_services: Readonly<Record<Service, URL>>): AnswerComparison {
  const operations = new Set<string>();
  return {
    see: (service, { method }) => operations.add(`${service} ${method}`),
    found: () => ({ operations: [...operations], differences: [] }),
  };
}
