/** Credentials that the stack makes. */
import { areGenerations } from "../gitlab/deploy-key.ts";
import { tokenScopeCovers } from "../gitlab/scopes.ts";
import { authorizationScopeCovers, makesAuthorization } from "../heroku/authorization.ts";
import { withoutMark } from "../pulumi/mark.ts";
import { types } from "../pulumi/types.ts";
import { equal, isProperties, type Properties, shown, UNKNOWN } from "../pulumi/values.ts";
import {
  amount,
  type Comparer,
  endDate,
  forAPerson,
  hasLevel,
  hidden,
  neutral,
  safeWhen,
  scopes,
} from "./comparers.ts";
import type { Attribute, Kind, Section } from "./kind.ts";

const description: Attribute = { label: "description", compare: neutral };
const project: Attribute = {
  label: "project",
  compare: forAPerson("the project it was in is left without it"),
};

/** With a rotation of the provider's own the program names no end: the provider makes it. */
const tokenEnd: Comparer = (before, after, inputs) =>
  after === undefined && inputs?.rotationConfiguration
    ? { rank: "neutral", note: `renewed before its end on ${shown(before)}; the old token ends at once` }
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
    name: { label: "name", compare: neutral },
    validatePastExpirationDate: { label: "check of its end", compare: neutral },
    token: { label: "token", compare: hidden("unclear", "another token") },
    description,
    project,
  },
  created: {
    rank: "unclear",
    note: ({ accessLevel, scopes: given }) =>
      `new credential with scopes ${shown(given)} as ${shown(accessLevel ?? "maintainer")}`,
  },
  deleted: { rank: "neutral", note: "revoked" },
  gap: "no token is valid, so pushes of pipelines fail",
  isSame: (old, made) => equal(old.project, made.project) && equal(old.name, made.name),
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
    title: { label: "title", compare: neutral },
    project,
  },
  created: { rank: "unclear", note: ({ canPush }) => `new key that may ${canPush ? "push" : "read"}` },
  deleted: { rank: "stronger", note: "removed" },
  gap: "its holder cannot reach the repository",
  // A key that is not known yet is one that the stack makes; another one somebody may hold the private half of.
  isSame: (old, made) =>
    equal(old.project, made.project) && areGenerations(old.title, made.title) && made.key === UNKNOWN,
  givesSecret: true,
};

const environmentOf = ({ environment }: Properties) => (isProperties(environment) ? environment : {});

/** An OAuth authorization of Heroku, which a command of this repository makes. */
const authorization: Kind = {
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
    "environment.HEROKU_API_KEY": { label: "key of the account that makes it", compare: hidden("neutral") },
    "environment.DESCRIPTION": { label: "description", compare: neutral },
    // A change of it says no more than that a new one is made.
    triggers: {
      label: "new token",
      compare: hidden("neutral", "the old one is revoked afterwards"),
      quiet: true,
    },
  },
  created: {
    rank: "unclear",
    note: (inputs) => {
      const { SCOPES, EXPIRY_DAYS } = environmentOf(inputs);
      return `new credential with scopes ${shown(SCOPES)} for ${shown(EXPIRY_DAYS)} days`;
    },
  },
  deleted: { rank: "neutral", note: "revoked" },
  gap: "no token is valid, so deployments fail",
  isSame: (old) => makesAuthorization(old.create),
  applies: ({ create }) => makesAuthorization(create),
};

export const credentials: Section = {
  title: "Credentials",
  kinds: {
    [types.gitlab.projectAccessToken]: projectAccessToken,
    [types.gitlab.deployKey]: deployKey,
    [types.command]: authorization,
  },
};
