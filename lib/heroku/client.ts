import type { Account } from "../http/account.ts";
import { isUnwell, later, patientRequest } from "../http/patience.ts";
import { type HttpResponse, jsonOf, serviceTime } from "../http/request.ts";

/** An error as Heroku tells it. https://devcenter.heroku.com/articles/platform-api-reference#error-responses */
export class HerokuError extends Error {
  readonly status: number;
  readonly id: string;

  constructor(
    what: string,
    { url, status, id, message }: { url: string; status: number; id: string; message: string },
  ) {
    const said = [id, message].filter((part) => part !== "").join(": ");
    const advice = isUnwell({ status }) ? ` ${later(url)}` : "";
    super(`${what}: Heroku answered ${status}${said && ` ${said}`}${advice}`);
    this.status = status;
    this.id = id;
  }
}

export interface HerokuCall {
  readonly method?: string;
  readonly body?: unknown;
  /** `docker-releases` for the release of a pushed image. */
  readonly variant?: "docker-releases";
  /** Which part of a list. https://devcenter.heroku.com/articles/platform-api-reference#ranges */
  readonly range?: string;
}

/** One exchange with Heroku's Platform API, whatever the status. */
export function herokuCall(
  { url, token }: Account,
  path: string,
  call: HerokuCall = {},
): Promise<HttpResponse> {
  const { variant, range, ...rest } = call;
  return patientRequest(`${url}${path}`, {
    ...rest,
    headers: {
      Accept: `application/vnd.heroku+json; version=3${variant ? `.${variant}` : ""}`,
      Authorization: `Bearer ${token}`,
      ...(range !== undefined && { Range: range }),
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
  return jsonOf(succeeded(account, what, await herokuCall(account, path, call))) as T;
}

/**
 * A whole list, and the service's time in milliseconds since 1970; this machine's where the service does not tell it.
 * @param what what is being done, for the error
 */
export async function herokuList<T>(
  account: Account,
  what: string,
  path: string,
): Promise<{ list: T[]; now: number }> {
  const list: T[] = [];
  for (let range: string | undefined = "id ..; max=1000"; ; ) {
    const answer: HttpResponse = succeeded(account, what, await herokuCall(account, path, { range }));
    list.push(...(jsonOf(answer) as T[]));
    const next = answer.status === 206 ? answer.headers["next-range"] : undefined;
    if (next === undefined) return { list, now: serviceTime(answer) };
    range = String(next);
  }
}

/** @throws HerokuError when Heroku refuses */
function succeeded({ url }: Account, what: string, response: HttpResponse): HttpResponse {
  if (response.status >= 200 && response.status < 300) return response;
  const { id = "", message = "" } = (jsonOf(response) ?? {}) as { id?: string; message?: string };
  throw new HerokuError(what, { url, status: response.status, id, message });
}
