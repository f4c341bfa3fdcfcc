/** The table of what is looked for beside the stack's own resources. */
import type { Account } from "../../../lib/http/account.ts";
import type { Step } from "../../../lib/pulumi/preview.ts";
import { type Check, type Found, places, runChecks } from "./check.ts";
import { configVarsCheck } from "./config-vars.ts";
import { credentialChecks } from "./credentials.ts";
import { protectionChecks } from "./protection.ts";
import { settingsCheck } from "./settings.ts";

const ofProjects: readonly Check[] = [...protectionChecks, ...credentialChecks, settingsCheck];
const ofApps: readonly Check[] = [configVarsCheck];

/**
 * What is in the stack's projects and apps that the stack did not make and that weakens them.
 * @param steps of a refresh: what the stack has, as it is now
 * @throws when what must be readable is not
 */
export async function unmanagedIn(
  steps: readonly Step[],
  accounts: { readonly gitlab: Account; readonly heroku: Account },
): Promise<Found> {
  const found = await Promise.all([
    runChecks(steps, places.project, ofProjects, accounts.gitlab),
    runChecks(steps, places.app, ofApps, accounts.heroku),
  ]);
  return {
    unmanaged: found.flatMap(({ unmanaged }) => unmanaged),
    notes: found.flatMap(({ notes }) => notes),
  };
}
