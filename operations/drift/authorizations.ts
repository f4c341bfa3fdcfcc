import { makesAuthorization } from "../../lib/heroku/authorization.ts";
import { HerokuError, heroku } from "../../lib/heroku/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { sectionOf, subjectFor } from "../../lib/kinds/kinds.ts";
import { plain, type StoredResource } from "../../lib/pulumi/stored.ts";
import { types } from "../../lib/pulumi/types.ts";
import type { Properties } from "../../lib/pulumi/values.ts";
import type { DriftedResource } from "./resources.ts";

/**
 * The pipelines' authorizations that were revoked. A refresh does not see it: to the engine they are commands
 * with nothing outside to be read.
 */
export async function revokedAuthorizations(
  stored: readonly StoredResource[],
  account: Account,
  stack: string,
): Promise<DriftedResource[]> {
  const revoked: DriftedResource[] = [];
  for (const { urn, inputs, outputs } of commandsIn(stored)) {
    const { id } = JSON.parse(plain(outputs.stdout)) as { id: string };
    if (await exists(account, id)) continue;
    const create = plain(inputs.create);
    const environment = { DESCRIPTION: plain((inputs.environment as Properties | undefined)?.DESCRIPTION) };
    const [noun, name] = subjectFor(types.command, { create, environment });
    revoked.push({
      section: sectionOf(types.command).title,
      noun,
      name,
      owner: "",
      what: "deleted",
      attributes: [],
      urn,
      restore: `npx pulumi up --stack ${stack} --target-replace '${urn}' --target-dependents`,
    });
  }
  return revoked;
}

/** Ids of the authorizations that the stack made. */
export function ownAuthorizations(stored: readonly StoredResource[]): string[] {
  return commandsIn(stored).map(({ outputs }) => (JSON.parse(plain(outputs.stdout)) as { id: string }).id);
}

const commandsIn = (stored: readonly StoredResource[]) =>
  stored.filter(({ type, inputs }) => type === types.command && makesAuthorization(plain(inputs.create)));

async function exists(account: Account, id: string): Promise<boolean> {
  try {
    await heroku(account, "look-up of an authorization", `/oauth/authorizations/${id}`);
    return true;
  } catch (error) {
    if (error instanceof HerokuError && error.status === 404) return false;
    throw error;
  }
}
