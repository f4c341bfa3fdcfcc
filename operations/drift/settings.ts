import { equal, shown, type Value } from "../../lib/pulumi/values.ts";
import { projectAttributes } from "../review/gitlab-project.ts";
import type { ResourceState } from "./engine.ts";
import type { Finding } from "./outside.ts";

/** Where the API calls a setting otherwise than the provider; https://docs.gitlab.com/api/projects/ */
const API_NAMES: Readonly<Record<string, string>> = { visibilityLevel: "visibility" };

const apiName = (name: string) =>
  API_NAMES[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** GitLab gives some switches that are off as nothing. */
const isOff = (value: Value | undefined) => ["", null, false, undefined].includes(value as string);

/**
 * Settings of a project that the stack leaves to GitLab and that are weaker, or may be, than when the stack last
 * saw them. A refresh does not tell: it compares with the program alone.
 * @param stored the project as the state has it
 * @param present the project as the API gives it
 */
export function weakerSettings(
  { inputs, outputs }: ResourceState,
  present: Readonly<Record<string, unknown>>,
): Pick<Finding, "subject" | "effect">[] {
  return Object.entries(projectAttributes).flatMap(([name, { label, compare, absent }]) => {
    const now = present[apiName(name)] as Value | undefined;
    if (name in inputs || now === undefined) return [];
    const before = outputs[name] as Value | undefined;
    if (isOff(before) ? isOff(now) : equal(before, now)) return [];
    const { rank, note, ...words } = compare(before ?? absent, now ?? absent);
    if (rank === "neutral" || rank === "stronger") return [];
    const change = `${words.before ?? shown(before)} -> ${words.after ?? shown(now)}`;
    return [{ subject: `setting "${label}"`, effect: note ? `${change} (${note})` : change }];
  });
}
