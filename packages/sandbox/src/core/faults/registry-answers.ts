import type { FaultAnswer, FaultAnswers } from "./http.ts";

/** Codes: https://distribution.github.io/distribution/spec/api/#errors-2, and those of every API of the registry's. */
function error(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): FaultAnswer {
  return {
    status,
    headers: { "docker-distribution-api-version": "registry/2.0", ...headers },
    body: { errors: [{ code, message }] },
  };
}

/** What a container registry answers that does not do what it was asked for. */
export function registryAnswers(realm: string): FaultAnswers {
  const failed = (message: string) => error(500, "UNKNOWN", message);
  return {
    tooMany: (retryAfter) =>
      error(429, "TOOMANYREQUESTS", "too many requests", { "retry-after": String(retryAfter) }),
    failed: failed("unknown error"),
    badGateway: {
      status: 502,
      headers: { "content-type": "text/html" },
      body: "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n",
    },
    unavailable: error(503, "UNAVAILABLE", "service unavailable"),
    expiredToken: error(401, "UNAUTHORIZED", "authentication required", {
      "www-authenticate": `Basic realm="${realm}"`,
    }),
    saying: failed,
  };
}
