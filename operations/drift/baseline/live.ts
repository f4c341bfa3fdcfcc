/**
 * The stack's own resources as the services describe them now. A refresh tells what differs from the inputs of the state;
 * of what the program leaves unset it repeats what it had.
 */
import { levelNumbered } from "../../../lib/gitlab/access-levels.ts";
import { GitLabError, gitlab, gitlabList } from "../../../lib/gitlab/client.ts";
import type { Account } from "../../../lib/http/account.ts";
import type { State, Step } from "../../../lib/pulumi/preview.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { typeOf } from "../../../lib/pulumi/urn.ts";
import { type Properties, shown, type Value } from "../../../lib/pulumi/values.ts";

type Find = (state: State, account: Lists) => Promise<Properties | undefined>;

/** Lists of the API, each read once. */
interface Lists {
  list(path: string): Promise<readonly Properties[]>;
  one(path: string): Promise<Properties>;
}

const inList =
  (path: string, isIt: (item: Properties, state: State) => boolean): Find =>
  async (state, lists) => {
    const items = await lists.list(`/projects/${shown(state.inputs?.project)}/${path}`);
    return items.find((item) => isIt(item, state));
  };

/** The number behind the project in an id of the provider: `3:17`. */
const numberIn = ({ id = "" }: State) => id.slice(id.indexOf(":") + 1);

const readers: Readonly<Record<string, Find>> = {
  [types.gitlab.projectVariable]: inList(
    "variables",
    (item, { inputs }) =>
      item.key === inputs?.key && item.environment_scope === (inputs?.environmentScope ?? "*"),
  ),
  [types.gitlab.projectAccessToken]: inList(
    "access_tokens",
    (item, state) => String(item.id) === numberIn(state),
  ),
  [types.gitlab.deployKey]: inList("deploy_keys", (item, state) => String(item.id) === numberIn(state)),
  [types.gitlab.branchProtection]: inList(
    "protected_branches",
    (item, { inputs }) => item.name === inputs?.branch,
  ),
  [types.gitlab.userRunner]: ({ id }, lists) => lists.one(`/runners/${id}`),
};

/** Names of the API that are not the snake-case form of the provider's. */
const names: Readonly<Record<string, string>> = { run_untagged: "untagged", tag_list: "tagLists" };

const providerName = (name: string) =>
  names[name] ?? name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Attributes that the provider gives in another form, or that are not an attribute of the resource. */
const otherwise = ["id", "value", "project", "projects", "groups", "token", "key", "name", "createdAt"];

/** What the API says of a resource, by the provider's names. */
export function providerOutputs(item: Properties): Properties {
  const entries = Object.entries(item).map(([name, value]): [string, Value] => {
    const known = providerName(name);
    const level = known === "accessLevel" ? levelNumbered(value)?.name : undefined;
    return [known, level ?? value];
  });
  return Object.fromEntries(entries.filter(([name]) => !otherwise.includes(name)));
}

/**
 * Steps of a refresh with what the services say now. What may not be read stays as the refresh has it.
 * @param known attributes of a type that are worth comparing
 */
export async function withLive(
  steps: readonly Step[],
  account: Account,
  known: (type: string) => readonly string[],
): Promise<Step[]> {
  const lists = listsOf(account);
  return Promise.all(
    steps.map(async (step) => {
      const reader = readers[typeOf(step.urn)];
      const { oldState, newState } = step;
      if (!reader || step.op === "delete" || !oldState || !newState) return step;
      const item = await quiet(reader(oldState, lists));
      if (!item) return step;
      const attributes = known(typeOf(step.urn));
      const live = Object.entries(providerOutputs(item)).filter(([name]) => attributes.includes(name));
      return {
        ...step,
        newState: { ...newState, outputs: { ...newState.outputs, ...Object.fromEntries(live) } },
      };
    }),
  );
}

function listsOf(account: Account): Lists {
  const asked = new Map<string, Promise<readonly Properties[]>>();
  return {
    one: (path) => gitlab<Properties>(account, path),
    list(path) {
      const found = asked.get(path) ?? gitlabList<Properties>(account, path);
      asked.set(path, found);
      return found;
    },
  };
}

/** A tier or a role without the list has the checks say so. */
async function quiet<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitLabError && [401, 403, 404].includes(error.status)) return undefined;
    throw error;
  }
}
