import type { Account } from "../../lib/http/account.ts";
import { plain, type StoredResource } from "../../lib/pulumi/stored.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { storedResources } from "../cli/stored-resources.ts";
import { revokedAuthorizations } from "./authorizations.ts";
import { refreshSteps } from "./engine.ts";
import type { Report } from "./report.ts";
import { driftedResources, unreadableValues } from "./resources.ts";
import { unmanagedIn } from "./unmanaged/checks.ts";

/** Compares everything that the stack has with the services, by the credentials that are in its state. */
export async function compareStack(stack: string): Promise<Report> {
  const steps = await refreshSteps(stack);
  const stored = await storedResources(stack);
  if (stored.length === 0) throw new Error(`stack ${stack} is empty; \`npx pulumi up\` fills it`);
  const accounts = {
    gitlab: account(stored, types.gitlab.provider, "baseUrl", "token"),
    heroku: account(stored, types.heroku.provider, "url", "apiKey"),
  };
  const { unmanaged, notes } = await unmanagedIn(steps, accounts);
  const unreadable = unreadableValues(steps);
  return {
    stack,
    drift: [
      ...driftedResources(steps, stack),
      ...(await revokedAuthorizations(stored, accounts.heroku, stack)),
    ],
    unmanaged,
    notes: [
      ...notes,
      ...(unreadable.length > 0
        ? [
            `GitLab gives no value of hidden variables back, so these values were not compared: ${unreadable.join(", ")}`,
          ]
        : []),
    ],
  };
}

/** The account that the state's provider uses: what the refresh used, too. */
function account(stored: readonly StoredResource[], type: string, urlKey: string, tokenKey: string): Account {
  const name = type.split(":").at(-1) ?? "";
  const provider = stored.find((one) => one.type === type && nameIn(one.urn) === name);
  const url = plain(provider?.inputs[urlKey]);
  const token = plain(provider?.inputs[tokenKey]);
  if (url && token) return { url, token };
  throw new Error(
    `the state has no provider ${name} with ${urlKey} and ${tokenKey}; \`npx pulumi up\` writes it`,
  );
}
