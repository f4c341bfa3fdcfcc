/** Settings of a project that the program leaves to GitLab, compared with what GitLab gives a new project. */
import type { Attribute } from "../../../lib/kinds/kind.ts";
import { projectSettings } from "../../../lib/kinds/project-settings.ts";
import { equal, isProperties, type Properties, shown, type Value } from "../../../lib/pulumi/values.ts";
import { harmlessProject } from "../baseline/harmless.ts";
import { projectDefaults } from "../baseline/project-settings.ts";
import { same } from "../baseline/unset.ts";
import type { Undo } from "../undo.ts";
import { type Check, NotLookedAt, sinceWords, type Unmanaged } from "./check.ts";

/** Where the provider calls a setting otherwise than the API; https://docs.gitlab.com/api/projects/ */
const providerNames: Readonly<Record<string, string>> = {
  visibility: "visibilityLevel",
  ci_job_token_scope_enabled: "ciJobTokenScopeEnabled",
};

const providerName = (name: string) =>
  providerNames[name] ?? name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** A setting that no kind has words for. */
const unnamed = (name: string): Attribute => ({
  label: name.replaceAll("_", " "),
  compare: (before, after) => ({ rank: "unclear", before: shown(before), after: shown(after) }),
});

/** The API's name in words where nobody gave the setting better ones. */
const labelled = (attribute: Attribute, name: string): Attribute =>
  attribute.label === providerName(name) ? { ...attribute, label: name.replaceAll("_", " ") } : attribute;

/** The defaults that GitLab may have given, the likeliest first; none where no list knows the setting. */
function baseline(name: string): readonly Value[] | undefined {
  if (!(name in projectDefaults)) return undefined;
  const found = projectDefaults[name] as Value | { readonly oneOf: readonly Value[] };
  return isChoice(found) ? found.oneOf : [found];
}

function isChoice(value: unknown): value is { readonly oneOf: readonly Value[] } {
  return isProperties(value as Value) && Array.isArray((value as { oneOf?: unknown }).oneOf);
}

/** How a setting differs from what it was made with, in words; undefined where it does not or is stricter. */
function difference(
  { compare, absent }: Attribute,
  before: Value | undefined,
  now: Value,
): string | undefined {
  const { rank, note, ...verdict } = compare(before ?? absent, now);
  // Nobody gets more by what is stricter, and what it stops shows by itself.
  if (rank === "stronger") return undefined;
  const change = `${verdict.before ?? shown(before)} -> ${verdict.after ?? shown(now)}`;
  return note ? `${change} (${note})` : change;
}

/** What sets one back. */
function undoOf(id: string, name: string, before: Value): Undo {
  if (name === "archived") return { service: "gitlab", method: "POST", path: `/projects/${id}/unarchive` };
  return { service: "gitlab", method: "PUT", path: `/projects/${id}`, body: { [name]: before ?? "" } };
}

/**
 * Every setting that GitLab answers with and the program does not name. The baseline is what GitLab documents for a
 * new project, not what was seen last: a refresh takes over what somebody changed.
 */
export const settingsCheck: Check = async ({ id, name: owner, state, detail }) => {
  const { inputs = {}, outputs = {} } = state;
  const since = sinceWords(typeof detail.updated_at === "string" ? detail.updated_at : undefined);
  const remedy = `set it back: ${shown(outputs.webUrl)}/edit`;
  return Object.entries(detail).flatMap(([name, now]): Unmanaged[] => {
    const known = providerName(name);
    if (known in inputs || name in harmlessProject) return [];
    const attribute = labelled(projectSettings[known] ?? unnamed(name), name);
    const defaults = baseline(name);
    if (defaults === undefined || defaults.some((one) => same(one, now))) return [];
    const effect = difference(attribute, defaults[0], now);
    if (effect === undefined) return [];
    return [
      {
        noun: "setting",
        name: `"${attribute.label}"`,
        owner,
        effect,
        remedy,
        // The project's last change of any kind: the setting was changed then or before.
        ...(since && { since: `${since} or before` }),
        undo: undoOf(id, name, defaults[0] as Value),
      },
    ];
  });
};

/** Settings that a newer GitLab has and no list knows: nobody can say what they do, so a person has to look. */
export const unknownSettingsCheck: Check = async ({ name: project, detail, state }) => {
  const unknown = Object.keys(detail).filter((name) => isUnknown(name, detail, state.outputs ?? {}));
  if (unknown.length === 0) return [];
  throw new NotLookedAt(
    `not checked: settings of ${project} that drift does not know: ${unknown.sort().join(", ")}`,
  );
};

function isUnknown(name: string, detail: Properties, outputs: Properties): boolean {
  const known = providerName(name);
  if (name in harmlessProject || name in projectDefaults) return false;
  return !(known in projectSettings && known in outputs && equal(outputs[known], detail[name]));
}
