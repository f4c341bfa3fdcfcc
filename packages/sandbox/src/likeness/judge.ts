import type { Contract, Service } from "../contracts/contract.ts";
import { contracts } from "../contracts/contracts.ts";
import { differences, type ReadBody } from "./hold.ts";

/** An answer that something else than the sandbox gave. */
export interface ForeignAnswer {
  readonly service: Service;
  readonly method: string;
  /** Below the service's base address, encoded as it was sent, without a query. */
  readonly path: string;
  readonly status: number;
  readonly body: ReadBody;
}

export interface Judgement {
  /** Method and path of the contract, such as `GET /projects/:id`; undefined for one that the contract does not have. */
  readonly operation: string | undefined;
  /** In what the answer differs from the contract: names and types of properties, no values. */
  readonly differences: readonly string[];
}

/** Holds an answer of a real service to the contract that the sandbox is held to. */
export function judgeAnswer({ service, method, path, status, body }: ForeignAnswer): Judgement {
  const contract = contracts.find((one) => one.service === service) as Contract;
  const operation = operationOf(contract, method, path);
  if (operation === undefined) return { operation, differences: [] };
  const { [operation]: terms } = contract.operations;
  const found = differences(contract, terms, { status, body, parameters: {} });
  return { operation, differences: found.filter((one) => !one.startsWith("request: ")) };
}

/** The operation with the most words of the path in its own, where several fit. */
function operationOf({ operations }: Contract, method: string, path: string): string | undefined {
  const parts = path.split("/");
  const fitting = Object.keys(operations).filter((operation) => {
    const [verb, pattern = ""] = operation.split(" ");
    return verb === method && fits(pattern.split("/"), parts);
  });
  const places = (operation: string) => operation.split(/[:*]/).length;
  return fitting.sort((a, b) => places(a) - places(b))[0];
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === "*";
  if (isOpen ? parts.length < pattern.length : parts.length !== pattern.length) return false;
  return pattern.every((word, index) => word === "*" || word.startsWith(":") || word === parts[index]);
}
