import { setTimeout as sleep } from "node:timers/promises";
import { type HttpRequest, type HttpResponse, request } from "./request.ts";

/** The limit of requests is used up, and waiting for it would take too long. Its message names no credential. */
export class TooManyRequests extends Error {}

export interface PatientRequest extends HttpRequest {
  /** How long to wait in all while the service wants no requests. GitLab counts by the minute. */
  readonly patienceMs?: number;
}

/** Also where the service asks for none: a service that is busy is not asked in a loop. */
const LEAST_PAUSE_MS = 250;

/**
 * An exchange that waits where the service says 429: a request that was not taken can be sent again, whatever its method.
 * GitLab names the seconds, Heroku gives back 75 requests a minute and names nothing.
 * https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 * https://devcenter.heroku.com/articles/platform-api-reference#rate-limits
 * @throws TooManyRequests when it does not end within `patienceMs`
 */
export async function patientRequest(
  url: string | URL,
  { patienceMs = 90_000, ...options }: PatientRequest = {},
): Promise<HttpResponse> {
  for (let waited = 0, pause = 1000; ; pause *= 2) {
    const answer = await request(url, options);
    if (answer.status !== 429) return answer;
    const named = namedPause(answer.headers["retry-after"]);
    const next = Math.max(named ?? pause, LEAST_PAUSE_MS);
    if (waited + next > patienceMs) throw new TooManyRequests(usedUp(new URL(url).origin, named));
    await sleep(next);
    waited += next;
  }
}

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
