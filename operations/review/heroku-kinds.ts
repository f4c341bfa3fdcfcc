/** Heroku's resources, and the OAuth authorization that a command of this repository makes. */

import { isProperties, type Properties, shown, type Value } from "../../lib/pulumi/values.ts";
import type { Change } from "./changes.ts";
import { amount, type Covers, hidden, look, neutral, safeWhen, scopes, unclear } from "./comparers.ts";
import type { Kind } from "./kinds.ts";

/** https://devcenter.heroku.com/articles/oauth#scopes: `-protected` includes an app's config vars. */
const authorizationScopes: Covers = (scope, other) =>
  scope === "global" ||
  (scope === "write-protected" && ["write", "read-protected", "read"].includes(other)) ||
  (["write", "read-protected"].includes(scope) && other === "read");

const variables = ({ environment }: Properties) => (isProperties(environment) ? environment : {});

const isAuthorization = (command: Value | undefined) => /heroku-authorization/.test(String(command));

const authorization: Kind = {
  subject: (inputs, name) => ["Heroku authorization", shown(variables(inputs).DESCRIPTION ?? name)],
  attributes: {
    "environment.SCOPES": { label: "scopes", compare: scopes(authorizationScopes) },
    "environment.EXPIRY_DAYS": { label: "lives for", compare: amount("weaker", " days") },
    "environment.HEROKU_API_URL": {
      label: "Heroku",
      compare: look("another service gets the account's key"),
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
      const { SCOPES, EXPIRY_DAYS } = variables(inputs);
      return `new credential with scopes ${shown(SCOPES)} for ${shown(EXPIRY_DAYS)} days`;
    },
  },
  deleted: { rank: "neutral", note: "revoked" },
  gap: "nobody has a valid token, deploys fail",
  isSame: (old) => isAuthorization(old.create),
};

/** The authorization's kind, for a command that makes one. */
export function herokuAuthorization(change: Change): Kind | undefined {
  const commands = [change.old?.inputs?.create, change.new?.inputs?.create];
  return commands.some(isAuthorization) ? authorization : undefined;
}

/** Kinds by type. */
export const herokuKinds: Readonly<Record<string, Kind>> = {
  "heroku:app/app:App": {
    subject: ({ name }, resource) => ["app", shown(name ?? resource)],
    attributes: {
      name: { label: "name", compare: look("another app gets the releases") },
      organization: { label: "team", compare: look("members of the team get access") },
      acm: { label: "certificates by Heroku", compare: safeWhen(true), absent: false },
      internalRouting: {
        label: "reachable from its private space alone",
        compare: safeWhen(true),
        absent: false,
      },
      stack: { label: "stack", compare: neutral },
      buildpacks: { label: "buildpacks", compare: unclear },
      configVars: { label: "config vars", compare: hidden("unclear", "changed") },
      sensitiveConfigVars: { label: "config vars", compare: hidden("unclear", "changed") },
    },
    deleted: { rank: "unclear", note: "deleted with its releases and config vars" },
    gap: "the app does not exist, and its address may be taken by somebody else",
  },
  "heroku:collaborator/collaborator:Collaborator": {
    subject: ({ email }) => ["collaborator", shown(email)],
    owner: "appId",
    attributes: {
      email: {
        label: "collaborator",
        compare: look("somebody else gets access", "weaker"),
      },
      appId: { label: "app", compare: look("a collaborator of another app") },
    },
    created: { rank: "weaker", note: "gets access to the app" },
    deleted: { rank: "stronger", note: "no longer has access to the app" },
    gap: "the collaborator has no access",
  },
  "heroku:app/configAssociation:ConfigAssociation": {
    subject: (_, name) => ["config vars", name],
    owner: "appId",
    attributes: {
      vars: { label: "config vars", compare: hidden("unclear", "changed") },
      sensitiveVars: { label: "config vars", compare: hidden("neutral", "changed") },
      appId: { label: "app", compare: look("another app gets them") },
    },
    created: { rank: "neutral", note: "new config vars" },
    deleted: { rank: "neutral", note: "removed" },
    gap: "the app runs without them",
  },
  "pulumi:providers:heroku": {
    subject: () => ["the stack's own account", "Heroku"],
    attributes: {
      url: { label: "address", compare: look("another service: its resources there are taken for these") },
      apiKey: { label: "key", compare: hidden("neutral") },
      email: { label: "e-mail", compare: neutral },
      version: { label: "provider's version", compare: neutral },
      pluginDownloadURL: { label: "provider's download address", compare: unclear },
    },
  },
};
