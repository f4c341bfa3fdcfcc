/** Removes what a ledger names and is still there, with the services' own APIs: past Pulumi, whatever its state says. */
import { setTimeout as delay } from "node:timers/promises";
import type { Entry, Ledger } from "./ledger.ts";
import type { AccountsSettings, Credentials } from "./settings.ts";

export interface Accounts extends Pick<AccountsSettings, "gitlabUrl" | "herokuUrl" | "namespace"> {
  readonly credentials: Credentials;
  /** How long a service may take to remove something. */
  readonly patienceMs?: number;
}

/** What is still there, and why. */
export interface Leftover {
  readonly entry: Entry;
  readonly reason: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** How one kind is found and removed. */
interface Remover {
  /** Path of an entry in the service's API, or undefined when the service has it no more. */
  find(entry: Entry): Promise<string | undefined>;
  remove(path: string): Promise<void>;
}

/**
 * Removes every entry that stands by itself, the newest first, and notes it in the ledger. What is part of something
 * goes with that. Goes on where one cannot be removed. @returns what is left
 */
export async function removeAll(
  ledger: Ledger,
  accounts: Accounts,
  onLine: (line: string) => void,
): Promise<Leftover[]> {
  const removers = removersFor(accounts);
  const leftovers: Leftover[] = [];
  const standing = ledger.entries().filter(({ within }) => within === undefined);
  for (const entry of standing.filter(({ state }) => state === "asked" || state === "created").reverse()) {
    const words = `${entry.service} ${entry.kind} ${entry.name || (entry.id ?? "")}`.trimEnd();
    try {
      const remover = removers[`${entry.service} ${entry.kind}`];
      if (!remover) throw new Error("nobody has said here how this is removed");
      await removeOne(remover, entry, accounts.patienceMs);
      ledger.removed(entry.number);
      onLine(`${words}: gone`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      leftovers.push({ entry, reason });
      onLine(`${words}: still there: ${reason}`);
    }
  }
  return leftovers;
}

async function removeOne(remover: Remover, entry: Entry, patienceMs = 60_000): Promise<void> {
  for (const end = Date.now() + patienceMs; ; await delay(300)) {
    const path = await remover.find(entry);
    if (path === undefined) return;
    if (Date.now() > end)
      throw new Error(`it is there ${patienceMs / 1000} s after its removal was asked for`);
    await remover.remove(path);
  }
}

function removersFor({ gitlabUrl, herokuUrl, namespace, credentials }: Accounts): Record<string, Remover> {
  const gitlab = client("GitLab", gitlabUrl, { "private-token": credentials.GITLAB_TOKEN });
  const heroku = client("Heroku", herokuUrl, {
    authorization: `Bearer ${credentials.HEROKU_API_KEY}`,
    accept: "application/vnd.heroku+json; version=3",
  });
  const there = (api: Client, path: string) =>
    api("GET", path, [200, 404]).then(({ status }) => (status === 200 ? path : undefined));
  const simple = (api: Client, pathOf: (entry: Entry) => string): Remover => ({
    find: (entry) => there(api, pathOf(entry)),
    remove: (path) => api("DELETE", path, [200, 202, 204, 404]).then(() => undefined),
  });
  return {
    "gitlab project": {
      find: ({ id, name }) => there(gitlab, `/projects/${id ?? encodeURIComponent(`${namespace}/${name}`)}`),
      remove: (path) => removeProject(gitlab, path),
    },
    "gitlab runner": {
      async find({ id, name }) {
        if (id !== undefined) return there(gitlab, `/runners/${id}`);
        const { body } = await gitlab("GET", "/runners?per_page=100", [200]);
        const found = (body as Array<{ id: number; description: string }>).find(
          ({ description }) => description === name,
        );
        return found && `/runners/${found.id}`;
      },
      remove: simple(gitlab, () => "").remove,
    },
    "heroku app": simple(heroku, ({ id, name }) => `/apps/${id ?? name}`),
    "heroku authorization": {
      async find({ id, name }) {
        if (id !== undefined) return there(heroku, `/oauth/authorizations/${id}`);
        const { body } = await heroku("GET", "/oauth/authorizations", [200, 206]);
        const found = (body as Array<{ id: string; description: string }>).find(
          ({ description }) => description === name,
        );
        return found && `/oauth/authorizations/${found.id}`;
      },
      remove: simple(heroku, () => "").remove,
    },
  };
}

/**
 * GitLab marks a deleted project and keeps it for some days. What is marked can be removed at once.
 * https://docs.gitlab.com/api/projects/#delete-a-project
 */
async function removeProject(gitlab: Client, path: string): Promise<void> {
  const { body } = await gitlab("GET", path, [200, 404]);
  const { id, path_with_namespace, marked_for_deletion_on } = (body ?? {}) as {
    id?: number;
    path_with_namespace?: string;
    marked_for_deletion_on?: string | null;
  };
  if (id === undefined || path_with_namespace === undefined) return;
  if (!marked_for_deletion_on) {
    await gitlab("DELETE", `/projects/${id}`, [202, 204, 404]);
    return;
  }
  const query = new URLSearchParams({ permanently_remove: "true", full_path: path_with_namespace });
  const { status } = await gitlab("DELETE", `/projects/${id}?${query}`, [202, 204, 400, 403, 404]);
  if (status === 400 || status === 403) {
    throw new Error(`GitLab keeps it, marked for deletion, and removes it on ${marked_for_deletion_on}`);
  }
}

type Client = (method: string, path: string, expected: readonly number[]) => Promise<Answer>;

/** @throws for another status, without anything of the answer, which may hold values */
function client(service: string, url: string, headers: Readonly<Record<string, string>>): Client {
  return async (method, path, expected) => {
    const signal = AbortSignal.timeout(30_000);
    const answer = await fetch(`${url}${path}`, { method, headers, signal });
    const text = await answer.text();
    if (!expected.includes(answer.status)) {
      throw new Error(`${service} answered ${answer.status} to ${method} ${path.split("?")[0]}`);
    }
    return { status: answer.status, body: answer.ok && text !== "" ? JSON.parse(text) : undefined };
  };
}
