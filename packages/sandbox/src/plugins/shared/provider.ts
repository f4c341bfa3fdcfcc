/** What a stand-in plugin is made of: a contract, a configuration and the life cycle of each resource. */
import type { Contract } from "./contract.ts";
import type { Props, Value } from "./values.ts";

/** Messages to the person at the terminal; `status` shows only while the resource is being worked on. */
export interface Log {
  status(message: string): Promise<void>;
  info(message: string): Promise<void>;
  warn(message: string): Promise<void>;
}

export interface Context {
  urn: string;
  /** The resource's name in the program. */
  name: string;
  /** The resource's type token. */
  type: string;
  log: Log;
  /** Fires when the engine cancels. */
  signal: AbortSignal;
}

export interface CheckFailure {
  property: string;
  reason: string;
}

export interface CheckOutcome {
  failures?: CheckFailure[];
  /** Merged into the inputs. */
  additions?: Props;
}

export type DiffKind = "add" | "delete" | "update";

/** One difference: where, of which kind, and whether the resource must be made anew for it. */
export interface Difference {
  kind: DiffKind;
  replace: boolean;
}
export type Differences = Map<string, Difference>;

/** The rules of a resource that a schema cannot say; the official providers have them in code. */
export interface Rules {
  /** Values that the provider itself sends when the program says nothing. */
  defaults?: Props;
  /** Inputs whose change makes a new resource, beyond the ones in the contract. */
  replaces?: string[];
  /** Allowed values of an input. */
  oneOf?: Record<string, readonly string[]>;
  /** Inputs that are sets: the order of their elements means nothing. */
  sets?: string[];
  /** Inputs that matter at creation only; a later change is no difference. */
  createOnly?: string[];
  /** Inputs that the service does not give back: compared with the last inputs instead of the state. */
  writeOnly?: string[];
  /** The input that gets a name of its own (`<name in program>-<7 hex digits>`) when the program gives none. */
  autoName?: string;
  /** Outputs that an update may change, so that a preview must not promise their old value. */
  changedByUpdate?: string[];
  /** Every output is as secret as any input, as pulumi-go-provider does. */
  secretSpreads?: boolean;
  /** Kept in the state without being part of the contract (such as a provider's own notes). */
  privateOutputs?: string[];
}

export interface Created {
  id: string;
  outputs: Props;
}

export interface ReadState {
  id: string;
  outputs: Props;
}

export interface Change {
  id: string;
  /** The state before. */
  state: Props;
  oldInputs: Props;
  inputs: Props;
}

/**
 * The life cycle of one resource type. All values are revealed; marking secrets, merging with inputs, previews
 * and the ordinary difference are the business of the glue (`lifecycle.ts`).
 */
export interface Resource {
  rules?: Rules;
  /** Further checks of inputs that fit the contract; unknown values may be in them. */
  check?(context: Context, inputs: Props): Promise<CheckOutcome> | CheckOutcome;
  /** Corrects the ordinary differences. */
  diff?(change: Change, differences: Differences): Promise<void> | void;
  /** Outputs that a preview can promise in place of unknowns. */
  preview?(context: Context, inputs: Props): Promise<Props | undefined>;
  create(context: Context, inputs: Props): Promise<Created>;
  /** Gives nothing when the resource is gone. `state` is empty at an import. */
  read(context: Context, id: string, state: Props, inputs: Props): Promise<ReadState | undefined>;
  update(context: Context, change: Change): Promise<Props>;
  /** A resource that is gone already is no error. */
  delete(context: Context, id: string, state: Props): Promise<void>;
}

export interface Provider {
  contract: Contract;
  resources: Record<string, Resource>;
  /** Takes the stack's configuration; throws where a setting is wrong. */
  configure(config: Record<string, Value>): Promise<void> | void;
}

/** The resource exists but could not be finished; the engine keeps it in the state to be repaired or removed. */
export class UnfinishedError extends Error {
  readonly id: string;
  readonly outputs: Props;
  constructor(message: string, id: string, outputs: Props) {
    super(message);
    this.id = id;
    this.outputs = outputs;
  }
}
