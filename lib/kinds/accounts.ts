/** The stack's own accounts: the providers through which it reaches the two services. */
import { types } from "../pulumi/types.ts";
import { shown } from "../pulumi/values.ts";
import { forAPerson, safeWhen, unclear } from "./comparers.ts";
import { type Attribute, type Event, harmless, harmlessHidden, type Kind, type Section } from "./kind.ts";

const ofEveryProvider: Readonly<Record<string, Attribute>> = {
  version: harmless(
    "provider's version",
    "its plugin is one of the provider's own, unless its address is told",
  ),
  pluginDownloadURL: { label: "provider's download address", compare: unclear },
};
const address: Attribute = {
  label: "address",
  compare: forAPerson("another service: its resources there are taken for these"),
};

const token = "another credential for the same address; whoever runs the stack has it";

/** Addresses of the services that a provider reaches. */
const addresses = ["baseUrl", "url", "host"] as const;

const created: Event = {
  rank: "unclear",
  note: (inputs) => {
    const named = addresses.map((key) => inputs[key]).find((one) => one !== undefined);
    return `new provider, for ${named === undefined ? "the address that it has by default" : shown(named)}`;
  },
  inNew: "the stack's first",
};
const deleted: Event = {
  rank: "neutral",
  note: "no longer used",
  harmless: "its resources went, or have another one, and each is told",
};

/** One account of a service has the service's name, a second one its own as well. */
const account =
  (service: string, plain: string): Kind["subject"] =>
  (_, name) => ["the stack's own account", name === "" || name === plain ? service : `${service} (${name})`];

const gitlab: Kind = {
  subject: account("GitLab", "gitlab"),
  created,
  deleted,
  attributes: {
    baseUrl: address,
    token: harmlessHidden("token", token),
    insecure: { label: "certificate not checked", compare: safeWhen(false), absent: false },
    ...ofEveryProvider,
  },
  credentials: ["token", "clientKey"],
};

const heroku: Kind = {
  subject: account("Heroku", "heroku"),
  created,
  deleted,
  attributes: {
    url: address,
    apiKey: harmlessHidden("key", token),
    email: harmless("e-mail", "the name that goes with the key"),
    ...ofEveryProvider,
  },
  credentials: ["apiKey"],
};

/** The docker engine that images are built by. */
const docker: Kind = {
  subject: account("docker", "docker"),
  created,
  deleted,
  attributes: {
    host: {
      label: "engine",
      compare: forAPerson("images are built there, with the passwords that they need"),
    },
    ...ofEveryProvider,
  },
};

export const accounts: Section = {
  title: "Accounts",
  kinds: {
    [types.gitlab.provider]: gitlab,
    [types.heroku.provider]: heroku,
    [types.dockerProvider]: docker,
  },
};
