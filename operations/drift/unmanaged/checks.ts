/** The table of what is looked for beside the stack's own resources. */
import type { Account } from "../../../lib/http/account.ts";
import { called } from "../../../lib/kinds/called.ts";
import type { Step } from "../../../lib/pulumi/preview.ts";
import { appChecks } from "./app.ts";
import { authorizationsCheck } from "./authorizations.ts";
import { type Check, type Found, places, placesOf, runChecks, type Unmanaged } from "./check.ts";
import { configVarsCheck } from "./config-vars.ts";
import { connectionChecks } from "./connections.ts";
import { credentialChecks } from "./credentials.ts";
import { surroundingsOf } from "./groups.ts";
import { peopleChecks } from "./people.ts";
import { protectionChecks } from "./protection.ts";
import { rollbackCheck } from "./releases.ts";
import { settingsCheck, unknownSettingsCheck } from "./settings.ts";

const ofProjects: readonly Check[] = [
  ...protectionChecks,
  ...credentialChecks,
  ...peopleChecks,
  ...connectionChecks,
  settingsCheck,
  unknownSettingsCheck,
];
const ofApps: readonly Check[] = [configVarsCheck, ...appChecks, rollbackCheck];

/**
 * What is in the stack's projects and apps, and above them, that the stack did not make and that weakens them.
 * @param steps of a refresh: what the stack has, as it is now
 * @param authorizations ids of the stack's own authorizations; without them those of the account are not looked at
 * @throws when what must be readable is not
 */
export async function unmanagedIn(
  steps: readonly Step[],
  accounts: { readonly gitlab: Account; readonly heroku: Account },
  authorizations?: readonly string[],
): Promise<Found> {
  const own = new Set(
    [...placesOf(steps, places.project), ...placesOf(steps, places.app)].map(({ name }) => name),
  );
  const found = await Promise.all([
    runChecks(steps, places.project, ofProjects, accounts.gitlab),
    surroundingsOf(steps, accounts.gitlab),
    runChecks(
      steps,
      places.app,
      [...ofApps, ...(authorizations ? [authorizationsCheck(authorizations)] : [])],
      accounts.heroku,
    ),
  ]);
  return {
    unmanaged: once(found.flatMap(({ unmanaged }) => unmanaged)).map((one) =>
      own.has(one.owner) ? one : { ...one, isAround: true },
    ),
    notes: [...new Set(found.flatMap(({ notes }) => notes))].sort(),
  };
}

/** What several projects see is told once, and what belongs to one owner stands together. */
function once(found: readonly Unmanaged[]): Unmanaged[] {
  const key = (one: Unmanaged) => JSON.stringify([one.noun, one.name, one.owner, one.effect, one.undo?.path]);
  const kept = [...new Map(found.map((one) => [key(one), one])).values()];
  return kept.sort((a, b) => a.owner.localeCompare(b.owner) || called(a).localeCompare(called(b)));
}
