import { judgeAnswer } from "@tag-to-endpoint/sandbox/likeness";
import type { SeeAnswer, Service } from "@tag-to-endpoint/throwaway/accounts";

/** In what an answer of the real service differs from what the sandbox gives; names and types, no values. */
export interface Difference {
  readonly service: Service;
  /** Method and path, such as `GET /projects/:id`. */
  readonly operation: string;
  readonly status: number;
  readonly difference: string;
}

export interface AnswerComparison {
  readonly see: SeeAnswer;
  /** What was seen until now. */
  found(): { readonly operations: string[]; readonly differences: Difference[] };
}

/** Compares every answer that it is shown with the contract that the sandbox keeps. Keeps no answer. */
export function compareAnswers(services: Readonly<Record<Service, URL>>): AnswerComparison {
  const operations = new Set<string>();
  const differences = new Map<string, Difference>();
  const note = (one: Difference) => differences.set(JSON.stringify(one), one);
  return {
    see(service, { method, url }, { status, body }) {
      const path = url.pathname.slice(services[service].pathname.replace(/\/$/, "").length);
      const { operation, differences: found } = judgeAnswer({ service, method, path, status, body });
      if (operation === undefined) {
        // The path has names and numbers of somebody's account in it: its first word is all that goes out.
        const known = `${method} /${path.split("/")[1] ?? ""}/...`;
        note({ service, operation: known, status, difference: "is not in the contract" });
        return;
      }
      operations.add(`${service} ${operation}`);
      for (const difference of found) note({ service, operation, status, difference });
    },
    found: () => ({ operations: [...operations].sort(), differences: [...differences.values()] }),
  };
}
