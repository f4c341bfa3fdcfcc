/** Settings of a project that the stack leaves to GitLab. */
import { gitlab } from "../../../lib/gitlab/client.ts";
import { projectSettings } from "../../../lib/kinds/project-settings.ts";
import { equal, type Properties, shown, type Value } from "../../../lib/pulumi/values.ts";
import type { Check } from "./check.ts";

/** Where the API calls a setting otherwise than the provider; https://docs.gitlab.com/api/projects/ */
const apiNames: Readonly<Record<string, string>> = { visibilityLevel: "visibility" };

const apiName = (name: string) =>
  apiNames[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** GitLab gives some switches that are off as nothing. */
const isOff = (value: Value | undefined) => ["", null, false, undefined].includes(value as string);

/**
 * Settings that are weaker, or may be, than when the stack last saw them. A refresh does not tell: it compares
 * with the program alone.
 */
export const settingsCheck: Check = async ({ id, name: owner, state }, account) => {
  const present = await gitlab<Properties>(account, `/projects/${id}`);
  const { inputs = {}, outputs = {} } = state;
  const webUrl = shown(outputs.webUrl);
  return Object.entries(projectSettings).flatMap(([name, { label, compare, absent }]) => {
    const now = present[apiName(name)];
    if (name in inputs || now === undefined) return [];
    const before = outputs[name];
    if (isOff(before) ? isOff(now) : equal(before, now)) return [];
    const { rank, note, ...verdict } = compare(before ?? absent, now ?? absent);
    if (rank === "neutral" || rank === "stronger") return [];
    const change = `${verdict.before ?? shown(before)} -> ${verdict.after ?? shown(now)}`;
    const effect = note ? `${change} (${note})` : change;
    const remedy = `set it back: ${webUrl}/edit; or take it over: npx pulumi refresh`;
    return [{ noun: "setting", name: `"${label}"`, owner, effect, remedy }];
  });
};
