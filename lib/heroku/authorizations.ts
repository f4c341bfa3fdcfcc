/** Heroku's OAuth authorizations, as an account has them. */
import type { Account } from "../http/account.ts";
import { HerokuError, heroku, herokuList } from "./client.ts";

/** An authorization in the list: its token is seen once, when it is made, and never again. */
export interface ListedAuthorization {
  readonly id: string;
  readonly description: string | null;
  /** ISO 8601, by Heroku's clock. */
  readonly created_at: string;
}

/** All authorizations of the account. https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization-list */
export function authorizationsOf(account: Account): Promise<{ list: ListedAuthorization[]; now: number }> {
  return herokuList<ListedAuthorization>(account, "list of authorizations", "/oauth/authorizations");
}

/** Revokes an authorization. One that is already gone needs nothing. */
export async function revokeAuthorization(account: Account, id: string): Promise<void> {
  try {
    await heroku(account, "revocation of the pipelines' authorization", `/oauth/authorizations/${id}`, {
      method: "DELETE",
    });
  } catch (error) {
    if (!(error instanceof HerokuError && error.status === 404)) throw error;
  }
}
