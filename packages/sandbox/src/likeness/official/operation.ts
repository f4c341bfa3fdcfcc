import type { Service } from "../../contracts/contract.ts";
import type { Shape } from "../shape.ts";

/** What a service says of one of its operations, and what it was seen to answer. */
export interface Official {
  /** An object with the parameters; none where they are not described. */
  readonly parameters?: Shape;
  /** The answers that are described, by status; `success` where a description has no statuses. */
  readonly described: ReadonlyMap<number | "success", Shape | undefined>;
  /** Answers that somebody recorded, by status. */
  readonly recorded: ReadonlyMap<number, Shape>;
}

/** The operations of all services, by `operationId`. */
export type OfficialOperations = ReadonlyMap<string, Official>;

/** One operation, whatever a description calls the variable parts of its path. */
export function operationId(service: Service, method: string, path: string): string {
  return `${service} ${method} ${path.replaceAll(/\{[^}]*\}|:\w+|\*\w+/g, "{}")}`;
}
