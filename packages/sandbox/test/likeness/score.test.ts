import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Contract, entity, wire } from "../../src/contracts/contract.ts";
import type { Exception } from "../../src/likeness/exceptions.ts";
import { render } from "../../src/likeness/report.ts";
import { score } from "../../src/likeness/score.ts";
import {
  describedByHeroku,
  describedTeas,
  seen,
  tea,
  teaAnswers,
  teaDescription,
  thing,
  told,
} from "./contracts.ts";

/** The contract with another `GET /teas/:id`. */
const answering = (schema: z.ZodType): Contract => ({
  ...tea,
  operations: { ...tea.operations, "GET /teas/:id": { responses: { 200: schema }, users: ["test"] } },
});

const taking = (schema: z.ZodType): Contract => ({
  ...tea,
  operations: {
    ...tea.operations,
    "POST /teas": { request: schema, responses: { 201: thing }, users: ["test"] },
  },
});

const unexplained = (contract: Contract, official = describedTeas()) =>
  score([contract], seen, official, []).unexplained.map(told);

test("a contract that says what the service says agrees, whatever the parts of a path are called", () => {
  const result = score([tea], seen, describedTeas(), []);
  expect(result.unexplained).toEqual([]);
  expect(result.lines).toEqual([
    expect.objectContaining({ operation: "GET /teas/:id", described: "yes", recorded: true, agreed: true }),
    expect.objectContaining({ operation: "POST /teas", described: "yes", recorded: false, agreed: true }),
    expect.objectContaining({ operation: "DELETE /teas/:id", clients: ["teapot"], agreed: true }),
  ]);
});

describe("what differs", () => {
  test.each<[string, z.ZodType, string[]]>([
    [
      "a property that the service does not know",
      entity({ ...thing.shape, colour: z.string() }),
      ["GET /teas/:id: unknown 200 .colour: not described"],
    ],
    [
      "one that it always answers is not there",
      entity({ id: z.int() }),
      ["GET /teas/:id: missing 200 .name: never here"],
    ],
    [
      "or not always",
      entity({ id: z.int(), name: z.string().optional() }),
      ["GET /teas/:id: missing 200 .name: always there, and here not always"],
    ],
    [
      "another type",
      entity({ id: z.string(), name: z.string() }),
      ["GET /teas/:id: type 200 .id: string, described as integer"],
    ],
    [
      "a type that only recorded answers tell",
      entity({ id: z.int(), name: z.int() }),
      ["GET /teas/:id: type 200 .name: integer, described as string"],
    ],
    [
      "null where it was never seen",
      entity({ id: z.int(), name: z.string().nullable() }),
      ["GET /teas/:id: type 200 .name: can be null, described as string"],
    ],
    [
      "what is in a list",
      entity({ id: z.int(), name: z.string(), notes: z.array(z.int()) }),
      ["GET /teas/:id: type 200 .notes: integer, described as string"],
    ],
    ["a list in place of an object", z.array(thing), ["GET /teas/:id: type 200: array, described as object"]],
  ])("%s", (_what, schema, problems) => {
    expect(unexplained(answering(schema))).toEqual(problems);
  });

  test.each<[string, z.ZodType, string[]]>([
    [
      "a parameter that the service does not know",
      entity({ name: z.string(), sugar: z.string().optional() }),
      ["POST /teas: parameter request .sugar: not described"],
    ],
    [
      "of another type",
      entity({ name: z.string(), hot: wire("integer", z.int().optional()) }),
      ["POST /teas: parameter request .hot: integer, described as boolean"],
    ],
    [
      "one that is required there and not here",
      entity({ name: z.string().optional() }),
      ["POST /teas: parameter request .name: required, and here it is not"],
    ],
    ["a part of one", entity({ name: z.string(), filter: z.record(z.string(), z.string()) }), []],
  ])("%s", (_what, schema, problems) => {
    expect(unexplained(taking(schema))).toEqual(problems);
  });

  test("an operation that the service does not describe, and a status", () => {
    const { "DELETE /teas/{tea_id}": _gone, ...operations } = teaDescription.operations;
    const other = { operations: { ...operations, "POST /teas": { responses: { 200: null } } } };
    expect(unexplained(tea, describedTeas(other))).toEqual([
      "POST /teas: parameter request .name: not described",
      "POST /teas: parameter request .hot: not described",
      "POST /teas: status 201: described are 200",
      "DELETE /teas/:id: undescribed : the service does not describe it",
    ]);
  });

  test("an answer whose body is nowhere described", () => {
    const description = {
      operations: { ...teaDescription.operations, "GET /teas/{id}": { responses: { 200: null } } },
    };
    expect(unexplained(tea, describedTeas(description, { answers: [] }))).toEqual([
      "GET /teas/:id: undescribed 200: the body is not described",
    ]);
  });

  test("an operation that no test calls, and an answer of another form that one saw", () => {
    const [first, ...rest] = seen;
    const broken = { ...first, problems: ["200: .id is wrong"] } as (typeof seen)[number];
    expect(score([tea], [broken, ...rest.slice(1)], describedTeas(), []).unexplained.map(told)).toEqual([
      "GET /teas/:id: broken : 200: .id is wrong (asked by teapot)",
      "POST /teas: unexercised : no test calls it",
    ]);
    const stray = { ...broken, operation: "GET /coffees", problems: ["is not in the contract"] };
    expect(score([tea], [...seen, stray], undefined, []).unexplained.map(told)).toEqual([
      "GET /coffees: broken : is not in the contract",
    ]);
  });

  test("what a test saw counts, beside what the contract allows", () => {
    const saw = {
      ...seen[0],
      shape: { types: ["object"], properties: { odd: { shape: { types: ["null"] }, required: true } } },
    };
    expect(
      score([tea], [saw as (typeof seen)[number], ...seen.slice(1)], describedTeas(), []).unexplained.map(
        told,
      ),
    ).toEqual([
      "GET /teas/:id: unknown 200 .odd: not described",
      "GET /teas/:id: missing 200 .id: never here",
      "GET /teas/:id: missing 200 .name: never here",
    ]);
  });
});

describe("Heroku's schema", () => {
  const schema = {
    objects: {
      "tea-pot": {
        type: "object",
        required: [],
        properties: { id: { type: "string" }, lid: { type: "object|null", properties: { open: "boolean" } } },
      },
    },
    links: [
      { method: "GET", path: "/pots/{tea-pot}", response: "tea_pot" },
      { method: "GET", path: "/pots", response: ["tea-pot"] },
    ],
  };
  const pots = (schemaOfPot: z.ZodType): Contract => ({
    service: "heroku",
    operations: { "GET /pots": { responses: { 200: z.array(schemaOfPot) }, users: ["test"] } },
    error: z.never(),
  });
  const differences = (schemaOfPot: z.ZodType) =>
    score([pots(schemaOfPot)], [], describedByHeroku(schema), []).unexplained.map(told);

  test("has every property of an object, and says which can be null", () => {
    const lid = entity({ open: z.boolean() });
    expect(differences(entity({ id: z.string(), lid: lid.nullable() }))).toEqual([]);
    expect(differences(entity({ id: z.string().nullable(), lid }))).toEqual([
      "GET /pots: type 200 .id: can be null, described as string",
    ]);
    expect(differences(entity({ lid: entity({ open: z.string() }) }))).toEqual([
      "GET /pots: type 200 .lid.open: string, described as boolean",
      "GET /pots: missing 200 .id: never here",
    ]);
  });
});

describe("exceptions", () => {
  const colourful = answering(entity({ ...thing.shape, colour: z.string() }));
  const exception: Exception = {
    service: "gitlab",
    operations: ["GET /teas/:id"],
    kind: "unknown",
    at: "200 .colour",
    source: "https://example.org/teas",
    reason: "a page of the documentation has it",
  };

  test("explain what they name, and nothing else", () => {
    const result = score([colourful], seen, describedTeas(), [exception]);
    expect([result.unexplained, result.unused]).toEqual([[], []]);
    expect(result.lines[0]).toMatchObject({ agreed: true });
    const other = score([colourful], seen, describedTeas(), [{ ...exception, kind: "type" }]);
    expect(other.unexplained.map(told)).toEqual(["GET /teas/:id: unknown 200 .colour: not described"]);
  });

  test("that nothing needs any more are told, one operation at a time", () => {
    expect(score([tea], seen, describedTeas(), [exception]).unused).toEqual([
      "gitlab GET /teas/:id: unknown 200 .colour",
    ]);
    const two = { ...exception, operations: ["GET /teas/:id", "POST /teas"] };
    expect(score([colourful], seen, describedTeas(), [two]).unused).toEqual([
      "gitlab POST /teas: unknown 200 .colour",
    ]);
  });

  test("an operation is described by the page that its exception names", () => {
    const { "DELETE /teas/{tea_id}": _gone, ...operations } = teaDescription.operations;
    const known = { ...exception, operations: ["DELETE /teas/:id"], kind: "undescribed" as const, at: "" };
    const result = score([tea], seen, describedTeas({ operations }, teaAnswers), [known]);
    expect(result.lines.map(({ described }) => described)).toEqual(["yes", "yes", "page"]);
    expect(render("text", result)).toContain("described 3 of 3 (100.0 %)");
  });
});

describe("the report", () => {
  test("says what was not compared", () => {
    const result = score([tea], [], undefined, []);
    const text = render("text", result);
    expect(text).toContain("GET /teas/:id     ?          ?         nobody        ?");
    expect(text).toContain("exercised 0 of 3 (0.0 %)\n\nNote:\n");
    expect(text).toContain(
      "Not compared with the services' own descriptions: --contracts names no folder of them.",
    );
    expect(text).toContain("No test has recorded anything");
    expect(text).not.toContain("agreed    ");
  });

  test("in three forms", () => {
    const result = score([answering(z.array(thing))], seen, describedTeas(), []);
    const problem = "gitlab GET /teas/:id: type at 200: array, described as object";
    expect(render("text", result)).toContain(`Not explained:\n  ${problem}\n`);
    expect(render("markdown", result)).toContain(`## Not explained\n\n- ${problem}\n`);
    expect(JSON.parse(render("json", result))).toMatchObject({
      compared: true,
      totals: { operations: 3, described: 3, recorded: 1, exercised: 3, agreed: 2 },
      unexplained: [{ operation: "GET /teas/:id", kind: "type", at: "200" }],
    });
  });
});
