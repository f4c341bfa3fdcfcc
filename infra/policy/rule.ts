import type { Problem } from "../../lib/text/problem.ts";
import type { Values } from "./values.ts";

/** A resource that the program registers. */
export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Values;
  /** Outputs that the program has the engine keep encrypted. */
  readonly secretOutputs: readonly string[];
}

/** A resource of the whole stack, as it is at the end. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Outputs: what the service answered, or the inputs where it was not asked yet. Secrets are left open. */
  readonly outputs: Values;
  /** URNs of the resources whose outputs a property was made of. */
  readonly references: Readonly<Record<string, readonly string[]>>;
}

export interface ResourceRule {
  readonly name: string;
  readonly description: string;
  /** Types of resources that it is about. */
  readonly about: (type: string) => boolean;
  readonly check: (resource: Resource) => Problem[];
}

export interface StackRule {
  readonly name: string;
  readonly description: string;
  /** Violations and the resource that each is about. */
  readonly check: (resources: readonly StackResource[]) => Array<Problem & { readonly urn: string }>;
}

/** Resources of one of these types. */
export function ofType(...types: readonly string[]): (type: string) => boolean {
  return (type) => types.includes(type);
}
