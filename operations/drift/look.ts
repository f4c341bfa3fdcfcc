import type { Account } from "../../infra/config/config.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { changesOf, unreadableValues } from "./changes.ts";
import { plain, refreshSteps, type StoredResource, storedResources } from "./engine.ts";
import { extraConfigVars, revokedAuthorizations } from "./heroku.ts";
import { notTheStacks } from "./outside.ts";
import type { Report } from "./report.ts";

/** One look at everything that the stack has, with the credentials that are in its state. */
export async function look(stack: string): Promise<Report> {
  const steps = await refreshSteps(stack);
  const stored = await storedResources(stack);
  if (stored.length === 0) throw new Error(`stack ${stack} is empty; \`npx pulumi up\` fills it`);
  const heroku = account(stored, "heroku", "url", "apiKey");
  const gitlab = account(stored, "gitlab", "baseUrl", "token");
  const { findings, notes } = await notTheStacks(steps, gitlab);
  const unreadable = unreadableValues(steps);
  return {
    stack,
    drift: [...changesOf(steps, stack), ...(await revokedAuthorizations(stored, heroku, stack))],
    outside: [...findings, ...(await extraConfigVars(steps, heroku))],
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
function account(stored: readonly StoredResource[], name: string, urlKey: string, tokenKey: string): Account {
  const provider = stored.find(
    ({ type, urn }) => type === `pulumi:providers:${name}` && nameIn(urn) === name,
  );
  const url = plain(provider?.inputs[urlKey]);
  const token = plain(provider?.inputs[tokenKey]);
  if (url && token) return { url, token };
  throw new Error(
    `the state has no provider ${name} with ${urlKey} and ${tokenKey}; \`npx pulumi up\` writes it`,
  );
}
