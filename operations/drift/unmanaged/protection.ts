/** Rules of a project for tags and branches beside the stack's own. */
import { isNoOne, levelNamed, levelNumbered } from "../../../lib/gitlab/access-levels.ts";
import { subjectFor } from "../../../lib/kinds/kinds.ts";
import type { State } from "../../../lib/pulumi/preview.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { type Check, listCheck, type Place } from "./check.ts";

/** One of those who may do something. https://docs.gitlab.com/api/protected_branches/ */
interface Entry {
  access_level: number | null;
  access_level_description: string;
  user_id?: number | null;
  group_id?: number | null;
  deploy_key_id?: number | null;
}

interface TagRule {
  name: string;
  create_access_levels: Entry[];
}

interface BranchRule {
  name: string;
  push_access_levels: Entry[];
  merge_access_levels: Entry[];
  allow_force_push: boolean;
}

const { tagProtection, branchProtection } = types.gitlab;

const names = (place: Place, type: string, key: string) =>
  place.own(type).map(({ outputs }) => outputs?.[key]);

const tagRules = listCheck<TagRule>({
  what: "protected tags",
  path: "protected_tags",
  page: "settings/repository",
  subject: ({ name }) => subjectFor(tagProtection, { tag: name }),
  effect({ name, create_access_levels: entries }, place) {
    if (names(place, tagProtection, "tag").includes(name)) return undefined;
    const own = widest(place.own(tagProtection), "createAccessLevel", "allowedToCreates");
    const wider = widerThan(own, entries);
    return wider && `lets ${wider} create tags that see Protected variables`;
  },
  remove: ({ name }) => `protected_tags/${encodeURIComponent(name)}`,
});

const branchRules = listCheck<BranchRule>({
  what: "protected branches",
  path: "protected_branches",
  page: "settings/repository",
  subject: ({ name }) => subjectFor(branchProtection, { branch: name }),
  effect(rule, place) {
    if (names(place, branchProtection, "branch").includes(rule.name)) return undefined;
    const rules = place.own(branchProtection);
    const push = widerThan(widest(rules, "pushAccessLevel", "allowedToPushes"), rule.push_access_levels);
    const merge = widerThan(widest(rules, "mergeAccessLevel", "allowedToMerges"), rule.merge_access_levels);
    const ways = [
      push && `lets ${push} push to branches that see Protected variables`,
      merge && `lets ${merge} merge into them`,
      rule.allow_force_push && "allows force pushes",
    ].filter((way) => typeof way === "string");
    return ways.length > 0 ? ways.join(", ") : undefined;
  },
  remove: ({ name }) => `protected_branches/${encodeURIComponent(name)}`,
});

export const protectionChecks: readonly Check[] = [tagRules, branchRules];

/** The lowest level that the stack's own rules let in; undefined where they let nobody in or there are none. */
function widest(rules: readonly State[], single: string, list: string): number | undefined {
  const named = rules.flatMap(({ inputs = {} }) => {
    const entries = Array.isArray(inputs[list]) ? (inputs[list] as { accessLevel?: string }[]) : [];
    return [inputs[single], ...entries.map(({ accessLevel }) => accessLevel)];
  });
  const levels = named.map(levelNamed).filter((level) => level !== undefined && !isNoOne(level));
  return levels.length > 0 ? Math.min(...levels.map((level) => level?.number ?? 0)) : undefined;
}

/** Who a rule lets in beyond the level of the stack's own rules, in words; undefined when nobody. */
function widerThan(own: number | undefined, entries: readonly Entry[]): string | undefined {
  const wider = entries.filter(({ access_level: number, user_id, group_id, deploy_key_id }) => {
    if (user_id || group_id || deploy_key_id) return true;
    return number !== null && !isNoOne(levelNumbered(number)) && (own === undefined || number < own);
  });
  return wider.map(who).join(", ") || undefined;
}

function who({ access_level: number, access_level_description: words, ...named }: Entry): string {
  const isNamed = named.user_id || named.group_id || named.deploy_key_id;
  return (!isNamed && levelNumbered(number)?.people) || words;
}
