import { ApiError, notImplemented } from "./errors.ts";

/** What the paths of the Platform API begin with: https://devcenter.heroku.com/articles/platform-api-reference */
const RESOURCES = new Set([
  "account",
  "actions",
  "addon-attachments",
  "addon-services",
  "addons",
  "app-setups",
  "app-transfers",
  "apps",
  "buildpacks",
  "dyno-sizes",
  "enterprise-accounts",
  "oauth",
  "password-resets",
  "permission-entities",
  "pipeline-couplings",
  "pipeline-promotions",
  "pipelines",
  "regions",
  "review-apps",
  "schema",
  "sources",
  "spaces",
  "stacks",
  "teams",
  "telemetry-drains",
  "test-runs",
  "users",
]);

const NO_ENDPOINT =
  "The requested API endpoint was not found. Are you using the right HTTP verb (i.e. `GET` vs. `POST`), and did you specify your intended version with the `Accept` header?";

/** The answer to a request that there is no route for: Heroku's, or 501 where Heroku has what this sandbox lacks. */
export function absent(method: string, url: string): ApiError {
  const path = url.split("?")[0] ?? "/";
  return RESOURCES.has(path.split("/")[1] ?? "")
    ? notImplemented(`${method} ${path}`)
    : new ApiError(404, "not_found", NO_ENDPOINT);
}
