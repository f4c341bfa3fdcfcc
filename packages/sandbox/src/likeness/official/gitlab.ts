import { z } from "zod";
import { joined, type Property, type Shape } from "../shape.ts";
import { type Official, operationId } from "./operation.ts";

const apiForm = z.object({
  operations: z.record(
    z.string(),
    z.object({
      parameters: z.array(z.string()).default([]),
      responses: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

const recordedForm = z.object({
  answers: z.array(z.object({ method: z.string(), path: z.string(), status: z.int(), body: z.unknown() })),
});

/** Paths whose fixed last part was recorded as a variable one. */
const FIXED_PARTS: Readonly<Record<string, string>> = {
  "/projects/{id}/members/{}": "/projects/{id}/members/all",
};

/** GitLab's operations: its own description, and answers that were recorded from gitlab.com. */
export function gitlabOperations(api: unknown, recorded: unknown): Map<string, Official> {
  const found = new Map<string, Official>();
  for (const [key, { parameters, responses }] of Object.entries(apiForm.parse(api).operations)) {
    const [method = "", path = ""] = key.split(" ");
    found.set(operationId("gitlab", method, path), {
      parameters: { types: ["object"], properties: Object.fromEntries(parameters.map(parameter)) },
      described: new Map(
        Object.entries(responses).map(([status, body]) => [Number(status), answer(status, body)]),
      ),
      recorded: new Map(),
    });
  }
  for (const { method, path, status, body } of recordedForm.parse(recorded).answers) {
    const id = operationId("gitlab", method, FIXED_PARTS[path] ?? path);
    const known = found.get(id) ?? { described: new Map(), recorded: new Map() };
    const shape = joined(known.recorded.get(status), recordedShape(body));
    found.set(id, { ...known, recorded: new Map([...known.recorded, [status, shape]]) });
  }
  return found;
}

/** `name!:string=a|b` is a text that is required, and one of two. */
function parameter(text: string): [string, Property] {
  const [, name = "", nested, required, type = "string"] =
    /^([^[!:]+)([^!:]*)(!?)(?::([^=]*))?/.exec(text) ?? [];
  // `filter[environment_scope]` is a part of `filter`.
  return [name, { shape: { types: [nested ? "object" : type] }, required: required === "!" }];
}

function answer(status: string, body: unknown): Shape | undefined {
  // A 204 has no body, whatever is described: https://www.rfc-editor.org/rfc/rfc9110#name-204-no-content
  return body === null || status === "204" ? undefined : describedShape(body);
}

/**
 * GitLab generates its description from code in which a property without a type becomes a `string`: that says nothing.
 * What is nested deeply is cut off as `...`.
 */
function describedShape(body: unknown): Shape {
  if (Array.isArray(body)) return arrayOf(body.map(describedShape));
  if (typeof body !== "object" || body === null) {
    const type = String(body);
    return { types: [["integer", "number", "boolean", "object"].includes(type) ? type : "any"] };
  }
  if ("enum" in body && "type" in body) return { types: [String(body.type)] };
  return objectOf(Object.entries(body).map(([name, value]) => [name, describedShape(value), false]));
}

/** `a|b` is of either type; `name?` is not in every answer. */
function recordedShape(body: unknown): Shape {
  if (Array.isArray(body)) return arrayOf(body.map(recordedShape));
  if (typeof body !== "object" || body === null) return { types: String(body).split("|") };
  return objectOf(
    Object.entries(body).map(([name, value]) => [
      name.replace(/\?+$/, ""),
      recordedShape(value),
      !name.endsWith("?"),
    ]),
  );
}

function arrayOf(members: readonly Shape[]): Shape {
  const items = members.reduce<Shape | undefined>(joined, undefined);
  return { types: ["array"], ...(items === undefined ? {} : { items }) };
}

function objectOf(entries: readonly (readonly [name: string, shape: Shape, required: boolean])[]): Shape {
  const properties = entries.map(([name, shape, required]): [string, Property] => [
    name,
    { shape, required },
  ]);
  return { types: ["object"], properties: Object.fromEntries(properties) };
}
