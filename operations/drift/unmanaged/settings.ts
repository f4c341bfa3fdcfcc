/** Settings of a project that the stack leaves to GitLab. */
import { gitlab } from "../../../lib/gitlab/client.ts";
import type { Attribute } from "../../../lib/kinds/kind.ts";
import { projectSettings } from "../../../lib/kinds/project-settings.ts";
import { equal, type Properties, shown, type Value } from "../../../lib/pulumi/values.ts";
import type { Check } from "./check.ts";

/** Where the API calls a setting otherwise than the provider; https://docs.gitlab.com/api/projects/ */
const apiNames: Readonly<Record<string, string>> = { visibilityLevel: "visibility" };

const apiName = (name: string) =>
  apiNames[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** GitLab gives some switches that are off as nothing. */
const isOff = (value: Value | undefined) => ["", null, false, undefined].includes(value as string);

/** How a setting changed since the stack last saw it, where that weakens the project or may; otherwise undefined. */
function weakening(
  { compare, absent }: Attribute,
  before: Value | undefined,
  now: Value | undefined,
): string | undefined {
  if (isOff(before) ? isOff(now) : equal(before, now)) return undefined;
  const { rank, note, ...verdict } = compare(before ?? absent, now ?? absent);
  if (rank === "neutral" || rank === "stronger") return undefined;
  const change = `${verdict.before ?? shown(before)} -> ${verdict.after ?? shown(now)}`;
  return note ? `${change} (${note})` : change;
}

/**
 * Settings that are weaker, or may be, than when the stack last saw them. A refresh does not tell: it compares
 * with the program alone.
 */
export const settingsCheck: Check = async ({ id, name: owner, state }, account) => {
  const present = await gitlab<Properties>(account, `/projects/${id}`);
  const { inputs = {}, outputs = {} } = state;
  const remedy = `set it back: ${shown(outputs.webUrl)}/edit; or take it over: npx pulumi refresh`;
  return Object.entries(projectSettings).flatMap(([name, attribute]) => {
    const now = present[apiName(name)];
    if (name in inputs || now === undefined) return [];
    const effect = weakening(attribute, outputs[name], now);
    return effect ? [{ noun: "setting", name: `"${attribute.label}"`, owner, effect, remedy }] : [];
  });
};
