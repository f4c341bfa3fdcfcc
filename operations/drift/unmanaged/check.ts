/** What is in a project or an app that the stack did not make: how one check looks, and how all of them run. */
import { redact } from "../../../lib/credentials/patterns.ts";
import { GitLabError, gitlab, gitlabList } from "../../../lib/gitlab/client.ts";
import type { Account } from "../../../lib/http/account.ts";
import { type Called, called } from "../../../lib/kinds/called.ts";
import { kindOf } from "../../../lib/kinds/kinds.ts";
import type { State, Step } from "../../../lib/pulumi/preview.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { typeOf } from "../../../lib/pulumi/urn.ts";
import { type Properties, shown } from "../../../lib/pulumi/values.ts";
import type { Undo } from "../undo.ts";

/** Something that the stack did not make and that weakens what it guards. */
export interface Unmanaged extends Called {
  /** Why it is told. */
  readonly effect: string;
  /** What to do about it: a page or a command. */
  readonly remedy: string;
  /** Who and when, where the service tells: `2026-11-29 10:08 UTC, by eve`. */
  readonly since?: string;
  /** Whether it is of what is around the stack: a group, the instance, the account. */
  readonly isAround?: boolean;
  /** The call that takes it away; the report shows it as a command. */
  readonly undo?: Undo;
}

/** A project or an app of the stack, as a refresh found it. */
export interface Place {
  readonly id: string;
  /** Path of the project, name of the app. */
  readonly name: string;
  /** As the state has it. */
  readonly state: State;
  /** As it is now. */
  readonly present: State;
  /** As the service's API describes it now; empty for an app. */
  readonly detail: Properties;
  /** The stack's own resources of a type that belong to it, as the stack wants them: what was changed hides nothing. */
  own(type: string): readonly State[];
}

/** Looks for one sort of thing in one place. @throws when it cannot be found out */
export type Check = (place: Place, account: Account) => Promise<readonly Unmanaged[]>;

/** A list of GitLab's API and what makes an entry of it worth telling. */
export interface ListCheck<Item> {
  /** What is listed, in words: `access tokens`. */
  readonly what: string;
  /** Path below the project: `access_tokens`. */
  readonly path: string;
  /** Page of the project where an entry can be removed, below `/-/`. */
  readonly page: string;
  /** Whether tiers and roles without the list refuse it; the rest is then still worth a look. */
  readonly isOptional?: boolean;
  /** What an entry is called. For a kind that a stack can have too, `subjectFor` gives the words. */
  readonly subject: (item: Item) => readonly [noun: string, name: string];
  /** How an entry weakens the project; undefined where it is the stack's own or weakens nothing. */
  readonly effect: (item: Item, place: Place) => string | undefined;
  /** Whose it is, where it is not the project's. */
  readonly owner?: (item: Item) => string | undefined;
  /** Where a DELETE takes it away: below the project, or from the start of the API with a `/`. */
  readonly remove?: (item: Item) => string;
}

/** What many entries of lists tell of who made them and when. */
interface Dated {
  readonly created_at?: string | null;
  readonly owner?: { readonly username?: string } | null;
  readonly created_by?: { readonly username?: string } | null;
}

/** `2026-11-29 10:08 UTC, by eve`, as far as it is told. */
export function sinceWords(at: string | null | undefined, by?: string): string | undefined {
  const when = at ? `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC` : "";
  const words = [when, by ? `by ${by}` : ""].filter((part) => part !== "").join(", ");
  return words === "" ? undefined : redact(words);
}

/** When and by whom an entry of a list was made, as far as it says so. */
export function sinceOf(item: unknown): string | undefined {
  const { created_at: at, owner, created_by: maker } = item as Dated;
  return sinceWords(at, owner?.username ?? maker?.username);
}

/** A list that the API refused, so that it is a note and no failure. */
export class NotLookedAt extends Error {}

const noAccess = [401, 403, 404];

/** A check of a list of a GitLab project. */
export function listCheck<Item>(list: ListCheck<Item>): Check {
  const { what, path, page, isOptional, subject, effect, owner, remove } = list;
  return async (place, account) => {
    const items = await read(
      gitlabList<Item>(account, `/projects/${place.id}/${path}`),
      `${what} of ${place.name}`,
      isOptional ?? false,
    );
    return items.flatMap((item) => {
      const found = effect(item, place);
      if (found === undefined) return [];
      const [noun, name] = subject(item);
      const remedy = `remove it: ${shown(place.state.outputs?.webUrl)}/-/${page}`;
      const since = sinceOf(item);
      const where = remove?.(item);
      const undo = where && removal(where.startsWith("/") ? where : `/projects/${place.id}/${where}`);
      return [
        {
          noun,
          name: redact(name),
          owner: owner?.(item) ?? place.name,
          effect: redact(found),
          remedy,
          ...(since && { since }),
          ...(undo && { undo }),
        },
      ];
    });
  };
}

/** The call that takes something of GitLab away. */
export const removal = (path: string): Undo => ({ service: "gitlab", method: "DELETE", path });

/** What was asked of GitLab; what a tier or a role may be without is a note where it is optional. */
export function read<T>(answer: Promise<T>, words: string, isOptional = true): Promise<T> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof GitLabError)) throw error;
    const said = `${words} cannot be read: ${error.message}`;
    throw isOptional && noAccess.includes(error.status)
      ? new NotLookedAt(`not checked: ${words} (${error.message})`)
      : new Error(said);
  });
}

/** What checks gave, and what could not be looked at and why. */
export interface Found {
  readonly unmanaged: readonly Unmanaged[];
  readonly notes: readonly string[];
}

/**
 * Runs checks in every place of a type that a refresh found.
 * @throws when what must be readable is not
 */
export async function runChecks(
  steps: readonly Step[],
  type: string,
  checks: readonly Check[],
  account: Account,
): Promise<Found> {
  const notes: string[] = [];
  const found = placesOf(steps, type);
  const seen =
    type === places.project ? await Promise.all(found.map((one) => described(one, account))) : found;
  const looks = seen.flatMap((place) =>
    checks.map((check) =>
      check(place, account).catch((error: unknown) => {
        if (!(error instanceof NotLookedAt)) throw error;
        notes.push(error.message);
        return [];
      }),
    ),
  );
  const unmanaged = (await Promise.all(looks)).flat();
  return { unmanaged: unmanaged.sort((a, b) => called(a).localeCompare(called(b))), notes };
}

/** @throws when the project that the refresh found cannot be read */
async function described(place: Place, account: Account): Promise<Place> {
  return { ...place, detail: await gitlab<Properties>(account, `/projects/${place.id}`) };
}

/** The places of a type that a refresh found. */
export function placesOf(steps: readonly Step[], type: string): Place[] {
  const alive = steps.filter(({ op, newState }) => op !== "delete" && newState);
  return alive
    .filter(({ urn }) => typeOf(urn) === type)
    .map(({ oldState, newState }): Place => {
      const present = newState ?? {};
      const state = oldState ?? present;
      const id = String(state.id);
      return {
        id,
        name: shown(state.outputs?.pathWithNamespace ?? state.outputs?.name),
        state,
        present,
        detail: {},
        own: (wanted) =>
          steps
            .filter(({ urn }) => typeOf(urn) === wanted)
            .flatMap(({ oldState: old, newState: one }): State[] => [old ?? one ?? []].flat())
            .filter((one) => belongs(one, wanted, id)),
      };
    });
}

function belongs(state: State | undefined, type: string, id: string): boolean {
  const key = kindOf(type)?.owner;
  return key !== undefined && shown({ ...state?.inputs, ...state?.outputs }[key]) === id;
}

/** Types of the places that there are checks for. */
export const places = { project: types.gitlab.project, app: types.heroku.app } as const;
