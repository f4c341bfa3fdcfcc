/** Which requests create something, what it is called, and how it is found and removed again. */
import type { RecordedAnswer, RecordedRequest } from "./recorder/forward.ts";

export type Service = "gitlab" | "heroku";

/** Something that a run creates. */
export interface Creation {
  readonly service: Service;
  /** The word in reports: `project`, `app`, `access_tokens`. */
  readonly kind: string;
  /** What it is called, as far as the request tells. Never a value or a credential. */
  readonly name: string;
  /** Path of what it is a part of and goes with; without it, it has to be removed by itself. */
  readonly within?: string;
}

/** Requests that create something that stands by itself: the end of their path, and what names it in their body. */
const standing: ReadonlyArray<{
  service: Service;
  path: RegExp;
  kind: string;
  name(body: Fields): unknown;
}> = [
  { service: "gitlab", path: /^\/projects$/, kind: "project", name: ({ path, name }) => path ?? name },
  { service: "gitlab", path: /^\/user\/runners$/, kind: "runner", name: ({ description }) => description },
  { service: "heroku", path: /^\/(teams\/)?apps$/, kind: "app", name: ({ name }) => name },
  {
    service: "heroku",
    path: /^\/oauth\/authorizations$/,
    kind: "authorization",
    name: ({ description }) => description,
  },
];

type Fields = Readonly<Record<string, unknown>>;

/** Fields that name a part of something. */
const NAMES = ["key", "name", "title", "branch", "ref", "file_path", "path", "type"];

/** What a request is going to create, or undefined: for one that reads, changes or removes. */
export function creationIn(service: Service, base: URL, { method, url, body }: RecordedRequest) {
  if (method !== "POST" || !url.pathname.startsWith(base.pathname)) return undefined;
  const path = url.pathname.slice(base.pathname.replace(/\/$/, "").length);
  const fields = (typeof body === "object" && body !== null ? body : {}) as Fields;
  const found = standing.find((one) => one.service === service && one.path.test(path));
  if (found) return creation({ service, kind: found.kind, name: wordOf(found.name(fields)) });
  const [, within, kind] = path.match(/^\/((?:projects|apps|groups|teams)\/[^/]+)\/(.+)$/) ?? [];
  if (within === undefined || kind === undefined) {
    // Not known to stand in anything: it has a line, and a person looks.
    return creation({ service, kind: path.slice(1), name: "" });
  }
  const name = NAMES.map((field) => fields[field]).find((value) => value !== undefined);
  return creation({ service, kind, name: wordOf(name), within });
}

const creation = (one: Creation): Creation => one;

const wordOf = (value: unknown) => (typeof value === "string" ? value : "");

/** The service's identifier of what an answer says was created. */
export function idIn({ body }: RecordedAnswer): string | undefined {
  const value = body.kind === "json" ? body.value : undefined;
  const { id } = (typeof value === "object" && value !== null ? value : {}) as { id?: unknown };
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}
