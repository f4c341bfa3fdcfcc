import { z } from "zod";

/** The JSON types of a value and of what is in it; no value. */
export interface Shape {
  /** `string`, `integer`, `number`, `boolean`, `null`, `object`, `array`, or `any`. */
  readonly types: readonly string[];
  readonly properties?: Readonly<Record<string, Property>>;
  /** Of an object whose names are data: what stands under each. */
  readonly values?: Shape;
  readonly items?: Shape;
}

export interface Property {
  readonly shape: Shape;
  /** Whether every object has it. */
  readonly required: boolean;
}

const ANY: Shape = { types: ["any"] };

/**
 * The shape of a value. `like` is the shape that is expected there: where that has data for names, so has this, and
 * the names stay out of it.
 */
export function shapeOf(value: unknown, like?: Shape): Shape {
  if (value === null || value === undefined) return { types: ["null"] };
  if (Array.isArray(value)) {
    const items = value.map((item) => shapeOf(item, like?.items)).reduce(joined, undefined);
    return { types: ["array"], ...(items === undefined ? {} : { items }) };
  }
  if (typeof value === "number") return { types: [Number.isInteger(value) ? "integer" : "number"] };
  if (typeof value !== "object") return { types: [typeof value] };
  const entries = Object.entries(value);
  if (like?.types.includes("any")) return { types: ["object"] };
  if (like?.values !== undefined) {
    const values = entries.map(([, item]) => shapeOf(item, like.values)).reduce(joined, undefined);
    return { types: ["object"], ...(values === undefined ? {} : { values }) };
  }
  const properties = entries.map(([name, item]): [string, Property] => [
    name,
    { shape: shapeOf(item, like?.properties?.[name]?.shape), required: true },
  ]);
  return { types: ["object"], properties: Object.fromEntries(properties) };
}

/** What is one or the other. A property that only one of two objects has is no longer required. */
export function joined(a: Shape | undefined, b: Shape): Shape {
  if (a === undefined) return b;
  const types = [...new Set([...a.types, ...b.types])].sort();
  const properties = joinedProperties(a.properties, b.properties);
  const values = a.values && b.values ? joined(a.values, b.values) : (a.values ?? b.values);
  const items = a.items && b.items ? joined(a.items, b.items) : (a.items ?? b.items);
  return {
    types,
    ...(properties === undefined ? {} : { properties }),
    ...(values === undefined ? {} : { values }),
    ...(items === undefined ? {} : { items }),
  };
}

type Properties = Shape["properties"];

function joinedProperties(a: Properties, b: Properties): Properties {
  if (a === undefined || b === undefined) return a ?? b;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const entries = names.map((name): [string, Property] => {
    const [one, other] = [own(a, name), own(b, name)];
    if (one === undefined || other === undefined) {
      return [name, { shape: (one ?? other)?.shape ?? ANY, required: false }];
    }
    return [name, { shape: joined(one.shape, other.shape), required: one.required && other.required }];
  });
  return Object.fromEntries(entries);
}

/** A property that an object has itself: `constructor` is a name like any other. */
export function own<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** The shape that a schema allows. */
export function shapeOfSchema(schema: z.ZodType): Shape {
  return fromJsonSchema(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly wire?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
}

function fromJsonSchema(schema: JsonSchema): Shape {
  if (schema.wire !== undefined) return { types: [schema.wire] };
  if (schema.anyOf !== undefined) return schema.anyOf.map(fromJsonSchema).reduce(joined);
  if (schema.type === "array") {
    return {
      types: ["array"],
      ...(schema.items === undefined ? {} : { items: fromJsonSchema(schema.items) }),
    };
  }
  if (schema.type === "object") return fromObject(schema);
  if (schema.type !== undefined) return { types: [schema.type].flat() };
  if (schema.enum !== undefined) return shapeOf([...schema.enum]).items ?? ANY;
  return ANY;
}

function fromObject({ properties, required = [], additionalProperties }: JsonSchema): Shape {
  if (properties === undefined && typeof additionalProperties === "object") {
    return { types: ["object"], values: fromJsonSchema(additionalProperties) };
  }
  const entries = Object.entries(properties ?? {}).map(([name, property]): [string, Property] => [
    name,
    { shape: fromJsonSchema(property), required: required.includes(name) },
  ]);
  return { types: ["object"], properties: Object.fromEntries(entries) };
}
