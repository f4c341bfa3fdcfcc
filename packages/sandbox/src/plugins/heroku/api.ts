/** Heroku's Platform API, https://devcenter.heroku.com/articles/platform-api-reference */
import { send } from "../shared/http.ts";
import { loopbackUrl } from "../shared/loopback.ts";
import { isProps, type Value } from "../shared/values.ts";

/** An answer of Heroku other than success, worded as the official provider's client words it. */
export class HerokuError extends Error {
  readonly status: number;
  /** Heroku's name of the error, such as `not_found`. */
  readonly id: string;

  constructor(method: string, url: URL, status: number, id: string, message: string) {
    const verb = `${method[0]}${method.slice(1).toLowerCase()}`;
    super(`${verb} "${url.href}": ${message}`);
    this.status = status;
    this.id = id;
  }
}

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export class Heroku {
  private base: URL | undefined;
  private apiKey = "";
  private headers: Record<string, string> = {};
  /** Whether the state of an app holds all its config vars, also those set elsewhere. */
  allConfigVarsInState = true;
  /** Seconds to wait after an app was created. */
  postAppCreateDelay = 0;

  /** https://github.com/heroku/terraform-provider-heroku/blob/master/docs/index.md#argument-reference */
  configure(config: Record<string, Value>): void {
    const apiKey = text(config.apiKey) ?? process.env.HEROKU_API_KEY;
    this.base = loopbackUrl(
      {
        plugin: "heroku",
        version: "1.0.4",
        setting: "heroku:url (or HEROKU_API_URL)",
        install: "pulumi plugin install resource heroku 1.0.4 --server github://api.github.com/pulumiverse",
      },
      text(config.url) ?? (process.env.HEROKU_API_URL || "https://api.heroku.com"),
    );
    if (!apiKey) {
      throw new Error(
        "No Heroku credentials found: set an API key with `pulumi config set heroku:apiKey --secret` or the " +
          "environment variable HEROKU_API_KEY",
      );
    }
    this.apiKey = apiKey;
    this.headers = parseHeaders(config.headers ?? process.env.HEROKU_HEADERS ?? null);
    const customizations = first(config.customizations);
    this.allConfigVarsInState = customizations.setAppAllConfigVarsInState !== false;
    this.postAppCreateDelay = Number(first(config.delays).postAppCreateDelay ?? 0);
  }

  /** Sends a request and gives the answer's JSON. */
  async request<T>(
    method: Method,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    if (!this.base) {
      throw new Error("the heroku provider is not configured");
    }
    const url = new URL(`${this.base.pathname.replace(/\/$/, "")}${path}`, this.base);
    const response = await send({
      method,
      url,
      headers: {
        accept: "application/vnd.heroku+json; version=3",
        // As the official client: the key is the password of a user without a name.
        authorization: `Basic ${Buffer.from(`:${this.apiKey}`).toString("base64")}`,
        "content-type": "application/json",
        "user-agent": "pulumi-resource-heroku (stand-in)",
        ...this.headers,
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status < 200 || response.status > 299) {
      throw failure(method, url, response.status, response.text);
    }
    return (response.text === "" ? undefined : JSON.parse(response.text)) as T;
  }

  /** Like `request`, but gives nothing where there is no such thing. */
  async requestUnlessGone<T>(method: Method, path: string): Promise<T | undefined> {
    try {
      return await this.request<T>(method, path);
    } catch (error) {
      if (error instanceof HerokuError && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  }
}

function failure(method: string, url: URL, status: number, body: string): HerokuError {
  try {
    const { id, message } = JSON.parse(body) as { id?: string; message?: string };
    return new HerokuError(method, url, status, id ?? String(status), message ?? body);
  } catch {
    return new HerokuError(method, url, status, String(status), `${status} ${body}`.trim());
  }
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function first(value: Value | undefined): Record<string, Value> {
  const item = Array.isArray(value) ? value[0] : value;
  return isProps(item) ? item : {};
}

function parseHeaders(value: Value): Record<string, string> {
  const given = typeof value === "string" && value !== "" ? JSON.parse(value) : value;
  return isProps(given)
    ? Object.fromEntries(Object.entries(given).map(([name, item]) => [name.toLowerCase(), String(item)]))
    : {};
}
