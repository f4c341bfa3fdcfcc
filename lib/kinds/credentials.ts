/** Credentials that the stack makes. */
import { areGenerations } from "../gitlab/deploy-key.ts";
import { tokenScopeCovers } from "../gitlab/scopes.ts";
import { authorizationProgram, authorizationScopeCovers } from "../heroku/authorization.ts";
import { withoutMark } from "../pulumi/mark.ts";
import { types } from "../pulumi/types.ts";
import { equal, isProperties, type Properties, shown, UNKNOWN, type Value } from "../pulumi/values.ts";
import {
  amount,
  type Comparer,
  endDate,
  forAPerson,
  hasLevel,
  hidden,
  safeWhen,
  scopes,
} from "./comparers.ts";
import { type Attribute, harmless, harmlessHidden, type Kind } from "./kind.ts";
import { programOf } from "./programs.ts";
import { reasons } from "./reasons.ts";

const description = harmless("description", "a text for people");
const project: Attribute = {
  label: "project",
  compare: forAPerson("the project it was in is left without it"),
};

const inNew = "it reaches a project, or a whole stack, that is made by the same update";
const revoked = "a credential that is gone opens nothing; whoever uses it is told by itself";

/** ` until 2027-01-01`; nothing where the end is not known. The policy refuses a credential without one. */
function untilWords(end: Value | undefined): string {
  return typeof end === "string" && end !== "" && end !== UNKNOWN ? ` until ${shown(end).slice(0, 10)}` : "";
}

const rotationDays = ({ rotationConfiguration: rotation }: Properties = {}) =>
  isProperties(rotation) ? rotation.expirationDays : undefined;

/** With a rotation of the provider's own the program names no end: the provider makes it. */
const tokenEnd: Comparer = (before, after, inputs) =>
  after === undefined && typeof rotationDays(inputs) === "number"
    ? {
        rank: "neutral",
        note: `renewed before its end on ${shown(before)}; the old token ends at once`,
        reason: reasons.rotated,
      }
    : endDate(before, after);

/** https://docs.gitlab.com/user/project/settings/project_access_tokens/ */
const projectAccessToken: Kind = {
  // Tokens of several models have the same name.
  subject: ({ name, description: use }) => [
    "access token",
    typeof use === "string" && use !== "" ? `${shown(name)} (${shown(withoutMark(use))})` : shown(name),
  ],
  owner: "project",
  attributes: {
    scopes: { label: "scopes", compare: scopes(tokenScopeCovers) },
    accessLevel: { label: "role", compare: hasLevel, absent: "maintainer" },
    expiresAt: { label: "expires", compare: tokenEnd },
    "rotationConfiguration.expirationDays": { label: "lives for", compare: amount("weaker", " days") },
    "rotationConfiguration.rotateBeforeDays": {
      label: "renewed before its end",
      compare: amount("stronger", " days"),
    },
    name: harmless("name", "what GitLab's audit calls it"),
    validatePastExpirationDate: harmless("check of its end", "whether an end that is past is refused"),
    token: { label: "token", compare: hidden("unclear", "another token") },
    description,
    project,
  },
  created: {
    rank: "unclear",
    note: ({ accessLevel, scopes: given, expiresAt }) =>
      `new credential with scopes ${shown(given)} as ${shown(accessLevel ?? "maintainer")}${untilWords(expiresAt)}`,
    inNew,
  },
  deleted: { rank: "neutral", note: "revoked", harmless: revoked },
  gap: "no token is valid, so pushes of pipelines fail",
  // Another model's token writes to the same project, for somebody else.
  isSame: (old, made) =>
    equal(old.project, made.project) &&
    equal(old.name, made.name) &&
    areGenerations(withoutMark(String(old.description)), withoutMark(String(made.description))),
  ignores: {
    expiresAt:
      "the provider ends the old token at once when it is changed; a later end is told with the next generation",
    rotationConfiguration: "the provider ends the old token at once when it is changed",
  },
  givesSecret: true,
};

/** https://docs.gitlab.com/user/project/deploy_keys/ */
const deployKey: Kind = {
  subject: ({ title }) => ["deploy key", shown(title)],
  owner: "project",
  attributes: {
    canPush: { label: "may push", compare: safeWhen(false), absent: false, expected: false },
    expiresAt: { label: "expires", compare: endDate },
    key: { label: "key", compare: hidden("unclear", "another key"), ofGeneration: true },
    title: harmless("title", "a text for people"),
    project,
  },
  created: {
    rank: "unclear",
    note: ({ canPush, expiresAt }) => `new key that may ${canPush ? "push" : "read"}${untilWords(expiresAt)}`,
    inNew,
  },
  deleted: { rank: "stronger", note: "removed" },
  gap: "its holder cannot reach the repository",
  // A key that is not known yet is one that the stack makes; another one somebody may hold the private half of.
  isSame: (old, made) =>
    equal(old.project, made.project) && areGenerations(old.title, made.title) && made.key === UNKNOWN,
  ignores: { expiresAt: "a change of it makes another key; a later end is told with the next generation" },
  givesSecret: true,
};

const environmentOf = ({ environment }: Properties) => (isProperties(environment) ? environment : {});

/** An OAuth authorization of Heroku, which a command of this repository makes. */
export const authorization: Kind = {
  subject: (inputs, name) => [
    "Heroku authorization",
    shown(withoutMark(String(environmentOf(inputs).DESCRIPTION ?? name))),
  ],
  attributes: {
    "environment.SCOPES": { label: "scopes", compare: scopes(authorizationScopeCovers) },
    "environment.EXPIRY_DAYS": { label: "lives for", compare: amount("weaker", " days") },
    "environment.HEROKU_API_URL": {
      label: "Heroku",
      compare: forAPerson("another service gets the account's key"),
    },
    "environment.HEROKU_API_KEY": harmlessHidden(
      "key of the account that makes it",
      "the stack's own key; where it is sent is told by itself",
    ),
    "environment.DESCRIPTION": harmless("description", "a text for people"),
    // A change of it says no more than that a new one is made.
    triggers: {
      ...harmlessHidden(
        "new token",
        "what the new one may do is told by itself",
        "the old one is revoked afterwards",
      ),
      quiet: true,
    },
  },
  created: {
    rank: "unclear",
    note: (inputs) => {
      const { SCOPES, EXPIRY_DAYS } = environmentOf(inputs);
      return `new credential with scopes ${shown(SCOPES)} for ${shown(EXPIRY_DAYS)} days`;
    },
    inNew,
  },
  deleted: { rank: "neutral", note: "revoked", harmless: revoked },
  gap: "no token is valid, so deployments fail",
  isSame: (old) => programOf(old) === authorizationProgram,
};

export const credentials: Readonly<Record<string, Kind>> = {
  [types.gitlab.projectAccessToken]: projectAccessToken,
  [types.gitlab.deployKey]: deployKey,
};
