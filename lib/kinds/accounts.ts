/** The stack's own accounts: the providers through which it reaches the two services. */
import { types } from "../pulumi/types.ts";
import { forAPerson, hidden, neutral, safeWhen, unclear } from "./comparers.ts";
import type { Attribute, Kind, Section } from "./kind.ts";

const ofEveryProvider: Readonly<Record<string, Attribute>> = {
  version: { label: "provider's version", compare: neutral },
  pluginDownloadURL: { label: "provider's download address", compare: unclear },
};
const address: Attribute = {
  label: "address",
  compare: forAPerson("another service: its resources there are taken for these"),
};

const gitlab: Kind = {
  subject: () => ["the stack's own account", "GitLab"],
  attributes: {
    baseUrl: address,
    token: { label: "token", compare: hidden("neutral") },
    insecure: { label: "certificate not checked", compare: safeWhen(false), absent: false },
    ...ofEveryProvider,
  },
  credentials: ["token", "clientKey"],
};

const heroku: Kind = {
  subject: () => ["the stack's own account", "Heroku"],
  attributes: {
    url: address,
    apiKey: { label: "key", compare: hidden("neutral") },
    email: { label: "e-mail", compare: neutral },
    ...ofEveryProvider,
  },
  credentials: ["apiKey"],
};

export const accounts: Section = {
  title: "Accounts",
  kinds: { [types.gitlab.provider]: gitlab, [types.heroku.provider]: heroku },
};
