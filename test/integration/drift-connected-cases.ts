/** Drift beside the stack's resources, made by hand by raw calls, and what is to be told of each. */
import { type Environment, required } from "@tag-to-endpoint/journey";
import { APP, IRIS, PRODUCTS, SERVER } from "./drift-cases.ts";

/** One call that must succeed, of either service. */
export type Call = <T = Record<string, unknown>>(
  service: "gitlab" | "heroku",
  method: string,
  path: string,
  body?: object,
) => Promise<T>;

export function callsOf(environment: Environment): Call {
  const services = {
    gitlab: {
      url: required(environment, "GITLAB_BASE_URL"),
      headers: { "PRIVATE-TOKEN": required(environment, "GITLAB_TOKEN") },
    },
    heroku: {
      url: required(environment, "HEROKU_API_URL"),
      headers: {
        Accept: "application/vnd.heroku+json; version=3.docker-releases",
        Authorization: `Bearer ${required(environment, "HEROKU_API_KEY")}`,
      },
    },
  };
  return async <T>(service: "gitlab" | "heroku", method: string, path: string, body?: object) => {
    const { url, headers } = services[service];
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
}

const at = (project: string, rest = "") => `/projects/${encodeURIComponent(project)}${rest}`;
const app = (rest: string) => `/apps/${APP}${rest}`;

/** One hand-made thing. */
export interface ConnectedCase {
  readonly make: (call: Call) => Promise<unknown>;
  /** `called: effect`, as a report has it; numbers and ids are `#`. */
  readonly told: string;
}

const made = (
  service: "gitlab" | "heroku",
  method: string,
  path: string,
  body: object | undefined,
  told: string,
): ConnectedCase => ({ make: (call) => call(service, method, path, body), told });
const post = (path: string, body: object, told: string) => made("gitlab", "POST", path, body, told);

const CANARY = "canary-value-by-hand-3";
const host = "eve.example";

/** The same text for the same finding: without the numbers and ids that the services give. */
export const plainWords = (text: string) =>
  text.replace(/\b[0-9a-f]{8}\b|(?<= )\d+(?= \()|(?<=v)\d+\b/g, "#");

async function inGroup(call: Call, path: string): Promise<number> {
  const { id } = await call<{ id: number }>("gitlab", "POST", "/groups", { name: path, path });
  return id;
}

export const CONNECTED: readonly ConnectedCase[] = [
  post(
    at(IRIS, "/members"),
    { username: "eve", access_level: 40 },
    `member eve of ${IRIS}: is maintainer: may change rules, variables and credentials`,
  ),
  {
    make: async (call) =>
      call("gitlab", "POST", at(IRIS, "/share"), {
        group_id: await inGroup(call, "by-hand"),
        group_access: 30,
      }),
    told: `invited group by-hand of ${IRIS}: each member is developer: may push branches and run their pipelines`,
  },
  post(
    at(SERVER, "/variables"),
    { key: "HEROKU_API_URL", value: CANARY, protected: true, environment_scope: "production" },
    `variable HEROKU_API_URL (production) of ${SERVER}: is seen by pipelines of protected refs, in place of the stack's own in environments production`,
  ),
  post(
    at(SERVER, "/variables"),
    { key: "CI_DEBUG_TRACE", value: CANARY, protected: true },
    `variable CI_DEBUG_TRACE of ${SERVER}: is seen by pipelines of protected refs`,
  ),
  post(
    "/admin/ci/variables",
    { key: "PIP_INDEX_URL", value: CANARY, protected: true },
    "variable PIP_INDEX_URL of the instance: is seen by pipelines of protected refs of the stack's projects",
  ),
  post(
    "/user/runners",
    { runner_type: "instance_type", description: "everybody's" },
    "runner everybody's of the instance: is newer than the project and runs its jobs, with their credentials",
  ),
  post(
    at(IRIS, "/hooks"),
    { url: `https://x:${CANARY}@${host}/`, token: CANARY },
    `webhook # (${host}) of ${IRIS}: tells ${host} what happens in the project`,
  ),
  post(
    at(SERVER, "/pipeline_schedules"),
    { description: "nightly", ref: "main", cron: "0 1 * * *" },
    `pipeline schedule # (nightly) of ${SERVER}: runs the pipeline of main at 0 1 * * *`,
  ),
  post(
    at(SERVER, "/triggers"),
    { description: "by hand" },
    `trigger token # (by hand) of ${SERVER}: whoever has it starts pipelines with variables of their own`,
  ),
  post(
    at(SERVER, "/deploy_tokens"),
    { name: "by hand", scopes: ["read_repository", "write_registry"] },
    `deploy token # (by hand) of ${SERVER}: opens it with read_repository, write_registry, without an end`,
  ),
  made(
    "gitlab",
    "PATCH",
    at(SERVER, "/job_token_scope"),
    { enabled: false },
    `setting "job token permissions" of ${SERVER}: limited -> jobs of every project reach this one by their tokens`,
  ),
  {
    make: async (call) => {
      const { id } = await call<{ id: number }>("gitlab", "POST", "/projects", { name: "outside" });
      await call("gitlab", "POST", at(IRIS, "/job_token_scope/allowlist"), { target_project_id: id });
    },
    told: `allowed project root/outside of ${IRIS}: its jobs reach this project by their tokens, as those who started them`,
  },
  post(
    at(IRIS, "/remote_mirrors"),
    { url: `https://eve:${CANARY}@${host}/x.git`, enabled: true },
    `push mirror # (${host}) of ${IRIS}: sends the repository to ${host}`,
  ),
  made(
    "gitlab",
    "PUT",
    at(IRIS, "/integrations/slack"),
    { webhook: `https://${host}/${CANARY}` },
    `integration Slack notifications of ${IRIS}: tells Slack notifications what happens in the project`,
  ),
  {
    make: async (call) => {
      // It was moved before: only reading leads to its new path.
      const { id } = await call<{ id: number }>("gitlab", "GET", at(PRODUCTS));
      await call("gitlab", "POST", `/projects/${id}/archive`);
    },
    told: `setting "archived" of ${PRODUCTS}: false -> true`,
  },
  made(
    "gitlab",
    "PUT",
    at(SERVER),
    { ci_push_repository_for_job_token_allowed: true, keep_latest_artifact: false, emails_enabled: false },
    `setting "ci push repository for job token allowed" of ${SERVER}: no -> yes`,
  ),
  { make: async () => undefined, told: `setting "keep latest artifact" of ${SERVER}: yes -> no` },
  { make: async () => undefined, told: `setting "emails enabled" of ${SERVER}: yes -> no` },
  made(
    "heroku",
    "POST",
    app("/collaborators"),
    { user: "eve@example.com" },
    `collaborator eve@example.com of ${APP}: has access to the app: deploy and read config vars`,
  ),
  made(
    "heroku",
    "POST",
    app("/domains"),
    { hostname: host, sni_endpoint: null },
    `domain ${host} of ${APP}: reaches the app by a name of somebody's`,
  ),
  made(
    "heroku",
    "PATCH",
    app("/features/http-session-affinity"),
    { enabled: true },
    `feature http-session-affinity of ${APP}: off -> on (HTTP session affinity)`,
  ),
  made(
    "heroku",
    "POST",
    app("/webhooks"),
    { include: ["api:release"], level: "notify", url: `https://${host}/`, secret: CANARY },
    `webhook # (${host}) of ${APP}: tells ${host} of api:release`,
  ),
  made(
    "heroku",
    "POST",
    app("/log-drains"),
    { url: `https://eve:${CANARY}@${host}/` },
    `log drain # (${host}) of ${APP}: sends the app's logs to ${host}`,
  ),
  made(
    "heroku",
    "PUT",
    app("/buildpack-installations"),
    { updates: [{ buildpack: `https://${host}/pack.tgz` }] },
    `setting "buildpacks" of ${APP}: none -> https://${host}/pack.tgz (they build what is pushed to Heroku's git)`,
  ),
  made(
    "heroku",
    "PATCH",
    `/apps/${APP}`,
    { maintenance: true },
    `setting "maintenance" of ${APP}: off -> on: nobody reaches the models`,
  ),
  made(
    "heroku",
    "POST",
    "/oauth/authorizations",
    { description: "by hand", scope: ["global"] },
    "Heroku authorization # (by hand) of the stack's account: opens all apps of the account with global, without an end",
  ),
];

/** Drift of the stack's own resources that a refresh alone does not tell. */
export const OWN: readonly (ConnectedCase & { readonly attribute: object })[] = [
  {
    make: async (call) => {
      const { id } = await call<{ id: number }>("gitlab", "POST", "/users", {
        username: "eve",
        name: "Eve",
        email: "eve@example.com",
        password: "long-and-unlikely-1",
        skip_confirmation: true,
      });
      const rules = at(IRIS, "/protected_tags");
      await call("gitlab", "DELETE", `${rules}/v*`);
      await call("gitlab", "POST", rules, {
        name: "v*",
        create_access_level: 40,
        allowed_to_create: [{ user_id: id }],
      });
    },
    told: `tags v* of ${IRIS}`,
    attribute: { label: "who else may create", before: "Maintainers" },
  },
  {
    make: (call) => call("gitlab", "PUT", at(SERVER, "/variables/DEPLOY_ON"), { variable_type: "file" }),
    told: `variable DEPLOY_ON of ${SERVER}`,
    attribute: { label: "type", before: "env_var", after: "file" },
  },
  {
    make: async (call) => {
      const namespace = await inGroup(call, "elsewhere");
      await call("gitlab", "PUT", at(PRODUCTS, "/transfer"), { namespace });
    },
    told: `project ${PRODUCTS}`,
    attribute: { label: "group or user" },
  },
];
