import type { FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "./auth.ts";
import { ApiError } from "./errors.ts";
import type { Instance } from "./instance.ts";
import { applicationSettings } from "./instance-settings.ts";

interface Limit {
  /** The name by which GitLab's headers call it. */
  name: string;
  requests: number;
  seconds: number;
}

/** Counts a request and answers 429 beyond the limit. */
export type Throttle = (request: FastifyRequest, reply: FastifyReply, principal: Principal | null) => void;

/**
 * The rate limits of the API, by user or by address, in windows that begin for all at the same time; off as long as no
 * administrator switches them on.
 * https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
 */
export function createThrottle(instance: Instance, clock: () => number = Date.now): Throttle {
  let counts = new Map<string, number>();
  let window = -1;
  return (request, reply, principal) => {
    const limit = limitOf(instance, principal);
    if (limit === undefined) return;
    const now = Math.floor(clock() / 1000);
    const current = Math.floor(now / limit.seconds);
    if (current !== window) [counts, window] = [new Map(), current];
    const key = `${limit.name}/${principal?.user.id ?? request.ip}`;
    const observed = (counts.get(key) ?? 0) + 1;
    counts.set(key, observed);
    const reset = limit.seconds - (now % limit.seconds);
    tell(reply, limit, observed, now + reset);
    if (observed <= limit.requests) return;
    reply.header("retry-after", String(reset));
    const text = applicationSettings(instance.store.data).rate_limiting_response_text ?? "Retry later";
    throw new ApiError(429, { text });
  };
}

function limitOf(instance: Instance, principal: Principal | null): Limit | undefined {
  const settings = applicationSettings(instance.store.data);
  const kind = principal === null ? "unauthenticated" : "authenticated";
  if (!settings[`throttle_${kind}_api_enabled`]) return undefined;
  return {
    name: `throttle_${kind}_api`,
    requests: settings[`throttle_${kind}_api_requests_per_period`],
    seconds: settings[`throttle_${kind}_api_period_in_seconds`],
  };
}

function tell(
  reply: FastifyReply,
  { name, requests, seconds }: Limit,
  observed: number,
  reset: number,
): void {
  const headers = {
    // Always by the minute, whatever the period is.
    "ratelimit-limit": Math.ceil((requests * 60) / seconds),
    "ratelimit-name": name,
    "ratelimit-observed": observed,
    "ratelimit-remaining": Math.max(0, requests - observed),
    "ratelimit-reset": reset,
    "ratelimit-resettime": new Date(reset * 1000).toUTCString(),
  };
  for (const [header, value] of Object.entries(headers)) reply.header(header, String(value));
}
