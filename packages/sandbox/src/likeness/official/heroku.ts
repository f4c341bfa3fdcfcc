import { z } from "zod";
import { joined, type Property, type Shape } from "../shape.ts";
import { type Official, operationId } from "./operation.ts";

/** JSON Schema, where a type alone can stand for a schema. */
type Described = string | DescribedObject;

interface DescribedObject {
  readonly type?: string | undefined;
  readonly anyOf?: readonly Described[] | undefined;
  readonly required?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, Described>> | undefined;
  readonly patternProperties?: Readonly<Record<string, Described>> | undefined;
  readonly items?: Described | undefined;
}

const described: z.ZodType<Described> = z.lazy(() =>
  z.union([
    z.string(),
    z.object({
      type: z.string().optional(),
      anyOf: z.array(described).optional(),
      required: z.array(z.string()).optional(),
      properties: z.record(z.string(), described).optional(),
      patternProperties: z.record(z.string(), described).optional(),
      items: described.optional(),
    }),
  ]),
);

const form = z.object({
  objects: z.record(z.string(), described),
  links: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      request: described.optional(),
      response: z.union([z.string(), z.array(z.string())]).nullish(),
    }),
  ),
});

/** Heroku's operations: the hyper-schema of its Platform API. */
export function herokuOperations(schema: unknown): Map<string, Official> {
  const { objects, links } = form.parse(schema);
  const found = new Map<string, Official>();
  for (const { method, path, request, response } of links) {
    const id = operationId("heroku", method, path);
    const parameters = request === undefined ? { types: ["object"], properties: {} } : shape(request);
    found.set(id, {
      // A second way to call the same.
      parameters: joined(found.get(id)?.parameters, parameters),
      described: new Map([["success", answer(objects, response)]]),
      recorded: new Map(),
    });
  }
  return found;
}

function answer(
  objects: z.infer<typeof form>["objects"],
  response: string | string[] | null | undefined,
): Shape | undefined {
  if (response === null || response === undefined) return undefined;
  if (Array.isArray(response)) {
    const items = answer(objects, response[0]);
    return { types: ["array"], ...(items === undefined ? {} : { items }) };
  }
  const object = objects[response] ?? objects[response.replaceAll("_", "-")];
  if (object !== undefined) return shape(object);
  // The two without an object of their own.
  if (response === "config_vars") return { types: ["object"], values: { types: ["string"] } };
  return response === "object" ? { types: ["object"] } : undefined;
}

function shape(schema: Described): Shape {
  if (typeof schema === "string") return { types: schema.split("|") };
  if (schema.anyOf !== undefined) return schema.anyOf.map(shape).reduce(joined);
  const { type, items, properties, patternProperties, required = [] } = schema;
  const entries = Object.entries(properties ?? {}).map(([name, property]): [string, Property] => [
    name,
    { shape: shape(property), required: required.includes(name) },
  ]);
  const values = Object.values(patternProperties ?? {}).map(shape)[0];
  return {
    types: type?.split("|") ?? ["any"],
    ...(properties === undefined ? {} : { properties: Object.fromEntries(entries) }),
    ...(values === undefined ? {} : { values }),
    ...(items === undefined ? {} : { items: shape(items) }),
  };
}
