/** The calls that a command makes: what a sandbox recorded of one clean run, by kind. */
import type { FaultInput, FaultReport } from "@tag-to-endpoint/sandbox";

export const SERVICES = ["gitlab", "git", "gitlab-registry", "heroku", "heroku-registry"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Requests that differ in names and numbers alone. */
export interface Call {
  readonly service: ServiceName;
  readonly method: string;
  /** As faults take it: `/projects/:id/variables`. */
  readonly path: string;
  /** How many of them there were. */
  readonly count: number;
  /** The place of the first of them among the service's changing requests, from 1 on; of a read, that of the next one. */
  readonly place: number;
}

/** What makes a sandbox note every request, and changes none. */
export const RECORDERS: readonly FaultInput[] = SERVICES.map((service) => ({
  fault: "slow",
  seconds: 0,
  service,
  times: "always",
}));

/** What recorders have noted, by kind, in the order of the first of each. */
export function callsOf(reports: readonly FaultReport[]): Call[] {
  const counts = new Map<string, Call>();
  for (const report of reports) {
    if (!("service" in report)) continue;
    const { service } = report;
    let changes = 0;
    for (const hit of report.hits) {
      const [method = "", sent = ""] = hit.split(" ");
      const path = patternOf(service, sent);
      const key = `${service} ${method} ${path}`;
      const known = counts.get(key);
      counts.set(key, {
        ...{ service, method, path },
        count: (known?.count ?? 0) + 1,
        place: known?.place ?? changes + 1,
      });
      if (isChange({ method })) changes += 1;
    }
  }
  return [...counts.values()];
}

/** Lists of GitLab's and Heroku's APIs, after which a path has the id or the name of one thing. */
const LISTS = new Set([
  ...["access_tokens", "branches", "deploy_keys", "groups", "namespaces", "personal_access_tokens"],
  ...[
    "pipelines",
    "jobs",
    "projects",
    "protected_branches",
    "protected_tags",
    "repositories",
    "resource_groups",
  ],
  ...["runners", "tags", "trace", "users", "variables"],
  ...["apps", "authorizations", "dynos", "formation", "releases", "teams"],
]);

/** A path without names, numbers and digests, as a pattern that matches it. */
export function patternOf(service: ServiceName, path: string): string {
  if (service === "git") return path.replace(/^.*\.git(?=\/|$)/, "/**.git");
  if (service.endsWith("-registry")) {
    return path
      .replace(/^\/v2\/.+(?=\/(blobs|manifests|tags)\/)/, "/v2/**")
      .replace(/(\/uploads|\/blobs|\/manifests)\/(?!uploads)[^/]+$/, "$1/*");
  }
  const parts = path.split("/");
  return parts
    .map((part, index) => (index > 1 && LISTS.has(parts[index - 1] ?? "") && part ? ":id" : part))
    .join("/");
}

/** Whether a request may change something. */
export function isChange({ method }: Pick<Call, "method">): boolean {
  return !["GET", "HEAD"].includes(method);
}

export const wordsOfCall = ({ service, method, path }: Call) => `${service} ${method} ${path}`;
