/** Findings and counts in words, shared by the text and the Markdown. */

import type { Rank } from "../../lib/kinds/comparers.ts";
import { providerLabel } from "../../lib/kinds/options.ts";
import { listed, partition } from "../../lib/text/lists.ts";
import type { Count, Finding, Review } from "./judge.ts";

export const rankWords: Readonly<Record<Rank, string>> = {
  weaker: "WEAKER",
  unclear: "WEAKER?",
  stronger: "stronger",
  neutral: "neutral",
};

/** Findings that differ only in the resource they are about, reported as one. */
export interface Group {
  readonly rank: Rank;
  readonly mark: string;
  /** `tags v* of root/mlserver and root/iris`. */
  readonly what: string;
  /** `who may create: Maintainers -> Developers`. */
  readonly change: string;
}

/** Findings as a reader wants them: the same change of several things, or in several projects, once. */
export function grouped(findings: readonly Finding[]): Group[] {
  const same = partition(findings, (finding) => {
    const { rank, open, attribute, before, after, note, noun } = finding;
    return JSON.stringify([rank, open, attribute, before, after, note, isMove(finding) ? "" : noun]);
  });
  return same.flatMap((group) =>
    (isMove(group[0]) ? [moved(group)] : places(group)).map((what) => {
      const [first] = group as [Finding];
      return {
        rank: first.rank,
        mark: first.open && first.rank === "neutral" ? "open" : rankWords[first.rank],
        what,
        change: changeWords(first),
      };
    }),
  );
}

/** Whether a resource moves to another provider: many do at once, of many kinds. */
const isMove = (finding: Finding | undefined) => finding?.attribute === providerLabel;

/** Resources of several kinds: `5 resources of root/mlserver (branch, project, tags)`. */
function moved(findings: readonly Finding[]): string {
  if (findings.length === 1) return places(findings).join();
  const owners = [...new Set(findings.map(({ owner }) => owner).filter((owner) => owner !== ""))].sort();
  const nouns = [...new Set(findings.map(({ noun }) => noun))].sort();
  return `${findings.length} resources${owners.length > 0 ? ` of ${listed(owners)}` : ""} (${nouns.join(", ")})`;
}

/** What is replaced by deleting it first, and what holds meanwhile: `tags v* of root/mlserver: ...`. */
export function gaps(findings: readonly Finding[]): string[] {
  const open = findings.filter(({ gap }) => gap !== undefined);
  const once = partition(open, ({ urn }) => urn).map(([first]) => first as Finding);
  return partition(once, ({ noun, gap }) => JSON.stringify([noun, gap])).flatMap((group) =>
    places(group).map((what) => `${what}: ${group[0]?.gap}`),
  );
}

/** Things of one noun, in as few words as possible: by the projects that they are in. */
function places(findings: readonly Finding[]): string[] {
  const ofOwners = partition(
    partition(findings, ({ name }) => name).map((same) => ({
      name: (same[0] as Finding).name,
      count: same.length,
      owners: [...new Set(same.map(({ owner }) => owner).filter((owner) => owner !== ""))].sort(),
    })),
    ({ owners }) => JSON.stringify(owners),
  );
  const noun = findings[0]?.noun ?? "";
  return ofOwners.map((things) => {
    const owners = things[0]?.owners ?? [];
    const names = things.map(({ name, count }) =>
      count > Math.max(owners.length, 1) ? `${name} (${count} of them)` : name,
    );
    const words = `${names.length > 1 ? plural(noun) : noun} ${listed(names)}`;
    return owners.length > 0 ? `${words} of ${listed(owners)}` : words;
  });
}

function plural(noun: string): string {
  return noun.endsWith("s") ? noun : `${noun}${noun.endsWith("ch") ? "es" : "s"}`;
}

function changeWords({ attribute, before, after, note }: Finding): string {
  const values = after === undefined ? "" : before === undefined ? after : `${before} -> ${after}`;
  const said = [attribute, values].filter((part) => part !== "").join(": ");
  if (!note) return said;
  return values === "" ? [attribute, note].filter((part) => part !== "").join(": ") : `${said} (${note})`;
}

const past: Readonly<Record<Count["action"], string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  import: "imported",
  other: "other",
};

/** `3 created (2 ProjectVariable, 1 Formation), 1 updated (1 Image)`; empty where there is no rest. */
export function restWords(rest: readonly Count[]): string {
  return [...new Set(rest.map(({ action }) => action))]
    .map((action) => {
      const of = rest.filter((one) => one.action === action);
      const total = of.reduce((sum, { count }) => sum + count, 0);
      const types = of.map(
        ({ count, type }) =>
          `${count} ${type.split(":").at(-1)}${type.startsWith("pulumi:providers:") ? " provider" : ""}`,
      );
      return `${total} ${past[action]} (${types.join(", ")})`;
    })
    .join("; ");
}

/** The verdict in one line. */
export function verdictWords(stack: string, { findings, rest, weaker, refusals }: Review): string {
  if (findings.length === 0 && rest.length === 0 && refusals.length === 0)
    return `Stack ${stack}: nothing would change.`;
  const groups = grouped(findings);
  const numbers = (["weaker", "unclear", "stronger", "neutral"] as const)
    .map((rank): [Rank, number] => [rank, groups.filter((group) => group.rank === rank).length])
    .filter(([, count]) => count > 0)
    .map(([rank, count]) => `${count} ${rankWords[rank]}`);
  const gap = gaps(findings).length > 0 ? ["with a gap in time"] : [];
  const refused = refusals.length > 0 ? ["refused by policy"] : [];
  const parts = [...numbers, ...gap, ...refused];
  if (weaker) return `Stack ${stack}: ${parts.join(", ")}.`;
  return `Stack ${stack}: nothing gets weaker${parts.length > 0 ? ` (${parts.join(", ")})` : ""}.`;
}
