/** Variables, tokens, keys and runners of a project beside the stack's own. */
import { levelNumbered } from "../../../lib/gitlab/access-levels.ts";
import { subjectFor } from "../../../lib/kinds/kinds.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { type Check, listCheck, type Place } from "./check.ts";

/** https://docs.gitlab.com/api/project_level_variables/ */
interface Variable {
  key: string;
  environment_scope: string;
  protected: boolean;
}

/** https://docs.gitlab.com/api/project_access_tokens/ */
interface AccessToken {
  id: number;
  name: string;
  scopes: string[];
  access_level: number;
  expires_at: string | null;
  active: boolean;
}

/** https://docs.gitlab.com/api/deploy_keys/ */
interface DeployKey {
  id: number;
  title: string;
  can_push: boolean;
}

/** https://docs.gitlab.com/api/runners/ */
interface Runner {
  id: number;
  description: string | null;
  runner_type: string;
  created_at?: string | null;
}

const { projectVariable, projectAccessToken, deployKey, userRunner } = types.gitlab;

/** What a variable that is not the stack's does to jobs. */
function variableEffect(
  { key, environment_scope: scope, protected: guarded }: Variable,
  place: Place,
): string {
  const seen = guarded ? "is seen by pipelines of protected refs" : "is seen by pipelines of every ref";
  const covers = place.own(projectVariable).some(({ inputs }) => inputs?.key === key);
  return covers ? `${seen}, in place of the stack's own in environments ${scope}` : seen;
}

const variables = listCheck<Variable>({
  what: "variables",
  path: "variables",
  page: "settings/ci_cd",
  subject: ({ key, environment_scope: environmentScope }) =>
    subjectFor(projectVariable, { key, environmentScope }),
  effect(one, place) {
    const isOwn = place
      .own(projectVariable)
      .some(({ outputs }) => outputs?.key === one.key && outputs.environmentScope === one.environment_scope);
    return isOwn ? undefined : variableEffect(one, place);
  },
  remove: ({ key, environment_scope: scope }) =>
    `variables/${encodeURIComponent(key)}?filter[environment_scope]=${encodeURIComponent(scope)}`,
});

const accessTokens = listCheck<AccessToken>({
  what: "access tokens",
  path: "access_tokens",
  page: "settings/access_tokens",
  isOptional: true,
  subject: ({ name }) => subjectFor(projectAccessToken, { name }),
  effect({ id, active, scopes, access_level: level, expires_at: expiresAt }, place) {
    const own = place.own(projectAccessToken).flatMap((state) => [state.id, state.outputs?.id]);
    if (!active || own.includes(`${place.id}:${id}`)) return undefined;
    const role = levelNumbered(level)?.name ?? `level ${level}`;
    const end = expiresAt === null ? "without an end" : `until ${expiresAt}`;
    return `opens the project with ${scopes.join(", ")} as ${role}, ${end}`;
  },
  remove: ({ id }) => `access_tokens/${id}`,
});

const deployKeys = listCheck<DeployKey>({
  what: "deploy keys",
  path: "deploy_keys",
  page: "settings/repository",
  isOptional: true,
  subject: ({ title }) => subjectFor(deployKey, { title }),
  effect({ id, can_push: canPush }, place) {
    if (place.own(deployKey).some((state) => state.id === `${place.id}:${id}`)) return undefined;
    return canPush ? "reads and pushes to the repository" : "reads the repository";
  },
  remove: ({ id }) => `deploy_keys/${id}`,
});

const runners = listCheck<Runner>({
  what: "runners",
  path: "runners",
  page: "settings/ci_cd",
  isOptional: true,
  subject: ({ description, id }) => subjectFor(userRunner, { description: description ?? String(id) }),
  effect({ id, runner_type: type, created_at: at }, place) {
    const isOwn = place.own(userRunner).some((state) => state.id === String(id));
    if (isOwn || (type !== "project_type" && isOlder(at, place))) return undefined;
    return type === "project_type"
      ? "runs the project's jobs, with their credentials"
      : "is newer than the project and runs its jobs, with their credentials";
  },
  owner: ({ runner_type: type }) =>
    type === "instance_type" ? "the instance" : type === "group_type" ? "the group" : undefined,
  remove: ({ id }) => `/runners/${id}`,
});

/** A runner of the instance or the group that was there when the stack made the project is one that it was made with. */
function isOlder(at: string | null | undefined, { detail }: Place): boolean {
  const made = detail.created_at;
  return typeof at === "string" && typeof made === "string" && Date.parse(at) <= Date.parse(made);
}

export const credentialChecks: readonly Check[] = [variables, accessTokens, deployKeys, runners];
