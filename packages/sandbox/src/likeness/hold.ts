import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Body, Contract, Operation } from "../contracts/contract.ts";
import { LIKENESS, openRecord } from "./record.ts";
import { own, type Shape, shapeOf, shapeOfSchema } from "./shape.ts";

/** How a server's requests are read. */
export interface Reading {
  /** The path of the route, such as `/projects/:id`; none of what is not of the API. */
  path(request: FastifyRequest): string | undefined;
  /** Query and body, without credentials. */
  parameters(request: FastifyRequest): unknown;
}

/**
 * Holds every answer of a server to the contract of the service, where `SANDBOX_LIKENESS` names a folder: tests do.
 * An answer that differs becomes a 500 that says in what, so that the test which asked for it fails, and is recorded,
 * so that the run fails whatever the test makes of it.
 */
export function holdToContract(server: FastifyInstance, contract: Contract, reading: Reading): void {
  const folder = process.env[LIKENESS];
  if (!folder) return;
  const record = openRecord(folder);
  const shapes = new Map<z.ZodType, Shape>();
  server.addHook("onSend", async (request, reply, payload) => {
    const path = reading.path(request);
    if (path === undefined || request.method === "HEAD") return payload;
    const operation = `${request.method} ${path}`;
    const terms = own(contract.operations, operation);
    const body = readBody(reply, payload);
    const problems = differences(contract, terms, {
      status: reply.statusCode,
      body,
      parameters: reading.parameters(request),
    });
    const schema = expected(contract, terms, reply.statusCode);
    record({
      service: contract.service,
      operation,
      status: reply.statusCode,
      client: clientOf(request.headers["user-agent"]),
      ...(body.kind === "json" ? { shape: shapeOf(body.value, shapeFor(schema, shapes)) } : {}),
      problems,
    });
    if (problems.length === 0) return payload;
    reply.code(500).removeHeader("content-length").type("application/json");
    return JSON.stringify({ id: "likeness", message: `likeness: ${operation}: ${problems.join("; ")}` });
  });
}

function shapeFor(schema: Body | undefined, known: Map<z.ZodType, Shape>): Shape | undefined {
  if (schema === undefined || typeof schema === "string") return undefined;
  const shape = known.get(schema) ?? shapeOfSchema(schema);
  known.set(schema, shape);
  return shape;
}

/** `python-gitlab/4.13.0` is `python-gitlab`. */
function clientOf(userAgent: string | undefined): string {
  return /^[^/\s]+/.exec(userAgent ?? "")?.[0] ?? "unnamed";
}

/** A body as it came: JSON, something else, or none. */
export type ReadBody = { kind: "json"; value: unknown } | { kind: "file" } | { kind: "nothing" };

function readBody(reply: FastifyReply, payload: unknown): ReadBody {
  if (payload === undefined || payload === null || payload === "") return { kind: "nothing" };
  if (typeof payload !== "string") return { kind: "file" };
  if (!/json/.test(String(reply.getHeader("content-type")))) return { kind: "file" };
  return { kind: "json", value: JSON.parse(payload) };
}

export interface Exchange {
  readonly status: number;
  readonly body: ReadBody;
  readonly parameters: unknown;
}

/** In what an answer, or a request that was accepted, differs from the contract. Names and types only, no values. */
export function differences(contract: Contract, terms: Operation | undefined, exchange: Exchange): string[] {
  const { status, body, parameters } = exchange;
  // What is not implemented says so, and that is all that it has to do.
  if (terms === undefined && status !== 501) return ["is not in the contract"];
  const wanted = expected(contract, terms, status);
  if (wanted === undefined) return [`status ${status} is not in the contract`];
  const problems = wrongBody(wanted, body).map((problem) => `${status}: ${problem}`);
  // What was refused may well be wrong.
  if (status >= 400) return problems;
  const request = terms?.request?.safeParse(parameters);
  if (request === undefined) {
    return [...problems, ...Object.keys(parameters ?? {}).map((name) => `request: unknown ${name}`)];
  }
  return [...problems, ...issues(request).map((problem) => `request: ${problem}`)];
}

function expected(contract: Contract, terms: Operation | undefined, status: number): Body | undefined {
  if (status === 304) return "nothing";
  return (
    terms?.responses[status] ?? contract.everywhere?.[status] ?? (status >= 400 ? contract.error : undefined)
  );
}

function wrongBody(wanted: Body, body: ReadBody): string[] {
  if (typeof wanted === "string") {
    const isEmptyFile = wanted === "file" && body.kind === "nothing";
    return body.kind === wanted || isEmptyFile ? [] : [`${body.kind} instead of ${wanted}`];
  }
  if (body.kind !== "json") return [`${body.kind} instead of JSON`];
  return issues(wanted.safeParse(body.value));
}

function issues(result: z.ZodSafeParseResult<unknown>): string[] {
  if (result.success) return [];
  return result.error.issues.map(
    ({ path, message }) => `${path.map((part) => `.${String(part)}`).join("")} ${message}`,
  );
}
