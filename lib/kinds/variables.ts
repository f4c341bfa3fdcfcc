/** CI/CD variables. https://docs.gitlab.com/ci/variables/ */
import { types } from "../pulumi/types.ts";
import { typeOf } from "../pulumi/urn.ts";
import { hasSecret, type Properties, shown, UNKNOWN, type Value } from "../pulumi/values.ts";
import {
  type Comparer,
  environments,
  forAPerson,
  type Origin,
  safeWhen,
  unclear,
  type Verdict,
} from "./comparers.ts";
import { imageName } from "./images.ts";
import { type Attribute, harmless, type Kind, type Section } from "./kind.ts";
import { reasons } from "./reasons.ts";
import { mayDo, ownVariables, type Use } from "./variable-names.ts";

const useOf = (key: Value | undefined): Use | undefined =>
  typeof key === "string" && Object.hasOwn(ownVariables, key) ? ownVariables[key] : undefined;

/** Resources that give out credentials of which the review tells by themselves. */
const issuers: readonly string[] = [types.gitlab.projectAccessToken, types.gitlab.deployKey, types.command];

/** Whether a credential is one that the stack makes; yes where nobody knows what it is made of. */
const isIssued = (origin: Origin | undefined) =>
  origin === undefined || origin.after.some((urn) => issuers.includes(typeOf(urn)));

const supplied = "a credential that the stack does not make: the review cannot tell what it lets one do";
const fixed = "changed";

/** Judged by what the variable is for; values are shown of those whose use is known and no credential. */
const variableValue: Comparer = (before, after, { key } = {}, origin) => {
  const use = useOf(key);
  if (use?.is === "credential" || hasSecret(after)) return secretValue(use, after, origin);
  switch (use?.is) {
    case "image":
      return hasSecret(before) ? unclear(before, after) : imageName(before, after);
    case "harmless":
      return { rank: "neutral", note: fixed, reason: use.reason };
    case "decisive":
      return { ...unclear(before, after), note: use.note };
    default:
      return { rank: "unclear", note: `${fixed}; ${mayDo(shown(key))}` };
  }
};

function secretValue(use: Use | undefined, value: Value | undefined, origin: Origin | undefined): Verdict {
  if (!hasSecret(value) && value !== UNKNOWN)
    return { rank: "unclear", note: `${fixed}; a credential in plain text`, isConcealed: true };
  const isOwn = use?.is === "credential" && isIssued(origin);
  return isOwn
    ? { rank: "neutral", note: fixed, isConcealed: true, reason: reasons.issued }
    : { rank: "unclear", note: `${fixed}; ${supplied}`, isConcealed: true };
}

/** Why a new variable is harmless; undefined where it is for a person to look at. */
function harmlessNew({ key, value }: Properties, origin?: Origin): string | undefined {
  const use = useOf(key);
  if (use?.is === "credential" || hasSecret(value))
    return use?.is === "credential" && origin !== undefined && isIssued(origin) ? reasons.issued : undefined;
  if (use?.is === "harmless") return use.reason;
  const isMade = use !== undefined && value === UNKNOWN && origin !== undefined && origin.after.length > 0;
  return isMade ? reasons.made : undefined;
}

/** The same in a project, or a whole stack, that is made by the same update: names that the stack's pipelines have. */
function harmlessInNewProject(inputs: Properties, origin?: Origin): string | undefined {
  const isPlain = useOf(inputs.key) !== undefined && useOf(inputs.key)?.is !== "credential";
  return isPlain && !hasSecret(inputs.value) ? reasons.ownPipelines : harmlessNew(inputs, origin);
}

function newWords(inputs: Properties, origin?: Origin): string {
  const { key, value } = inputs;
  const isSecret = hasSecret(value);
  const noun = isSecret ? "new credential" : "new variable";
  if (harmlessNew(inputs, origin)) return noun;
  if (isSecret && !isIssued(origin ?? { before: [], after: [] })) return `${noun}; ${supplied}`;
  const use = useOf(key);
  if (use?.is === "decisive") return `${noun} ${shown(value)}; ${use.note}`;
  if (use?.is === "image") return `${noun} ${shown(value)}; jobs run in it, or release it`;
  return `${noun}; ${mayDo(shown(key))}`;
}

const value: Attribute = { label: "value", compare: variableValue, follows: true };

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
    value,
    key: { label: "name", compare: unclear },
    variableType: { label: "type", compare: unclear, absent: "env_var", expected: "env_var" },
    description: harmless("description", "a text for people"),
    project: { label: "project", compare: forAPerson("the project it was in is left without it") },
  },
  created: {
    rank: (inputs, origin) => (harmlessNew(inputs, origin) ? "neutral" : "unclear"),
    note: newWords,
    harmless: "its name is one of the stack's own, and its value too",
    inNew: harmlessInNewProject,
    of: "value",
  },
  deleted: {
    rank: ({ key }) => (["credential", "harmless"].includes(useOf(key)?.is ?? "") ? "neutral" : "unclear"),
    note: "removed: pipelines no longer get it",
    harmless: "the stack's own pipelines stop without it",
  },
  gap: "pipelines do not get it",
};

export const variables: Section = {
  title: "CI/CD variables",
  kinds: { [types.gitlab.projectVariable]: projectVariable },
};
