/** What is connected to an app and how it is set, beside what the stack wants. */
import { HerokuError, heroku, herokuList } from "../../../lib/heroku/client.ts";
import type { Account } from "../../../lib/http/account.ts";
import { shown } from "../../../lib/pulumi/values.ts";
import type { Undo } from "../undo.ts";
import { type Check, NotLookedAt, type Place, sinceOf, sinceWords, type Unmanaged } from "./check.ts";

const noAccess = [401, 402, 403, 404];

/** A list of an app. What an account or a tier may be without is a note. */
export async function listOf<T>(account: Account, what: string, path: string): Promise<T[]> {
  return asked(herokuList<T>(account, what, path).then(({ list }) => list));
}

export function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof HerokuError) || !noAccess.includes(error.status)) throw error;
    throw new NotLookedAt(`not checked: ${error.message}`);
  });
}

/** A list of an app and what makes an entry of it worth telling. */
interface AppList<Item> {
  readonly what: string;
  readonly path: string;
  readonly told: (
    item: Item,
    place: Place,
  ) => Pick<Unmanaged, "noun" | "name" | "effect" | "remedy"> | undefined;
  /** Whether its date is that of the finding: a feature has the date on which Heroku brought it. */
  readonly isDated?: boolean;
  readonly undo: (item: Item) => Pick<Undo, "method" | "body"> & { readonly at: string };
}

function appList<Item>({ what, path, told, undo, isDated = true }: AppList<Item>): Check {
  return async (place, account) => {
    const at = `/apps/${place.id}/${path}`;
    const items = await listOf<Item>(account, `${what} of ${place.name}`, at);
    return items.flatMap((item): Unmanaged[] => {
      const found = told(item, place);
      if (!found) return [];
      const { at: rest, ...call } = undo(item);
      const since = isDated ? sinceOf(item) : undefined;
      return [
        {
          ...found,
          owner: place.name,
          ...(since && { since }),
          undo: { service: "heroku", path: `${at}/${rest}`, ...call },
        },
      ];
    });
  };
}

const host = (url: string) => (URL.canParse(url) ? new URL(url).host : "somebody");

interface Collaborator {
  readonly id: string;
  readonly created_at: string;
  readonly role: string | null;
  readonly permissions?: readonly { readonly name: string }[];
  readonly user: { readonly email: string };
}

/** https://devcenter.heroku.com/articles/platform-api-reference#collaborator; the owner is always one of them. */
const collaborators = appList<Collaborator>({
  what: "collaborators",
  path: "collaborators",
  told({ role, permissions = [], user }, { name }) {
    if (role === "owner") return undefined;
    const may = permissions.map((one) => one.name).join(", ") || "deploy and read config vars";
    return {
      noun: "collaborator",
      name: user.email,
      effect: `has access to the app: ${may}`,
      remedy: `remove them: heroku access:remove ${user.email} --app ${name}`,
    };
  },
  undo: ({ id }) => ({ method: "DELETE", at: id }),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#domain */
const domains = appList<{ hostname: string; kind: string; created_at: string }>({
  what: "domains",
  path: "domains",
  told: ({ hostname, kind }, { name }) =>
    kind === "custom"
      ? {
          noun: "domain",
          name: hostname,
          effect: "reaches the app by a name of somebody's",
          remedy: `remove it: heroku domains:remove ${hostname} --app ${name}`,
        }
      : undefined,
  undo: ({ hostname }) => ({ method: "DELETE", at: encodeURIComponent(hostname) }),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#app-feature; a new app has none that is on. */
const features = appList<{ name: string; enabled: boolean; display_name?: string }>({
  what: "features",
  path: "features",
  isDated: false,
  told: ({ name, enabled, display_name: label }, place) =>
    enabled
      ? {
          noun: "feature",
          name,
          effect: `off -> on${label ? ` (${label})` : ""}`,
          remedy: `switch it off: heroku features:disable ${name} --app ${place.name}`,
        }
      : undefined,
  undo: ({ name }) => ({ method: "PATCH", at: name, body: { enabled: false } }),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#app-webhook */
const webhooks = appList<{ id: string; url: string; include: string[]; created_at: string }>({
  what: "webhooks",
  path: "webhooks",
  told: ({ id, url, include }, { name }) => ({
    noun: "webhook",
    name: `${id.slice(0, 8)} (${host(url)})`,
    effect: `tells ${host(url)} of ${include.join(", ")}`,
    remedy: `remove it: heroku webhooks:remove ${id} --app ${name}`,
  }),
  undo: ({ id }) => ({ method: "DELETE", at: id }),
});

/** https://devcenter.heroku.com/articles/platform-api-reference#log-drain */
const drains = appList<{ id: string; url: string; created_at: string }>({
  what: "log drains",
  path: "log-drains",
  told: ({ id, url }, { name }) => ({
    noun: "log drain",
    name: `${id.slice(0, 8)} (${host(url)})`,
    effect: `sends the app's logs to ${host(url)}`,
    remedy: `remove it: heroku drains:remove ${id} --app ${name}`,
  }),
  undo: ({ id }) => ({ method: "DELETE", at: id }),
});

interface AppState {
  readonly acm?: boolean;
  readonly maintenance?: boolean;
  readonly updated_at?: string;
}

/** Switches of the app itself; its stack is in the refresh: https://devcenter.heroku.com/articles/platform-api-reference#app */
const switches: Check = async ({ id, name: owner, state }, account) => {
  const path = `/apps/${id}`;
  const app = await asked(heroku<AppState>(account, `look-up of ${owner}`, path));
  const since = sinceWords(app.updated_at);
  const found: Unmanaged[] = [];
  const tell = (name: string, effect: string, remedy: string, undo: Omit<Undo, "service">) =>
    found.push({
      noun: "setting",
      name: `"${name}"`,
      owner,
      effect,
      remedy,
      ...(since && { since: `${since} or before` }),
      undo: { service: "heroku", ...undo },
    });
  if (app.maintenance === true) {
    tell(
      "maintenance",
      "off -> on: nobody reaches the models",
      `set it back: heroku maintenance:off --app ${owner}`,
      {
        method: "PATCH",
        path,
        body: { maintenance: false },
      },
    );
  }
  if (app.acm !== undefined && app.acm !== (state.inputs?.acm ?? false)) {
    tell(
      "certificates by Heroku",
      `${app.acm ? "off -> on" : "on -> off"}`,
      `set it back: heroku certs:auto --app ${owner}`,
      {
        method: app.acm ? "DELETE" : "POST",
        path: `${path}/acm`,
        ...(!app.acm && { body: {} }),
      },
    );
  }
  return found;
};

/** https://devcenter.heroku.com/articles/platform-api-reference#buildpack-installations */
const buildpacks: Check = async ({ id, name: owner, state }, account) => {
  const path = `/apps/${id}/buildpack-installations`;
  const own = Array.isArray(state.inputs?.buildpacks) ? state.inputs.buildpacks.map(String) : [];
  const installed = await asked(
    heroku<{ buildpack: { url: string } }[]>(account, `look-up of ${owner}'s buildpacks`, path),
  );
  const urls = installed.map(({ buildpack }) => buildpack.url);
  if (urls.join("\n") === own.join("\n")) return [];
  return [
    {
      noun: "setting",
      name: '"buildpacks"',
      owner,
      effect: `${shown(own)} -> ${shown(urls)} (they build what is pushed to Heroku's git)`,
      remedy:
        own.length === 0
          ? `set it back: heroku buildpacks:clear --app ${owner}`
          : `set it back: heroku buildpacks --app ${owner}`,
      undo: {
        service: "heroku",
        method: "PUT",
        path,
        body: { updates: own.map((buildpack) => ({ buildpack })) },
      },
    },
  ];
};

export const appChecks: readonly Check[] = [
  collaborators,
  domains,
  features,
  webhooks,
  drains,
  switches,
  buildpacks,
];
