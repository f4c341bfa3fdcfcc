/** Authorizations of the stack's Heroku account that were made after its app and are not the stack's. */
import { heroku } from "../../../lib/heroku/client.ts";
import { withoutMark } from "../../../lib/pulumi/mark.ts";
import { asked, listOf } from "./app.ts";
import { type Check, sinceWords, type Unmanaged } from "./check.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization */
interface Authorization {
  readonly id: string;
  readonly description: string | null;
  readonly scope: readonly string[];
  readonly created_at: string;
  readonly access_token?: { readonly expires_in: number | null } | null;
}

/**
 * @param own ids of the stack's own. What is older than the app was the account's when the stack was made with it.
 */
export const authorizationsCheck =
  (own: readonly string[]): Check =>
  async ({ id, name: app }, account) => {
    const { created_at: made } = await asked(
      heroku<{ created_at: string }>(account, `look-up of ${app}`, `/apps/${id}`),
    );
    const all = await listOf<Authorization>(account, "list of authorizations", "/oauth/authorizations");
    return all
      .filter((one) => !own.includes(one.id) && Date.parse(one.created_at) > Date.parse(made))
      .map((one): Unmanaged => {
        const since = sinceWords(one.created_at);
        const end = one.access_token?.expires_in;
        return {
          noun: "Heroku authorization",
          name: `${one.id.slice(0, 8)} (${withoutMark(one.description ?? "no description")})`,
          owner: "the stack's account",
          effect: `opens all apps of the account with ${one.scope.join(", ")}, ${
            end ? `for ${Math.ceil(end / 86_400)} more days` : "without an end"
          }`,
          remedy: `revoke it: heroku authorizations:revoke ${one.id}`,
          ...(since && { since }),
          undo: { service: "heroku", method: "DELETE", path: `/oauth/authorizations/${one.id}` },
        };
      });
  };
