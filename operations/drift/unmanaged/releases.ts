/** Whether an app runs what was released last. */

import { listOf } from "./app.ts";
import { type Check, sinceWords } from "./check.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#release */
export interface Release {
  readonly id: string;
  readonly version: number;
  readonly description: string;
  readonly status: string;
  readonly created_at: string;
  readonly user: { readonly email: string };
}

/** What the newest release runs, and what it should. */
export interface Rollback {
  /** The release whose image runs. */
  readonly runs: number;
  /** The release that brought the newest image. */
  readonly newest: Release;
  /** The rollback that led there. */
  readonly by: Release;
}

/**
 * The rollback after which an app runs an older image than the one that was released last; undefined where there is
 * none. A release that changes config vars runs what ran before it.
 * https://devcenter.heroku.com/articles/releases#rollback
 */
export function rollbackIn(releases: readonly Release[]): Rollback | undefined {
  const imageOf = new Map<number, number>();
  let runs: number | undefined;
  let newest: Release | undefined;
  let by: Release | undefined;
  for (const release of releases.toSorted((a, b) => a.version - b.version)) {
    if (release.status !== "succeeded") continue;
    const target = /^Rollback to v(\d+)/.exec(release.description)?.[1];
    if (target !== undefined) {
      runs = imageOf.get(Number(target)) ?? Number(target);
      by = release;
    } else if (/^(Deploy|Promote|Update .* by )/.test(release.description)) {
      runs = release.version;
      newest = release;
      by = undefined;
    }
    if (runs !== undefined) imageOf.set(release.version, runs);
  }
  return runs !== undefined && newest && by && runs !== newest.version ? { runs, newest, by } : undefined;
}

export const rollbackCheck: Check = async ({ id, name: owner }, account) => {
  const path = `/apps/${id}/releases`;
  const found = rollbackIn(await listOf<Release>(account, `releases of ${owner}`, path));
  if (!found) return [];
  const { runs, newest, by } = found;
  const since = sinceWords(by.created_at, by.user.email);
  return [
    {
      noun: "rollback",
      name: `v${by.version}`,
      owner,
      effect: `runs what v${runs} brought, not what was released last (v${newest.version})`,
      remedy: `go forward again: heroku rollback v${newest.version} --app ${owner}`,
      ...(since && { since }),
      undo: { service: "heroku", method: "POST", path, body: { release: newest.id } },
    },
  ];
};
