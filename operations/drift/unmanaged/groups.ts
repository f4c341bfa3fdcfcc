/** What the groups above the stack's projects and the instance give to them: looked at once for each, not per project. */
import { gitlab, gitlabList } from "../../../lib/gitlab/client.ts";
import type { Account } from "../../../lib/http/account.ts";
import { subjectFor } from "../../../lib/kinds/kinds.ts";
import type { Step } from "../../../lib/pulumi/preview.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { typeOf } from "../../../lib/pulumi/urn.ts";
import { NotLookedAt, read, removal, sinceOf, type Unmanaged } from "./check.ts";
import { type DeployToken, deployTokenEffect } from "./connections.ts";
import { membersOf, sharesIn } from "./people.ts";

interface Group {
  readonly id: number;
  readonly full_path: string;
  readonly parent_id: number | null;
  readonly web_url: string;
}

type Look = (group: Group, account: Account) => Promise<readonly Unmanaged[]>;

const looks: readonly Look[] = [
  ({ id, full_path: owner, web_url: url }, account) =>
    membersOf(account, { path: `/groups/${id}`, owner, page: `${url}/-/group_members` }),
  async (group, account) => {
    const { id, full_path: owner, web_url: url } = group;
    const detail = await read(gitlab<object>(account, `/groups/${id}`), `group ${owner}`);
    return sharesIn(detail, `/groups/${id}`, owner, `${url}/-/group_members`);
  },
  ({ id, full_path: owner, web_url: url }, account) =>
    variablesAt(account, { path: `/groups/${id}/variables`, owner, page: `${url}/-/settings/ci_cd` }),
  async ({ id, full_path: owner, web_url: url }, account) => {
    const path = `/groups/${id}/deploy_tokens`;
    const tokens = await read(gitlabList<DeployToken>(account, path), `deploy tokens of ${owner}`);
    return tokens.flatMap((token) => {
      const effect = deployTokenEffect(token);
      const name = `${token.id} (${token.name})`;
      const remedy = `remove it: ${url}/-/settings/repository`;
      return effect
        ? [{ noun: "deploy token", name, owner, effect, remedy, undo: removal(`${path}/${token.id}`) }]
        : [];
    });
  },
  async ({ id, full_path: owner, web_url: url }, account) => {
    const path = `/groups/${id}/hooks`;
    const hooks = await read(gitlabList<{ id: number; url: string }>(account, path), `webhooks of ${owner}`);
    return hooks.map((hook) => ({
      noun: "webhook",
      name: String(hook.id),
      owner,
      effect: `tells ${URL.canParse(hook.url) ? new URL(hook.url).host : "somebody"} what happens in its projects`,
      remedy: `remove it: ${url}/-/hooks`,
      ...(sinceOf(hook) && { since: sinceOf(hook) as string }),
      undo: removal(`${path}/${hook.id}`),
    }));
  },
];

/** Variables that a group or the instance gives to jobs. */
async function variablesAt(
  account: Account,
  { path, owner, page }: { path: string; owner: string; page: string },
): Promise<Unmanaged[]> {
  const variables = await read(
    gitlabList<{ key: string; environment_scope?: string; protected: boolean }>(account, path),
    `variables of ${owner}`,
  );
  return variables.map(({ key, environment_scope: scope = "*", protected: guarded }) => {
    const [noun, name] = subjectFor(types.gitlab.projectVariable, { key, environmentScope: scope });
    const filter = owner === instance ? "" : `?filter[environment_scope]=${encodeURIComponent(scope)}`;
    return {
      noun,
      name,
      owner,
      effect: `is seen by pipelines of ${guarded ? "protected refs" : "every ref"} of the stack's projects`,
      remedy: `remove it: ${page}`,
      undo: removal(`${path}/${encodeURIComponent(key)}${filter}`),
    };
  });
}

const instance = "the instance";

/** Looks at the groups that the projects of a refresh are in, and at the instance. */
export async function surroundingsOf(
  steps: readonly Step[],
  account: Account,
): Promise<{ unmanaged: Unmanaged[]; notes: string[] }> {
  const notes: string[] = [];
  const quiet = async (look: Promise<readonly Unmanaged[]>): Promise<readonly Unmanaged[]> =>
    look.catch((error: unknown) => {
      if (!(error instanceof NotLookedAt)) throw error;
      notes.push(error.message);
      return [];
    });
  const projects = steps.filter(({ urn, op }) => typeOf(urn) === types.gitlab.project && op !== "delete");
  if (projects.length === 0) return { unmanaged: [], notes };
  const groups = await groupsAbove(projects, account);
  const found = await Promise.all([
    ...groups.flatMap((group) => looks.map((look) => quiet(look(group, account)))),
    quiet(
      variablesAt(account, {
        path: "/admin/ci/variables",
        owner: instance,
        page: `${new URL(account.url).origin}/admin/application_settings/ci_cd`,
      }),
    ),
  ]);
  return { unmanaged: found.flat(), notes };
}

/** The groups that projects are in, as the stack wants it, with those above them. */
async function groupsAbove(projects: readonly Step[], account: Account): Promise<Group[]> {
  const groups = new Map<number, Group>();
  const wanted = new Set(
    projects.flatMap(({ oldState, newState }) => {
      const id = Number((oldState ?? newState)?.inputs?.namespaceId);
      return Number.isInteger(id) ? [id] : [];
    }),
  );
  for (const id of wanted) {
    const namespace = await gitlab<{ kind: string }>(account, `/namespaces/${id}`).catch(() => undefined);
    for (
      let next: number | null = namespace?.kind === "group" ? id : null;
      next !== null && !groups.has(next);
    ) {
      const group: Group = await gitlab<Group>(account, `/groups/${next}`);
      groups.set(next, group);
      next = group.parent_id;
    }
  }
  return [...groups.values()];
}
