import type { Contract, ContractProperties, ContractType } from "@tag-to-endpoint/sdks";

/** What is wrong with a value that is given for a type of a contract, in words; nothing when it fits. */
export function misfits(value: unknown, type: ContractType, contract: Contract, path: string): string[] {
  if (typeof type === "object") {
    if ("array" in type) {
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((item, index) => misfits(item, type.array, contract, `${path}[${index}]`));
    }
    if (!isRecord(value)) return [`${path} is no map`];
    return Object.entries(value).flatMap(([key, item]) =>
      misfits(item, type.map, contract, `${path}.${key}`),
    );
  }
  const nested = contract.types[type];
  if (nested) {
    if (!isRecord(value)) return [`${path} is no object`];
    return objectMisfits(value, nested.properties, nested.required, contract, path);
  }
  const right =
    type === "integer"
      ? Number.isInteger(value)
      : typeof value === type || (type === "number" && typeof value === "number");
  return right ? [] : [`${path} is ${JSON.stringify(value)}, not of type ${type}`];
}

/** The same for an object's properties: unknown, missing and wrongly typed ones. */
export function objectMisfits(
  value: Record<string, unknown>,
  properties: ContractProperties,
  required: readonly string[],
  contract: Contract,
  path: string,
): string[] {
  return [
    ...required.filter((key) => value[key] === undefined).map((key) => `${path}.${key} is missing`),
    ...Object.entries(value).flatMap(([key, item]) => {
      const property = properties[key];
      return property
        ? misfits(item, property.type, contract, `${path}.${key}`)
        : [`${path}.${key} is unknown`];
    }),
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
