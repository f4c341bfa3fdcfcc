import type { Body, Operation, Service } from "../contracts/contract.ts";
import type { Official } from "./official/operation.ts";
import type { Answered } from "./record.ts";
import { joined, own, type Shape, shapeOfSchema } from "./shape.ts";

/** In what an operation differs from what the service says, or from what it should be. */
export const KINDS = [
  /** The service does not describe it, or not this answer. */
  "undescribed",
  /** It answers with a status that the service does not. */
  "status",
  /** It takes a parameter that the service does not, of another type, or does without one that is required. */
  "parameter",
  /** It answers a property that the service does not. */
  "unknown",
  /** It does not always answer a property that the service always does. */
  "missing",
  /** A value is of another type. */
  "type",
  /** No test calls it. */
  "unexercised",
  /** A test saw an answer that is not in the contract. */
  "broken",
] as const;

export interface Problem {
  readonly service: Service;
  /** Method and path, such as `GET /projects/:id`. */
  readonly operation: string;
  readonly kind: (typeof KINDS)[number];
  /** Where: `request .name`, `200 .namespace.plan`, or nothing for all of it. */
  readonly at: string;
  readonly text: string;
}

type Found = Omit<Problem, "service" | "operation">;

/** One operation of a contract, with what is known of it. */
export interface Subject {
  readonly operation: Operation;
  /** None where the service does not describe it. */
  readonly official: Official | undefined;
  /** What tests saw of it; none where there are no records of tests at all. */
  readonly answered: readonly Answered[] | undefined;
}

/** In what an operation differs from the service's descriptions; what tests saw is held against them as well. */
export function compareOperation({ operation, official, answered }: Subject): Found[] {
  const found = answered === undefined ? [] : exercise(answered);
  if (official === undefined) {
    return [...found, { kind: "undescribed", at: "", text: "the service does not describe it" }];
  }
  if (operation.request !== undefined && official.parameters !== undefined) {
    found.push(...compareParameters(shapeOfSchema(operation.request), official.parameters, "request "));
  }
  for (const [status, body] of Object.entries(operation.responses)) {
    found.push(...compareAnswer(Number(status), shapesOf(body, Number(status), answered ?? []), official));
  }
  return unique(found);
}

function exercise(answered: readonly Answered[]): Found[] {
  if (answered.length === 0) return [{ kind: "unexercised", at: "", text: "no test calls it" }];
  return answered.flatMap(({ client, problems }) =>
    problems.map((problem): Found => ({ kind: "broken", at: "", text: `${problem} (asked by ${client})` })),
  );
}

/** What the contract allows, and what tests saw. */
function shapesOf(body: Body, status: number, answered: readonly Answered[]): (Shape | undefined)[] {
  const seen = answered.flatMap((one) =>
    one.status === status && one.shape !== undefined ? [one.shape] : [],
  );
  const all = seen.reduce<Shape | undefined>(joined, undefined);
  return [typeof body === "string" ? undefined : shapeOfSchema(body), ...(all === undefined ? [] : [all])];
}

function compareParameters(ours: Shape, theirs: Shape, where: string): Found[] {
  // Names are data: config vars.
  if (ours.properties === undefined || theirs.properties === undefined) return [];
  const found: Found[] = [];
  for (const [name, { shape }] of Object.entries(ours.properties)) {
    const at = `${where}.${name}`;
    const described = own(theirs.properties, name);
    if (described === undefined) found.push({ kind: "parameter", at, text: "not described" });
    else if (fits(shape, described.shape.types)) {
      found.push(...compareParameters(shape.items ?? shape, described.shape.items ?? described.shape, at));
    } else
      found.push({ kind: "parameter", at, text: `${types(shape)}, described as ${types(described.shape)}` });
  }
  for (const [name, { required }] of Object.entries(theirs.properties)) {
    if (required && own(ours.properties, name)?.required !== true) {
      found.push({ kind: "parameter", at: `${where}.${name}`, text: "required, and here it is not" });
    }
  }
  return found;
}

/** Whether each type of a shape is among `allowed`; a whole number is a number. Null is judged elsewhere. */
function fits(shape: Shape, allowed: readonly string[]): boolean {
  if (allowed.includes("any") || shape.types.includes("any")) return true;
  return shape.types.every(
    (type) => type === "null" || allowed.includes(type) || (type === "integer" && allowed.includes("number")),
  );
}

const types = ({ types: list }: Shape) => list.join("|");

function compareAnswer(status: number, shapes: readonly (Shape | undefined)[], official: Official): Found[] {
  const { described, recorded } = official;
  const at = String(status);
  const key = described.has(status) ? status : status < 400 ? "success" : status;
  if (!described.has(key) && !recorded.has(status)) {
    return [
      { kind: "status", at, text: `described are ${[...described.keys(), ...recorded.keys()].join(", ")}` },
    ];
  }
  const theirs: Theirs = {
    described: described.get(key),
    recorded: recorded.get(status),
    // Heroku's description says of each property whether it can be null, and has none too many.
    exact: key === "success",
  };
  return shapes.flatMap((ours): Found[] => {
    if (theirs.described === undefined && theirs.recorded === undefined) {
      return ours === undefined ? [] : [{ kind: "undescribed", at, text: "the body is not described" }];
    }
    if (ours === undefined) return [{ kind: "type", at, text: "no JSON, described as JSON" }];
    return compareShape(ours, theirs, `${at} `);
  });
}

interface Theirs {
  readonly described: Shape | undefined;
  readonly recorded: Shape | undefined;
  readonly exact: boolean;
}

function compareShape(ours: Shape, theirs: Theirs, at: string): Found[] {
  const found = compareTypes(ours, theirs, at.trimEnd());
  if (ours.items !== undefined) {
    const items = (shape: Shape | undefined) =>
      shape?.items ?? (shape?.types.includes("object") ? shape : undefined);
    found.push(
      ...compareShape(
        ours.items,
        { ...theirs, described: items(theirs.described), recorded: items(theirs.recorded) },
        at,
      ),
    );
  }
  if (ours.properties !== undefined) found.push(...compareProperties(ours.properties, theirs, at));
  return found;
}

function compareTypes(ours: Shape, { described, recorded, exact }: Theirs, at: string): Found[] {
  const known = (shape: Shape | undefined) =>
    shape?.types.filter((type) => type !== "null" && type !== "any") ?? [];
  const allowed = [...new Set([...known(described), ...known(recorded)])];
  const found: Found[] = [];
  if (allowed.length > 0 && !fits(ours, allowed)) {
    found.push({ kind: "type", at, text: `${types(ours)}, described as ${allowed.join("|")}` });
  }
  const teller = exact ? described : recorded;
  if (
    ours.types.includes("null") &&
    teller !== undefined &&
    !teller.types.some((t) => t === "null" || t === "any")
  ) {
    found.push({ kind: "type", at, text: `can be null, described as ${types(teller)}` });
  }
  return found;
}

type Properties = NonNullable<Shape["properties"]>;

function compareProperties(ours: Properties, theirs: Theirs, at: string): Found[] {
  const described = propertiesOf(theirs.described);
  const recorded = propertiesOf(theirs.recorded);
  if (described === undefined && recorded === undefined) return [];
  const found = Object.entries(ours).flatMap(([name, { shape }]): Found[] => {
    const one = described && own(described, name);
    const other = recorded && own(recorded, name);
    if (one === undefined && other === undefined) {
      return [{ kind: "unknown", at: `${at}.${name}`, text: "not described" }];
    }
    const inner = { ...theirs, described: one?.shape, recorded: other?.shape };
    return compareShape(shape, inner, `${at}.${name}`);
  });
  const wanted = { ...(theirs.exact ? described : {}), ...recorded };
  return [...found, ...missing(ours, wanted, theirs.exact, at)];
}

/** What the service always answers, and a sandbox never or not always. */
function missing(ours: Properties, wanted: Properties, exact: boolean, at: string): Found[] {
  return Object.entries(wanted).flatMap(([name, { required }]): Found[] => {
    const here = own(ours, name);
    if (here === undefined) {
      return required || exact ? [{ kind: "missing", at: `${at}.${name}`, text: "never here" }] : [];
    }
    const isLoose = required && !here.required;
    return isLoose
      ? [{ kind: "missing", at: `${at}.${name}`, text: "always there, and here not always" }]
      : [];
  });
}

/** Of an object, or of the objects that a description has in place of an array. */
function propertiesOf(shape: Shape | undefined): Shape["properties"] {
  return shape?.properties ?? shape?.items?.properties;
}

function unique(found: readonly Found[]): Found[] {
  return [
    ...new Map(
      found.map((one) => [`${one.kind} ${one.at} ${one.kind === "broken" ? one.text : ""}`, one]),
    ).values(),
  ];
}
