/** Heroku's apps and what belongs to them. */
import { types } from "../pulumi/types.ts";
import { shown } from "../pulumi/values.ts";
import { forAPerson, hidden, neutral, safeWhen, unclear } from "./comparers.ts";
import type { Kind, Section } from "./kind.ts";

const app: Kind = {
  subject: ({ name }, resource) => ["app", shown(name ?? resource)],
  attributes: {
    name: { label: "name", compare: forAPerson("another app gets the releases") },
    organization: { label: "team", compare: forAPerson("members of the team get access") },
    acm: { label: "certificates by Heroku", compare: safeWhen(true), absent: false },
    internalRouting: {
      label: "reachable only from its private space",
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
  holdsOthers: true,
};

const configAssociation: Kind = {
  subject: (_, name) => ["config vars", name],
  owner: "appId",
  attributes: {
    vars: { label: "config vars", compare: hidden("unclear", "changed") },
    sensitiveVars: { label: "config vars", compare: hidden("neutral", "changed") },
    appId: { label: "app", compare: forAPerson("another app gets them") },
  },
  created: { rank: "neutral", note: "new config vars" },
  deleted: { rank: "neutral", note: "removed" },
  gap: "the app runs without them",
};

const formation: Kind = {
  subject: ({ type }) => ["dynos", shown(type)],
  owner: "appId",
  attributes: {
    size: { label: "size", compare: neutral },
    quantity: { label: "quantity", compare: neutral },
    type: { label: "process type", compare: neutral },
    appId: { label: "app", compare: neutral },
  },
  harmless: "how many dynos run, and how large they are: nobody gets access by it",
};

export const apps: Section = {
  title: "Heroku",
  kinds: {
    [types.heroku.app]: app,
    "heroku:app/configAssociation:ConfigAssociation": configAssociation,
    [types.heroku.formation]: formation,
  },
};
