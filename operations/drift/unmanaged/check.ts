/** What is in a project or an app that the stack did not make: how one check looks, and how all of them run. */
import { redact } from "../../../lib/credentials/patterns.ts";
import { GitLabError, gitlabList } from "../../../lib/gitlab/client.ts";
import type { Account } from "../../../lib/http/account.ts";
import { type Called, called } from "../../../lib/kinds/called.ts";
import { kindOf } from "../../../lib/kinds/kinds.ts";
import type { State, Step } from "../../../lib/pulumi/preview.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { typeOf } from "../../../lib/pulumi/urn.ts";
import { shown } from "../../../lib/pulumi/values.ts";

/** Something that the stack did not make and that weakens what it guards. */
export interface Unmanaged extends Called {
  /** Why it is told. */
  readonly effect: string;
  /** What to do about it: a page or a command. */
  readonly remedy: string;
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
  /** The stack's own resources of a type that belong to it, as they are now. */
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
  /** Settings page of the project where an entry can be removed. */
  readonly page: "access_tokens" | "ci_cd" | "repository";
  /** Whether tiers and roles without the list refuse it; the rest is then still worth a look. */
  readonly isOptional?: boolean;
  /** What an entry is called. For a kind that a stack can have too, `subjectFor` gives the words. */
  readonly subject: (item: Item) => readonly [noun: string, name: string];
  /** How an entry weakens the project; undefined where it is the stack's own or weakens nothing. */
  readonly effect: (item: Item, place: Place) => string | undefined;
}

/** A list that the API refused, so that it is a note and no failure. */
export class NotLookedAt extends Error {}

const noAccess = [401, 403, 404];

/** A check of a list of a GitLab project. */
export function listCheck<Item>(list: ListCheck<Item>): Check {
  const { what, path, page, isOptional, subject, effect } = list;
  return async (place, account) => {
    const items = await gitlabList<Item>(account, `/projects/${place.id}/${path}`).catch((error: unknown) => {
      if (!(error instanceof GitLabError)) throw error;
      const words = `${what} of ${place.name} cannot be read: ${error.message}`;
      throw isOptional && noAccess.includes(error.status)
        ? new NotLookedAt(`${words}; skipped`)
        : new Error(words);
    });
    return items.flatMap((item) => {
      const found = effect(item, place);
      if (found === undefined) return [];
      const [noun, name] = subject(item);
      const remedy = `remove it: ${shown(place.state.outputs?.webUrl)}/-/settings/${page}`;
      return [{ noun, name: redact(name), owner: place.name, effect: found, remedy }];
    });
  };
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
  const looks = placesOf(steps, type).flatMap((place) =>
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

function placesOf(steps: readonly Step[], type: string): Place[] {
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
        own: (wanted) =>
          alive
            .filter(({ urn, newState: one }) => typeOf(urn) === wanted && belongs(one, wanted, id))
            .map((one) => one.newState as State),
      };
    });
}

function belongs(state: State | undefined, type: string, id: string): boolean {
  const key = kindOf(type)?.owner;
  return key !== undefined && shown({ ...state?.inputs, ...state?.outputs }[key]) === id;
}

/** Types of the places that there are checks for. */
export const places = { project: types.gitlab.project, app: types.heroku.app } as const;
