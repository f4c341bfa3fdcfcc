import type { FaultAnswer, FaultAnswers, Place } from "../core/faults/http.ts";
import { parseGitPath } from "./git/http.ts";

const API = "/api/v4";

/** https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers */
function tooMany(retryAfter: number): FaultAnswer {
  const reset = Math.floor(Date.now() / 1000) + retryAfter;
  return {
    status: 429,
    headers: {
      "retry-after": String(retryAfter),
      "ratelimit-name": "throttle_authenticated_api",
      "ratelimit-remaining": "0",
      "ratelimit-reset": String(reset),
      "ratelimit-resettime": new Date(reset * 1000).toUTCString(),
    },
    body: "Retry later\n",
  };
}

/** Workhorse, where the application does not answer: gitlab-org/gitlab, workhorse/internal/badgateway/roundtripper.go */
const badGateway: FaultAnswer = {
  status: 502,
  headers: { "content-type": "text/plain" },
  body: "GitLab is not responding",
};

const api: FaultAnswers = {
  tooMany,
  failed: { status: 500, body: { message: "500 Internal Server Error" } },
  badGateway,
  // The load balancer of gitlab.com, HAProxy, where it has no server: a page, whatever was asked for.
  unavailable: {
    status: 503,
    headers: { "content-type": "text/html", "cache-control": "no-cache" },
    body: "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n",
  },
  // https://docs.gitlab.com/api/rest/authentication/
  expiredToken: {
    status: 401,
    body: {
      error: "invalid_token",
      error_description: "Token is expired. You can either do re-authorization or token refresh.",
    },
  },
  saying: (message) => ({ status: 500, body: { message } }),
};

const git: FaultAnswers = {
  tooMany,
  failed: { status: 500, body: "Internal Server Error\n" },
  badGateway,
  // https://docs.gitlab.com/administration/gitaly/troubleshooting/
  unavailable: {
    status: 503,
    body: "The git server, Gitaly, is not available at this time. Please contact your administrator.\n",
  },
  expiredToken: {
    status: 401,
    headers: { "www-authenticate": 'Basic realm="GitLab"' },
    body: "HTTP Basic: Access denied. Provide a token as the password.\n",
  },
  saying: (text) => ({ status: 500, body: `${text}\n` }),
};

/** Where a request to GitLab goes; nowhere what is neither the API nor git: pages, and what git's hooks call. */
export function placeOf(path: string): Place | undefined {
  if (path.startsWith(`${API}/internal/`)) return undefined;
  if (path.startsWith(`${API}/`)) return { service: "gitlab", path: path.slice(API.length), answers: api };
  return parseGitPath(path) === undefined ? undefined : { service: "git", path, answers: git };
}
