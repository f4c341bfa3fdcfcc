import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { SandboxContext } from "./context.ts";
import { patientWriter } from "./full-disk.ts";

/** One request that a service answered. */
export interface RequestRecord {
  readonly service: string;
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly status: number;
  /** What was sent and answered, reduced to the fields of `SHOWN`: no credential is among them. */
  readonly body: Fields;
  readonly answer: Fields;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Fields that tell who may do what. A value, token or password is in none of them. */
const SHOWN = new Set([
  "id",
  "name",
  "key",
  "path",
  "path_with_namespace",
  "default_branch",
  "environment_scope",
  "protected",
  "masked",
  "hidden",
  "access_level",
  "create_access_levels",
  "push_access_levels",
  "merge_access_levels",
  "allow_force_push",
  "scope",
  "scopes",
  "expires_at",
]);

/** Logs every request but reads of one service, in the order of the answers, to `<stateDir>/logs/requests.jsonl`. */
export function recordRequests(server: FastifyInstance, ctx: SandboxContext, service: string): void {
  if (!ctx.recordsRequests) return;
  const file = requestFile(ctx.stateDir);
  const append = patientWriter((text) => appendFileSync(file, text, { mode: 0o600 }));
  server.addHook("onSend", async (request, reply, payload) => {
    if (request.method === "GET" || request.method === "HEAD") return payload;
    const record: RequestRecord = {
      service,
      method: request.method,
      path: decodeURIComponent(request.url.split("?")[0] ?? ""),
      status: reply.statusCode,
      body: shown(request.body),
      answer: shown(typeof payload === "string" ? parsed(payload) : undefined),
    };
    append(`${JSON.stringify(record)}\n`);
    return payload;
  });
}

/** What was logged so far. */
export function readRequests(stateDir: string): RequestRecord[] {
  const lines = readFileSync(requestFile(stateDir), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as RequestRecord);
}

function requestFile(stateDir: string): string {
  return join(stateDir, "logs", "requests.jsonl");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shown(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const fields = Object.entries(value).filter(([name]) => SHOWN.has(name));
  return Object.fromEntries(
    fields.map(([name, item]) => [name, Array.isArray(item) ? item.map(entry) : item]),
  );
}

/** An entry of a list: a scope's name, or a level with what else tells whom it is for. */
function entry(item: unknown): unknown {
  return typeof item === "object" ? shown(item) : item;
}
