import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { holdToContract } from "../../src/likeness/hold.ts";
import { LIKENESS, readRecords } from "../../src/likeness/record.ts";
import { tea } from "./contracts.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tag-to-endpoint-likeness-"));
  vi.stubEnv(LIKENESS, folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A server of the contract that answers as it is told. */
function serve(answer: unknown, status = 200) {
  const server = fastify();
  holdToContract(server, tea, {
    path: ({ routeOptions: { url } }) => (url === "/page" ? undefined : url),
    parameters: ({ body }) => body ?? {},
  });
  for (const url of ["/teas/:id", "/coffees", "/page"])
    server.get(url, (_, reply) => reply.code(status).send(answer));
  server.post("/teas", (_, reply) => reply.code(status).send(answer));
  server.delete("/teas/:id", (_, reply) => reply.code(status).send(answer));
  return server;
}

const problems = () => readRecords(folder).flatMap((one) => one.problems);

test("an answer of the contract passes, and its shape is recorded without a value", async () => {
  const headers = { "user-agent": "teapot/1.2 (earthenware)" };
  const answer = await serve({ id: 1, name: "secret" }).inject({ url: "/teas/1", headers });
  expect([answer.statusCode, answer.json()]).toEqual([200, { id: 1, name: "secret" }]);
  const records = readRecords(folder);
  expect(records).toEqual([
    {
      service: "gitlab",
      operation: "GET /teas/:id",
      status: 200,
      client: "teapot",
      shape: {
        types: ["object"],
        properties: {
          id: { shape: { types: ["integer"] }, required: true },
          name: { shape: { types: ["string"] }, required: true },
        },
      },
      problems: [],
    },
  ]);
  expect(JSON.stringify(records)).not.toContain("secret");
});

describe("a doctored answer is a 500 that says in what it differs, and is recorded", () => {
  test.each<[string, unknown, number, string]>([
    ["a property too many", { id: 1, name: "x", colour: "red" }, 200, '200:  Unrecognized key: "colour"'],
    ["one too few", { id: 1 }, 200, "200: .name Invalid input: expected string, received undefined"],
    ["another type", { id: "1", name: "x" }, 200, "200: .id Invalid input: expected number, received string"],
    ["another status", { id: 1, name: "x" }, 203, "status 203 is not in the contract"],
    ["no body", undefined, 200, "200: nothing instead of JSON"],
    [
      "an error of another form",
      { reason: "no" },
      404,
      "404: .message Invalid input: expected string, received undefined",
    ],
  ])("%s", async (_what, body, status, problem) => {
    const answer = await serve(body, status).inject("/teas/1");
    expect(answer.statusCode).toBe(500);
    expect(answer.json().message).toContain(`likeness: GET /teas/:id: ${problem}`);
    expect(problems()[0]).toBe(problem);
  });

  test("an operation that is not in the contract, unless it says that it is not implemented", async () => {
    expect((await serve({}).inject("/coffees")).json().message).toBe(
      "likeness: GET /coffees: is not in the contract",
    );
    expect((await serve({ message: "not here" }, 501).inject("/coffees")).statusCode).toBe(501);
  });
});

test("a parameter that is not in the contract, where the request was accepted", async () => {
  const call = { method: "POST", url: "/teas", payload: { name: "green", sugar: 2 } } as const;
  expect((await serve({ id: 1, name: "x" }, 201).inject(call)).json().message).toBe(
    'likeness: POST /teas: request:  Unrecognized key: "sugar"',
  );
  expect((await serve({ message: "sugar?" }, 400).inject(call)).statusCode).toBe(400);
});

test("an answer without a body stays without, and what is not of the API is left alone", async () => {
  expect((await serve(undefined, 204).inject({ method: "DELETE", url: "/teas/1" })).statusCode).toBe(204);
  expect((await serve("<html>").inject("/page")).payload).toBe("<html>");
});

test("outside of tests nothing is held and nothing recorded", async () => {
  vi.stubEnv(LIKENESS, "");
  expect((await serve({ odd: 1 }).inject("/teas/1")).json()).toEqual({ odd: 1 });
  expect(readRecords(folder)).toEqual([]);
});
