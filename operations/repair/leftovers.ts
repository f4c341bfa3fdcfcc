/**
 * What an interrupted update left behind and no run can use again: credentials whose value nobody will ever know, and what
 * is made anew in one call. It is removed, and the next update makes it.
 */
import type { StackConfig } from "../../infra/config/config.ts";
import { gitlabDelete, gitlabGet, gitlabList } from "../../lib/gitlab/client.ts";
import { makesKeyPair } from "../../lib/gitlab/deploy-key.ts";
import { makesAuthorization } from "../../lib/heroku/authorization.ts";
import { authorizationsOf, revokeAuthorization } from "../../lib/heroku/authorizations.ts";
import { serviceTime } from "../../lib/http/request.ts";
import { hasMark, withoutMark } from "../../lib/pulumi/mark.ts";
import { plain } from "../../lib/pulumi/stored.ts";
import { types } from "../../lib/pulumi/types.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import { type Evidence, isAny, madeMeanwhile } from "./evidence.ts";
import { printedBy, type State } from "./state.ts";

export interface Looked {
  readonly config: StackConfig;
  readonly state: State;
  readonly evidence: Evidence;
  readonly mark: string;
}

/** Something that is to be removed. */
export interface Leftover {
  readonly words: string;
  remove(): Promise<void>;
}

/** Everything of the kind. Nothing is asked of GitLab for projects that the state does not have. */
export async function leftoversOf(looked: Looked): Promise<Leftover[]> {
  const projects = looked.state.resources.filter(({ type, id }) => type === types.gitlab.project && id);
  const inProjects = await Promise.all(
    projects.map(async ({ id = "", outputs }) => {
      const project = { id, path: plain(outputs.pathWithNamespace) };
      const found = await Promise.all(
        [accessTokens, deployKeys, runners, variables].map((look) => look(looked, project)),
      );
      return found.flat();
    }),
  );
  return [...(await authorizations(looked)), ...inProjects.flat()];
}

interface ProjectOf {
  readonly id: string;
  readonly path: string;
}

const idsOf = ({ resources }: State, type: string) =>
  new Set(
    resources.filter((one) => one.type === type).map(({ id, outputs }) => plain(outputs.id) || (id ?? "")),
  );

const isCreating = ({ creating }: Evidence, type: string) =>
  [...creating].some((urn) => typeOf(urn) === type);

/** https://docs.gitlab.com/api/project_access_tokens/ */
async function accessTokens(
  { config, state, evidence, mark }: Looked,
  { id, path }: ProjectOf,
): Promise<Leftover[]> {
  interface Token {
    id: number;
    description: string | null;
    created_at: string;
    active: boolean;
  }
  const where = `/projects/${id}/access_tokens`;
  const known = idsOf(state, types.gitlab.projectAccessToken);
  const now = await clockOf(config);
  const list = await gitlabList<Token>(config.gitlab, `${where}?state=active`);
  return list
    .filter((token) => token.active && hasMark(token.description, mark) && !known.has(`${id}:${token.id}`))
    .filter(
      ({ created_at }) =>
        isCreating(evidence, types.gitlab.projectAccessToken) || madeMeanwhile(evidence, created_at, now),
    )
    .map((token) => ({
      words: `revoked access token ${token.id} of ${path} (${withoutMark(token.description ?? "")}), whose value was lost`,
      remove: () => gitlabDelete(config.gitlab, `${where}/${token.id}`),
    }));
}

async function clockOf({ gitlab }: StackConfig): Promise<number> {
  return serviceTime(await gitlabGet(gitlab, "/version"));
}

/** Deploy keys of the stack's own pairs. https://docs.gitlab.com/api/deploy_keys/ */
async function deployKeys({ config, state }: Looked, { id, path }: ProjectOf): Promise<Leftover[]> {
  const pairs = state.resources.filter(
    ({ type, inputs }) => type === types.command && makesKeyPair(plain(inputs.create)),
  );
  if (pairs.length === 0) return [];
  const own = new Set(pairs.map((pair) => keyOf(String(printedBy(pair).publicKey))));
  const known = idsOf(state, types.gitlab.deployKey);
  const list = await gitlabList<{ id: number; key: string; title: string }>(
    config.gitlab,
    `/projects/${id}/deploy_keys`,
  );
  return list
    .filter(({ id: key, key: text }) => own.has(keyOf(text)) && !known.has(`${id}:${key}`))
    .map(({ id: key, title }) => ({
      words: `removed deploy key ${key} of ${path} (${title}), which is made again`,
      remove: () => gitlabDelete(config.gitlab, `/projects/${id}/deploy_keys/${key}`),
    }));
}

/** Type and key without the comment. */
const keyOf = (text: string) => text.split(" ").slice(0, 2).join(" ");

/** https://docs.gitlab.com/api/runners/ */
async function runners(
  { config, state, evidence, mark }: Looked,
  { id, path }: ProjectOf,
): Promise<Leftover[]> {
  if (config.runner !== "project" || !isAny(evidence)) return [];
  const known = idsOf(state, types.gitlab.userRunner);
  const list = await gitlabList<{ id: number; description: string | null }>(
    config.gitlab,
    `/projects/${id}/runners?type=project_type`,
  );
  return list
    .filter((runner) => hasMark(runner.description, mark) && !known.has(String(runner.id)))
    .map((runner) => ({
      words: `removed runner ${runner.id} of ${path}, whose token was lost`,
      remove: () => gitlabDelete(config.gitlab, `/runners/${runner.id}`),
    }));
}

/** https://docs.gitlab.com/api/project_level_variables/ */
async function variables(
  { config, state, evidence, mark }: Looked,
  { id, path }: ProjectOf,
): Promise<Leftover[]> {
  if (!isAny(evidence)) return [];
  interface Variable {
    key: string;
    environment_scope: string;
    description: string | null;
  }
  const known = idsOf(state, types.gitlab.projectVariable);
  const list = await gitlabList<Variable>(config.gitlab, `/projects/${id}/variables`);
  return list
    .filter(
      (one) => hasMark(one.description, mark) && !known.has(`${id}:${one.key}:${one.environment_scope}`),
    )
    .map(({ key, environment_scope: scope }) => ({
      words: `removed variable ${key} of ${path}, which is made again`,
      remove: () =>
        gitlabDelete(
          config.gitlab,
          `/projects/${id}/variables/${key}?filter[environment_scope]=${encodeURIComponent(scope)}`,
        ),
    }));
}

/** https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization */
async function authorizations({ config, state, evidence, mark }: Looked): Promise<Leftover[]> {
  const commands = state.resources.filter(
    ({ type, inputs }) => type === types.command && makesAuthorization(plain(inputs.create)),
  );
  const known = new Set(commands.map((command) => String(printedBy(command).id)));
  const creating = state.pending.filter(
    ({ type, resource }) => type === "creating" && makesAuthorization(plain(resource.inputs.create)),
  );
  const { list, now } = await authorizationsOf(config.heroku);
  return list
    .filter(({ id, description }) => hasMark(description, mark) && !known.has(id))
    .filter(({ created_at }) => creating.length > 0 || madeMeanwhile(evidence, created_at, now))
    .map(({ id, description }) => ({
      words: `revoked Heroku authorization ${id} (${withoutMark(description ?? "")}), whose token was lost`,
      remove: () => revokeAuthorization(config.heroku, id),
    }));
}
