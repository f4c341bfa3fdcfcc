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

/** One violation, told so that a person can mend it. */
export interface Violation {
  /** What is there now; never a secret. */
  readonly found: string;
  readonly allowed: string;
  readonly fix: string;
}

export interface ResourceRule {
  readonly name: string;
  readonly description: string;
  /** Types of resources that it is about. */
  readonly about: (type: string) => boolean;
  readonly check: (resource: Resource) => Violation[];
}

export interface StackRule {
  readonly name: string;
  readonly description: string;
  /** Violations and the resource that each is about. */
  readonly check: (resources: readonly StackResource[]) => Array<Violation & { readonly urn: string }>;
}

/** The message of a violation, in the form of the program's other messages. */
export function messageOf({ found, allowed, fix }: Violation): string {
  return `found:   ${found}\nallowed: ${allowed}\nfix:     ${fix}`;
}

/** Resources of one of these types. */
export function ofType(...types: readonly string[]): (type: string) => boolean {
  return (type) => types.includes(type);
}
