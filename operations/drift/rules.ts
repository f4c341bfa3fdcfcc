/** Who the stack's own rules let in, compared entry by entry: a refresh reads one role of each and no more. */
import { levelNamed, levelNumbered } from "../../lib/gitlab/access-levels.ts";
import { gitlabList } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { attributeOf } from "../../lib/kinds/kind.ts";
import { kindOf, sectionOf } from "../../lib/kinds/kinds.ts";
import type { Step } from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import { isProperties, type Properties, shown, type Value } from "../../lib/pulumi/values.ts";
import { type AttributeDrift, type DriftedResource, replaceCommand } from "./resources.ts";

/** One of those who may do something. https://docs.gitlab.com/api/protected_branches/ */
interface Entry {
  readonly access_level: number | null;
  readonly access_level_description: string;
  readonly user_id?: number | null;
  readonly group_id?: number | null;
  readonly deploy_key_id?: number | null;
}

/** Lists of a rule: where the API has it, and the inputs that decide it. */
interface Door {
  readonly field: string;
  readonly list: string;
  /** Input with the one role; the entries of the list come beside it, or without a list alone. */
  readonly single?: string;
  readonly isBeside?: boolean;
}

const tagDoors: readonly Door[] = [
  { field: "create_access_levels", list: "allowedToCreates", single: "createAccessLevel", isBeside: true },
];
const branchDoors: readonly Door[] = [
  { field: "push_access_levels", list: "allowedToPushes", single: "pushAccessLevel" },
  { field: "merge_access_levels", list: "allowedToMerges", single: "mergeAccessLevel" },
  { field: "unprotect_access_levels", list: "allowedToUnprotects" },
];

const kinds = [
  { type: types.gitlab.tagProtection, path: "protected_tags", key: "tag", doors: tagDoors },
  { type: types.gitlab.branchProtection, path: "protected_branches", key: "branch", doors: branchDoors },
] as const;

/** Parties by what GitLab calls them, with their words. */
type Parties = ReadonlyMap<string, string>;

/**
 * Adds to what a refresh found who else the stack's own rules let in.
 * @param found by the refresh, with the owners' names
 * @throws when the rules cannot be read
 */
export async function withParties(
  found: readonly DriftedResource[],
  steps: readonly Step[],
  account: Account,
  stack: string,
): Promise<DriftedResource[]> {
  const drift = [...found];
  const lists = new Map<string, Promise<Properties[]>>();
  for (const step of steps) {
    const kind = kinds.find(({ type }) => type === typeOf(step.urn));
    if (!kind || step.op === "delete" || !step.oldState) continue;
    const inputs = step.oldState.inputs ?? {};
    const project = shown(inputs.project);
    const path = `/projects/${project}/${kind.path}`;
    const rules = lists.get(path) ?? gitlabList<Properties>(account, path);
    lists.set(path, rules);
    const rule = (await rules).find(({ name }) => name === inputs[kind.key]);
    const at = drift.findIndex(({ urn }) => urn === step.urn);
    const known = drift[at]?.attributes ?? [];
    const attributes = rule
      ? kind.doors.flatMap((door) => changeOf(kind.type, door, inputs, rule, known))
      : [];
    if (attributes.length === 0) continue;
    const told = drifted(step, drift[at], ownerOf(project, steps), attributes, stack);
    if (at < 0) drift.push(told);
    else drift[at] = told;
  }
  return drift;
}

function drifted(
  { urn, oldState }: Step,
  known: DriftedResource | undefined,
  owner: string,
  attributes: readonly AttributeDrift[],
  stack: string,
): DriftedResource {
  const type = typeOf(urn);
  const kind = kindOf(type);
  const [noun, name] = kind?.subject({ ...oldState?.outputs, ...oldState?.inputs }, nameIn(urn)) ?? ["", ""];
  return {
    section: sectionOf(type).title,
    noun,
    name,
    owner,
    what: "changed",
    urn,
    ...known,
    attributes: [...(known?.attributes ?? []), ...attributes],
    // An update leaves entries that the program does not name as they are.
    restore: replaceCommand(stack, urn, kind ?? { subject: () => ["", ""], attributes: {} }),
  };
}

const ownerOf = (project: string, steps: readonly Step[]) => {
  const step = steps.find(
    ({ urn, oldState }) => typeOf(urn) === types.gitlab.project && oldState?.id === project,
  );
  return shown(step?.oldState?.outputs?.pathWithNamespace ?? project);
};

/** How the entries of one list differ from what the stack wants, where the refresh has not told it. */
function changeOf(
  type: string,
  { field, list, single, isBeside }: Door,
  inputs: Properties,
  rule: Properties,
  known: readonly AttributeDrift[],
): AttributeDrift[] {
  const isTold = (path: string | undefined) => known.some((one) => one.path === path);
  if (isTold(list)) return [];
  const live = partiesOf((rule[field] ?? []) as unknown as Entry[]);
  const wanted = wantedOf(inputs, list, single, isBeside === true);
  // Without a word of the program GitLab lets Maintainers unprotect, and lists them or nobody.
  if (!single && inputs[list] === undefined && live.size === 0) return [];
  const matters = (party: string) => !(isTold(single) && party.startsWith("role "));
  const keys = [...wanted.keys(), ...live.keys()].filter(matters);
  if (keys.every((party) => wanted.has(party) && live.has(party))) return [];
  const kind = kindOf(type);
  const { label } = kind ? attributeOf(kind, list) : { label: list };
  return [{ path: list, label, before: wordsOf(wanted), after: wordsOf(live) }];
}

const wordsOf = (parties: Parties) => [...parties.values()].sort().join(", ") || "no one";

const rolePeople = (number: number) => levelNumbered(number)?.people ?? `level ${number}`;

function partiesOf(entries: readonly Entry[]): Parties {
  return new Map(
    entries.map((entry): [string, string] => {
      const { access_level: level, access_level_description: words } = entry;
      if (entry.user_id) return [`user ${entry.user_id}`, `${words} (user ${entry.user_id})`];
      if (entry.group_id) return [`group ${entry.group_id}`, `${words} (group ${entry.group_id})`];
      if (entry.deploy_key_id) {
        return [`deploy key ${entry.deploy_key_id}`, `${words} (deploy key ${entry.deploy_key_id})`];
      }
      return [`role ${level ?? 0}`, rolePeople(level ?? 0)];
    }),
  );
}

function wantedOf(inputs: Properties, list: string, single: string | undefined, isBeside: boolean): Parties {
  const listed = inputs[list];
  const named = (Array.isArray(listed) ? listed : []).filter(isProperties).map(partyOf);
  if (named.length > 0 && !isBeside) return new Map(named);
  return new Map([partyOf({ accessLevel: (single && inputs[single]) ?? "maintainer" }), ...named]);
}

function partyOf(entry: Properties): [string, string] {
  const by: readonly [key: string, noun: string][] = [
    ["userId", "user"],
    ["groupId", "group"],
    ["deployKeyId", "deploy key"],
  ];
  const found = by.find(([key]) => entry[key]);
  if (found) return [`${found[1]} ${shown(entry[found[0]])}`, `${found[1]} ${shown(entry[found[0]])}`];
  const level: Value | undefined = entry.accessLevel;
  const number = levelNamed(level)?.number ?? 0;
  return [`role ${number}`, rolePeople(number)];
}
