import type { Account } from "../http/account.ts";
import { patientRequest } from "../http/patience.ts";
import { type HttpResponse, jsonOf } from "../http/request.ts";

/** An error as Heroku tells it. https://devcenter.heroku.com/articles/platform-api-reference#error-responses */
export class HerokuError extends Error {
  readonly status: number;
  readonly id: string;

  constructor(what: string, { status, id, message }: { status: number; id: string; message: string }) {
    super(`${what}: Heroku answered ${status} ${id}: ${message}`);
    this.status = status;
    this.id = id;
  }
}

export interface HerokuCall {
  readonly method?: string;
  readonly body?: unknown;
  /** `docker-releases` for the release of a pushed image. */
  readonly variant?: "docker-releases";
}

/** One exchange with Heroku's Platform API, whatever the status. */
export function herokuCall(
  { url, token }: Account,
  path: string,
  call: HerokuCall = {},
): Promise<HttpResponse> {
  const { variant, ...rest } = call;
  return patientRequest(`${url}${path}`, {
    ...rest,
    headers: {
      Accept: `application/vnd.heroku+json; version=3${variant ? `.${variant}` : ""}`,
      Authorization: `Bearer ${token}`,
    },
    timeoutMs: 30_000,
  });
}

/**
 * One exchange that must succeed.
 * @param what what is being done, for the error: "release of app mlserver"
 */
export async function heroku<T>(
  account: Account,
  what: string,
  path: string,
  call: HerokuCall = {},
): Promise<T> {
  const response = await herokuCall(account, path, call);
  if (response.status >= 200 && response.status < 300) return jsonOf(response) as T;
  const { id = "", message = "" } = (jsonOf(response) ?? {}) as { id?: string; message?: string };
  throw new HerokuError(what, { status: response.status, id, message });
}
