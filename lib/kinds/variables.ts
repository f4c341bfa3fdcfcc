/** CI/CD variables. https://docs.gitlab.com/ci/variables/ */
import { types } from "../pulumi/types.ts";
import { hasSecret, shown } from "../pulumi/values.ts";
import { type Comparer, environments, forAPerson, neutral, safeWhen, unclear } from "./comparers.ts";
import type { Kind, Section } from "./kind.ts";

/** Names of variables that say where something is sent. */
const address = /URL|URI|HOST|REGISTRY|ENDPOINT|ADDRESS|SERVER|REPO|DOMAIN|PROXY/;

/** Judged by what the variable is for; a credential may well be a new one. */
const variableValue: Comparer = (_before, _after, { key, value } = {}) =>
  address.test(shown(key)) && !hasSecret(value)
    ? { rank: "unclear", note: "changed; it may say where a credential is sent" }
    : { rank: "neutral", note: "changed" };

const projectVariable: Kind = {
  subject: ({ key, environmentScope: scope }) => [
    "variable",
    scope && scope !== "*" ? `${shown(key)} (${shown(scope)})` : shown(key),
  ],
  owner: "project",
  attributes: {
    protected: {
      label: "who sees it",
      compare: safeWhen(true, ["every pipeline", "pipelines of protected refs"]),
      absent: false,
      expected: true,
    },
    masked: {
      label: "masked in job logs",
      compare: safeWhen(true),
      absent: false,
      expected: ({ value }) => hasSecret(value) || undefined,
    },
    hidden: { label: "hidden in the settings", compare: safeWhen(true), absent: false },
    raw: { label: "taken as it is ($ not expanded)", compare: safeWhen(true), absent: false },
    environmentScope: { label: "environments", compare: environments, absent: "*" },
    value: { label: "value", compare: variableValue },
    key: { label: "name", compare: unclear },
    variableType: { label: "type", compare: unclear, absent: "env_var" },
    description: { label: "description", compare: neutral },
    project: { label: "project", compare: forAPerson("the project it was in is left without it") },
  },
  created: {
    rank: "neutral",
    note: ({ value }) => (hasSecret(value) ? "new credential" : "new variable"),
  },
  deleted: { rank: "neutral", note: "removed: pipelines no longer get it" },
  gap: "pipelines do not get it",
};

export const variables: Section = {
  title: "CI/CD variables",
  kinds: { [types.gitlab.projectVariable]: projectVariable },
};
