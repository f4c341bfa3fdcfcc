/** Heroku's apps and what belongs to them. */
import { types } from "../pulumi/types.ts";
import { shown } from "../pulumi/values.ts";
import { forAPerson, hidden, safeWhen, unclear } from "./comparers.ts";
import { harmless, type Kind, type Section } from "./kind.ts";

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
    stack: { label: "stack", compare: unclear },
    region: { label: "region", compare: forAPerson("the data of requests goes there") },
    space: { label: "private space", compare: unclear },
    buildpacks: { label: "buildpacks", compare: unclear },
    configVars: { label: "config vars", compare: hidden("unclear", "changed") },
    sensitiveConfigVars: { label: "config vars", compare: hidden("unclear", "changed") },
  },
  created: { rank: "unclear", note: "new app", inNew: "the stack's first" },
  deleted: { rank: "unclear", note: "deleted with its releases and config vars" },
  gap: "the app does not exist, and its address may be taken by somebody else",
  holdsOthers: true,
};

const configAssociation: Kind = {
  subject: (_, name) => ["config vars", name],
  owner: "appId",
  attributes: {
    vars: { label: "config vars", compare: hidden("unclear", "changed") },
    sensitiveVars: { label: "config vars", compare: hidden("unclear", "changed") },
    appId: { label: "app", compare: forAPerson("another app gets them") },
  },
  created: { rank: "unclear", note: "new config vars, which the app does other things by" },
  deleted: { rank: "unclear", note: "removed: the app does other things without them" },
  gap: "the app runs without them",
};

const formation: Kind = {
  subject: ({ type }) => ["dynos", shown(type)],
  owner: "appId",
  attributes: {
    size: harmless("size", "how large the dynos are: nobody gets access by it"),
    quantity: harmless("quantity", "how many dynos run: nobody gets access by it"),
    type: { label: "process type", compare: unclear },
    appId: { label: "app", compare: forAPerson("the dynos of another app"), follows: true },
  },
  created: {
    rank: "neutral",
    note: "new",
    harmless: "how many dynos of an app run; what runs in them is a release's",
    inNew: "of an app that is made by the same update",
  },
  deleted: { rank: "neutral", note: "removed", harmless: "the dynos stay as they are" },
  countsNeutral: true,
};

export const apps: Section = {
  title: "Heroku",
  kinds: {
    [types.heroku.app]: app,
    "heroku:app/configAssociation:ConfigAssociation": configAssociation,
    [types.heroku.formation]: formation,
  },
};
