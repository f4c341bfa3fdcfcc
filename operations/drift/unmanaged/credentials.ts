/** Variables, tokens, keys and runners of a project beside the stack's own. */
import { levelNumbered } from "../../../lib/gitlab/access-levels.ts";
import { subjectFor } from "../../../lib/kinds/kinds.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { type Check, listCheck } from "./check.ts";

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
}

const { projectVariable, projectAccessToken, deployKey, userRunner } = types.gitlab;

const variables = listCheck<Variable>({
  what: "variables",
  path: "variables",
  page: "ci_cd",
  subject: ({ key, environment_scope: environmentScope }) =>
    subjectFor(projectVariable, { key, environmentScope }),
  effect(one, place) {
    const isOwn = place
      .own(projectVariable)
      .some(({ outputs }) => outputs?.key === one.key && outputs.environmentScope === one.environment_scope);
    return one.protected || isOwn ? undefined : "is seen by pipelines of every ref";
  },
});

const accessTokens = listCheck<AccessToken>({
  what: "access tokens",
  path: "access_tokens",
  page: "access_tokens",
  isOptional: true,
  subject: ({ name }) => subjectFor(projectAccessToken, { name }),
  effect({ id, active, scopes, access_level: level, expires_at: expiresAt }, place) {
    const own = place.own(projectAccessToken).flatMap((state) => [state.id, state.outputs?.id]);
    if (!active || own.includes(`${place.id}:${id}`)) return undefined;
    const role = levelNumbered(level)?.name ?? `level ${level}`;
    const end = expiresAt === null ? "without an end" : `until ${expiresAt}`;
    return `opens the project with ${scopes.join(", ")} as ${role}, ${end}`;
  },
});

const deployKeys = listCheck<DeployKey>({
  what: "deploy keys",
  path: "deploy_keys",
  page: "repository",
  isOptional: true,
  subject: ({ title }) => subjectFor(deployKey, { title }),
  effect({ id, can_push: canPush }, place) {
    if (place.own(deployKey).some((state) => state.id === `${place.id}:${id}`)) return undefined;
    return canPush ? "reads and pushes to the repository" : "reads the repository";
  },
});

const runners = listCheck<Runner>({
  what: "runners",
  path: "runners",
  page: "ci_cd",
  isOptional: true,
  subject: ({ description, id }) => subjectFor(userRunner, { description: description ?? String(id) }),
  effect({ id, runner_type: type }, place) {
    const isOwn = place.own(userRunner).some((state) => state.id === String(id));
    return type !== "project_type" || isOwn ? undefined : "runs the project's jobs, with their credentials";
  },
});

export const credentialChecks: readonly Check[] = [variables, accessTokens, deployKeys, runners];
