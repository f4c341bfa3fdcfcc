/**
 * The committed summary of an official provider's schema: only the resources that the program uses, with the
 * official names, types, required inputs, secrets and replace rules.
 */
export type TypeRef = string | { array: TypeRef } | { map: TypeRef };

export interface PropertyContract {
  type: TypeRef;
  /** Kept encrypted in the state, whether or not the program passed a secret. */
  secret?: boolean;
  /** A change of it makes a new resource. */
  replaces?: boolean;
  deprecated?: boolean;
}

export interface ResourceContract {
  inputs: Record<string, PropertyContract>;
  outputs: Record<string, PropertyContract>;
  requiredInputs: string[];
  /** Outputs that always have a value after a create. */
  alwaysSet: string[];
}

export interface ObjectContract {
  properties: Record<string, PropertyContract>;
  required: string[];
}

export interface Contract {
  package: string;
  version: string;
  provider: Record<string, PropertyContract>;
  resources: Record<string, ResourceContract>;
  types: Record<string, ObjectContract>;
}

const PRIMITIVES = new Set(["string", "boolean", "integer", "number"]);
const BUILT_IN = /^pulumi\.json#\//;

/** The object type that a type refers to, if it does. */
export function objectType(contract: Contract, type: TypeRef): ObjectContract | undefined {
  return typeof type === "string" && !PRIMITIVES.has(type) && !BUILT_IN.test(type)
    ? contract.types[type]
    : undefined;
}

/** The Pulumi package schema of a contract, which `pulumi import` and `pulumi package` ask a plugin for. */
export function packageSchema(contract: Contract): string {
  const property = (item: PropertyContract) => ({
    ...schemaType(item.type),
    ...(item.secret ? { secret: true } : {}),
    ...(item.replaces ? { willReplaceOnChanges: true } : {}),
    ...(item.deprecated ? { deprecationMessage: "Deprecated by the official provider." } : {}),
  });
  const properties = (items: Record<string, PropertyContract>) =>
    Object.fromEntries(Object.entries(items).map(([name, item]) => [name, property(item)]));
  return JSON.stringify({
    name: contract.package,
    version: contract.version,
    config: { variables: properties(contract.provider) },
    provider: { inputProperties: properties(contract.provider) },
    types: Object.fromEntries(
      Object.entries(contract.types).map(([token, item]) => [
        token,
        { type: "object", properties: properties(item.properties), required: item.required },
      ]),
    ),
    resources: Object.fromEntries(
      Object.entries(contract.resources).map(([token, item]) => [
        token,
        {
          inputProperties: properties(item.inputs),
          requiredInputs: item.requiredInputs,
          properties: properties(item.outputs),
          required: item.alwaysSet,
        },
      ]),
    ),
  });
}

function schemaType(type: TypeRef): Record<string, unknown> {
  if (typeof type !== "string") {
    return "array" in type
      ? { type: "array", items: schemaType(type.array) }
      : { type: "object", additionalProperties: schemaType(type.map) };
  }
  if (BUILT_IN.test(type)) {
    return { $ref: type };
  }
  return PRIMITIVES.has(type) ? { type } : { $ref: `#/types/${type}` };
}
