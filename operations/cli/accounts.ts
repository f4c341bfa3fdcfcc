/** The accounts that a stack's providers use, from its state. */
import type { Account } from "../../lib/http/account.ts";
import { plain, type StoredResource } from "../../lib/pulumi/stored.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";

/** Both accounts. @throws when the state has not both, as before the first `npx pulumi up` */
export function accountsIn(stored: readonly StoredResource[]): { gitlab: Account; heroku: Account } {
  return {
    gitlab: account(stored, types.gitlab.provider, "baseUrl", "token"),
    heroku: account(stored, types.heroku.provider, "url", "apiKey"),
  };
}

/** The account that the state's provider uses: what a refresh uses, too. */
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
