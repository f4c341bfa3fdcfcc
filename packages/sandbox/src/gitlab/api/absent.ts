import type { FastifyInstance } from "fastify";
import { ApiError } from "../errors.ts";
import { notImplemented } from "../not-implemented.ts";

/** What the paths of GitLab's API begin with: https://docs.gitlab.com/api/api_resources/ */
const RESOURCES = new Set([
  "admin",
  "appearance",
  "application",
  "applications",
  "audit_events",
  "avatar",
  "broadcast_messages",
  "bulk_imports",
  "code_suggestions",
  "deploy_keys",
  "deploy_tokens",
  "discussions",
  "events",
  "feature_flags",
  "features",
  "geo",
  "geo_nodes",
  "geo_sites",
  "group_repository_storage_moves",
  "groups",
  "hooks",
  "import",
  "integrations",
  "issues",
  "issues_statistics",
  "job",
  "jobs",
  "keys",
  "license",
  "licenses",
  "lint",
  "markdown",
  "merge_requests",
  "metadata",
  "namespaces",
  "notification_settings",
  "organizations",
  "packages",
  "pages",
  "personal_access_tokens",
  "project_aliases",
  "project_repository_storage_moves",
  "projects",
  "runners",
  "search",
  "service_accounts",
  "sidekiq",
  "snippets",
  "suggestions",
  "system_hooks",
  "templates",
  "todos",
  "topics",
  "usage_data",
  "user",
  "user_counts",
  "users",
  "version",
  "web_commits",
]);

/**
 * What is answered where there is no route: 404 as by GitLab for what no GitLab has, and 501 below everything that it has.
 * A client that asks for something that only this sandbox lacks is not to take it for absent.
 */
export function absentRoutes(server: FastifyInstance): void {
  server.setNotFoundHandler((request) => {
    throw absent(request.method, request.url);
  });
}

/** The answer to a request that there is no route for. */
export function absent(method: string, url: string): ApiError {
  const path = url.split("?")[0] ?? "/";
  const [first, api, version, resource = ""] = path.split("/");
  const isApi = first === "" && api === "api" && version === "v4";
  return isApi && RESOURCES.has(resource)
    ? notImplemented(`${method} ${path}`)
    : new ApiError(404, { error: "404 Not Found" });
}
