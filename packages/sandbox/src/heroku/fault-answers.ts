import { randomUUID } from "node:crypto";
import type { FaultAnswer, FaultAnswers, Place } from "../core/faults/http.ts";

/** An error in Heroku's form: https://devcenter.heroku.com/articles/platform-api-reference#error-responses */
function error(status: number, body: object, headers: Record<string, string> = {}): FaultAnswer {
  return { status, headers: { "request-id": randomUUID(), ...headers }, body };
}

const answers: FaultAnswers = {
  // Heroku documents no Retry-After; one that comes all the same is to be heeded.
  tooMany: (retryAfter) =>
    error(
      429,
      {
        id: "rate_limit",
        message:
          "Your account reached the API rate limit\nPlease wait a few minutes before making new requests",
        url: "https://devcenter.heroku.com/articles/platform-api-reference#rate-limits",
      },
      { "ratelimit-remaining": "0", "retry-after": String(retryAfter) },
    ),
  failed: error(500, { id: "internal_server_error", message: "Internal server error." }),
  // The API is an app of Heroku's own, behind Heroku's router: https://github.com/AkhileshNS/heroku-deploy/issues/64
  badGateway: {
    status: 502,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: '<!DOCTYPE html>\n<html><head><title>Application Error</title></head><body><iframe src="//www.herokucdn.com/error-pages/application-error.html"></iframe></body></html>\n',
  },
  // https://github.com/heroku/node-heroku-client/issues/81
  unavailable: error(503, {
    id: "unavailable",
    message: "Could not complete the action. Please try again later.",
  }),
  expiredToken: error(
    401,
    { id: "unauthorized", message: "Invalid credentials provided." },
    { "www-authenticate": 'Bearer realm="Heroku"' },
  ),
  saying: (message) => error(500, { id: "internal_server_error", message }),
};

/** Where a request to the Platform API goes. */
export function placeOf(path: string): Place {
  return { service: "heroku", path, answers };
}
