/** Outputs and refreshed inputs, with secrets and unknowns where the contract wants them. */
import { DEFAULTS_KEY } from "./check.ts";
import type { ResourceContract } from "./contract.ts";
import { isZero, sameInput } from "./diff.ts";
import type { Rules } from "./provider.ts";
import { hasSecret, isProps, markLike, type Props, reveal, Secret, UNKNOWN, type Value } from "./values.ts";

/** The state to keep: what the resource says, over what the program said, with secrets marked. */
export function finish(contract: ResourceContract, rules: Rules, outputs: Props, inputs: Props): Props {
  const state: Props = {};
  const names = [...Object.keys(contract.outputs), ...(rules.privateOutputs ?? [])];
  const spreads = rules.secretSpreads === true && hasSecret(inputs);
  for (const name of names) {
    const isInput = contract.inputs[name] !== undefined;
    const value = isInput && !(name in outputs) ? inputs[name] : outputs[name];
    if (value === undefined || value === null) {
      continue;
    }
    const secret = contract.outputs[name]?.secret === true || (spreads && !isInput);
    const marked = markLike(reveal(value), inputs[name]);
    state[name] = secret && !(marked instanceof Secret) ? new Secret(marked) : marked;
  }
  return state;
}

/** What a preview can say of a resource that is to be created. */
export function previewCreate(
  contract: ResourceContract,
  rules: Rules,
  inputs: Props,
  promised: Props,
): Props {
  const outputs: Props = {};
  for (const name of Object.keys(contract.outputs)) {
    const given = inputs[name] ?? rules.defaults?.[name] ?? promised[name];
    if (given !== undefined) {
      outputs[name] = given;
    } else if (contract.alwaysSet.includes(name) || contract.inputs[name] === undefined) {
      outputs[name] = UNKNOWN;
    }
  }
  return finish(contract, rules, outputs, inputs);
}

/** What a preview can say of a resource that is to be updated. */
export function previewUpdate(
  contract: ResourceContract,
  rules: Rules,
  state: Props,
  inputs: Props,
  promised: Props,
): Props {
  const outputs: Props = {};
  for (const name of Object.keys(contract.outputs)) {
    const isInput = contract.inputs[name] !== undefined;
    const kept = isInput && !contract.alwaysSet.includes(name) ? undefined : state[name];
    const value = inputs[name] ?? rules.defaults?.[name] ?? promised[name] ?? kept;
    if (value !== undefined) {
      outputs[name] = value;
    }
  }
  for (const name of rules.changedByUpdate ?? []) {
    if (inputs[name] === undefined && promised[name] === undefined) {
      outputs[name] = UNKNOWN;
    }
  }
  return finish(contract, rules, outputs, inputs);
}

/**
 * The inputs that describe what was read. At a refresh these are the last inputs with the values that are true
 * now; at an import everything that is not a default.
 */
export function readInputs(
  contract: ResourceContract,
  rules: Rules,
  outputs: Props,
  oldInputs: Props,
): Props {
  return Object.keys(oldInputs).length > 0
    ? refreshedInputs(contract, rules, outputs, oldInputs)
    : importedInputs(contract, rules, outputs);
}

function refreshedInputs(contract: ResourceContract, rules: Rules, outputs: Props, oldInputs: Props): Props {
  const silent = new Set([DEFAULTS_KEY, ...(rules.writeOnly ?? []), ...(rules.createOnly ?? [])]);
  const inputs: Props = {};
  for (const [name, old] of Object.entries(oldInputs)) {
    const present = outputs[name];
    if (
      silent.has(name) ||
      contract.outputs[name] === undefined ||
      present === undefined ||
      present === null
    ) {
      inputs[name] = old;
      continue;
    }
    const before = reveal(old);
    const now = mapAware(contract, name, before, present);
    inputs[name] = sameInput(rules, name, before, now) ? old : markLike(now, old);
  }
  return inputs;
}

/** A map of the program's own keys is taken whole; of an object of the service only what the program gave. */
function mapAware(contract: ResourceContract, name: string, before: Value, present: Value): Value {
  const type = contract.inputs[name]?.type;
  return typeof type === "object" && "map" in type ? present : narrowed(before, present);
}

/** Of an object or a list of objects, only the properties that the program gave. */
function narrowed(before: Value, present: Value): Value {
  if (isProps(before) && isProps(present)) {
    const kept = Object.entries(present).filter(([key]) => before[key] !== undefined);
    return Object.keys(before).length === 0 ? present : Object.fromEntries(kept);
  }
  if (Array.isArray(before) && Array.isArray(present) && before.length > 0) {
    const template = before[0] as Value;
    return isProps(template) ? present.map((item) => narrowed(template, item)) : present;
  }
  return present;
}

function importedInputs(contract: ResourceContract, rules: Rules, outputs: Props): Props {
  const inputs: Props = {};
  for (const [name, property] of Object.entries(contract.inputs)) {
    const value = outputs[name];
    const isDefault = rules.defaults !== undefined && value === rules.defaults[name];
    const required = contract.requiredInputs.includes(name) || rules.autoName === name;
    if (value === undefined || property.deprecated || (!required && (isDefault || isZero(value)))) {
      continue;
    }
    inputs[name] = property.secret ? new Secret(value) : value;
  }
  if (rules.autoName) {
    inputs[DEFAULTS_KEY] = [];
  }
  return inputs;
}
