/** How gitbeaker sends its requests here: through the plugins' own HTTP, with GitLab's errors as they are. */
import type { ResourceOptions } from "@gitbeaker/requester-utils";
import { send } from "../shared/http.ts";
import { GitLabError } from "./errors.ts";
import { snake } from "./ids.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";

interface RequestOptions {
  body?: Record<string, unknown>;
  searchParams?: Record<string, unknown>;
}

interface FormattedResponse {
  body: unknown;
  headers: Record<string, string>;
  status: number;
}

type Requester = Record<Method, (endpoint: string, options?: RequestOptions) => Promise<FormattedResponse>>;

/** The `requesterFn` of a gitbeaker client. */
export function requester(service: ResourceOptions): never {
  const methods: Method[] = ["get", "post", "put", "patch", "delete"];
  const entries = methods.map((method) => [
    method,
    (endpoint: string, options?: RequestOptions) => perform(service, method.toUpperCase(), endpoint, options),
  ]);
  // gitbeaker's type is generic over each call's body, which no implementation can satisfy by itself.
  return Object.fromEntries(entries) as Requester as never;
}

async function perform(
  service: ResourceOptions,
  method: string,
  endpoint: string,
  given: RequestOptions = {},
): Promise<FormattedResponse> {
  const { body, searchParams } = method === "GET" || method === "DELETE" ? given : inBody(given);
  const prefix = service.url.endsWith("/") ? service.url : `${service.url}/`;
  const url = new URL(endpoint, prefix);
  url.search = query(fields(searchParams ?? {})).toString();
  const headers: Record<string, string> = {
    accept: "application/json",
    ...(service.headers as Record<string, string>),
  };
  for (const [name, value] of Object.entries(service.authHeaders)) {
    headers[name] = await value();
  }
  if (body !== undefined) {
    headers["content-type"] = "application/json";
  }
  const response = await send({
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(fields(body)) }),
  });
  if (response.status < 200 || response.status > 299) {
    throw new GitLabError(method, url, response.status, response.text);
  }
  const isJson =
    response.headers["content-type"]?.startsWith("application/json") === true && response.text !== "";
  return {
    body: isJson ? JSON.parse(response.text) : null,
    headers: response.headers,
    status: response.status,
  };
}

/**
 * gitbeaker puts some parameters of a write into the query, where a list of maps is ambiguous: `l[][a]=1&l[][b]=2` is one
 * map with both. The official provider's client puts all of them into the body.
 */
function inBody({ body, searchParams = {} }: RequestOptions): RequestOptions {
  return body === undefined && Object.keys(searchParams).length === 0
    ? {}
    : { body: { ...searchParams, ...body } };
}

/** gitbeaker names some parameters in camel case; the API's names are in snake case. */
function fields(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snake(key), deep(item)]));
}

function deep(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(deep);
  }
  return typeof value === "object" && value !== null ? fields(value as Record<string, unknown>) : value;
}

/** `{filter: {environment_scope: "*"}}` as `filter[environment_scope]=*`. */
function query(params: Record<string, unknown>): URLSearchParams {
  const search = new URLSearchParams();
  const add = (name: string, value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) add(`${name}[]`, item);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) add(`${name}[${key}]`, item);
    } else if (value !== undefined && value !== null) {
      search.append(name, String(value));
    }
  };
  for (const [name, value] of Object.entries(params)) add(name, value);
  return search;
}
