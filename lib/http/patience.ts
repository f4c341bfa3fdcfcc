/**
 * One exchange with a service that may be busy, restarting or behind a proxy that is. What can be sent again is, with
 * growing pauses; what may have been carried out already is not, unless sending it twice is the same as once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type HttpRequest, type HttpResponse, request, Unreachable } from "./request.ts";

/** The service gave no whole answer, also when asked again. Its message names no credential. */
export class ServiceUnavailable extends Error {}

/** The limit of requests is used up, and waiting for it would take too long. Its message names no credential. */
export class TooManyRequests extends ServiceUnavailable {}

/** The request may have been carried out, and no answer says so. Its message names no credential. */
export class AnswerLost extends ServiceUnavailable {}

export interface PatientRequest extends HttpRequest {
  /** How long to wait in all while the service wants no requests. GitLab counts by the minute. */
  readonly patienceMs?: number;
  /** The pause before the second try, which doubles for every further one. */
  readonly pauseMs?: number;
}

/** Also where the service asks for none: a service that is busy is not asked in a loop. */
const LEAST_PAUSE_MS = 250;

/** How often a request is sent at most, where it is not the limit of requests that is used up. */
const TRIES = 4;

/** Methods of which a second request does no more than the first. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const REPEATABLE = ["GET", "HEAD", "PUT", "DELETE"];

/** Answers of a service that is not well, or of a proxy before it; another one may come a moment later. */
const UNWELL = [500, 502, 503, 504];

/**
 * An exchange that is tried again:
 *
 * - whatever its method, where the service says 429: such a request was not taken. GitLab names the seconds, Heroku gives
 *   back 75 requests a minute and names nothing;
 * - where a second request does no more than one, after 500, 502, 503, 504 and after a connection that was cut.
 *
 * Where nothing listens at the address it fails at once.
 * https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 * https://devcenter.heroku.com/articles/platform-api-reference#rate-limits
 * @throws TooManyRequests when the limit is still used up after `patienceMs`
 * @throws AnswerLost when it must not be sent twice and nobody knows whether it was carried out
 * @throws ServiceUnavailable when the connection is cut at the last try, too
 * @throws Unreachable when there is no connection
 */
export async function patientRequest(
  url: string | URL,
  { patienceMs = 90_000, ...options }: PatientRequest = {},
): Promise<HttpResponse> {
  for (let waited = 0, pause = 1000; ; pause *= 2) {
    const answer = await persistentRequest(new URL(url), options);
    if (answer.status !== 429) return answer;
    const named = namedPause(answer.headers["retry-after"]);
    const next = Math.max(named ?? pause, LEAST_PAUSE_MS);
    if (waited + next > patienceMs) throw new TooManyRequests(usedUp(new URL(url).origin, named));
    await sleep(next);
    waited += next;
  }
}

/** An exchange with a service that may not be well; any answer that is its own is given back. */
async function persistentRequest(
  url: URL,
  { pauseMs = 500, ...options }: Omit<PatientRequest, "patienceMs">,
): Promise<HttpResponse> {
  const { method = "GET" } = options;
  const tries = REPEATABLE.includes(method) ? TRIES : 1;
  for (let tried = 1; ; tried++) {
    const outcome = await attempt(url, options);
    if ("status" in outcome) {
      if (!isUnwell(outcome) || tried === tries) return outcome;
    } else if (tried === tries) throw notAnswered(outcome, url, method, tries);
    await sleep(pauseMs * 2 ** (tried - 1) * (0.5 + Math.random() / 2));
  }
}

function notAnswered({ message }: Unreachable, url: URL, method: string, tries: number): ServiceUnavailable {
  const reason = message.replace(`${url.origin}: `, "");
  const found = `${url.origin} did not answer ${method} ${url.pathname} (${reason})`;
  return tries === 1
    ? new AnswerLost(`${found}: it may have carried it out or not. ${later(url)}`)
    : new ServiceUnavailable(`${found}, ${tries} times. ${later(url)}`);
}

/** An answer, or a connection that was cut. @throws Unreachable when there was no connection */
async function attempt(url: URL, options: HttpRequest): Promise<HttpResponse | Unreachable> {
  try {
    return await request(url, options);
  } catch (error) {
    if (error instanceof Unreachable && error.wasConnected) return error;
    throw error;
  }
}

/** Whether an answer is that of a service that is not well; one that could be asked again has been. */
export function isUnwell({ status }: Pick<HttpResponse, "status">): boolean {
  return UNWELL.includes(status);
}

/** What to do about a service at that address that is not well. */
export function later(url: string | URL): string {
  const page = STATUS_PAGES[new URL(url).hostname];
  return `Run this again in a few minutes${page ? `; ${page} says whether the service has trouble` : ""}.`;
}

const STATUS_PAGES: Readonly<Record<string, string>> = {
  "gitlab.com": "https://status.gitlab.com",
  "api.heroku.com": "https://status.heroku.com",
};

/** `Retry-After` in milliseconds: a number of seconds, or a date. */
function namedPause(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const until = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(until) ? undefined : Math.max(0, until);
}

function usedUp(origin: string, pause: number | undefined): string {
  const found = `${origin} takes no more requests for now (429): its limit of requests is used up`;
  if (pause === undefined) return `${found}, also after waiting. Run this again in a few minutes.`;
  const until = new Date(Date.now() + pause).toISOString().replace(/\.\d+Z$/, "Z");
  return `${found}, and it asks to wait ${Math.ceil(pause / 1000)} s. Run this again after ${until}.`;
}
