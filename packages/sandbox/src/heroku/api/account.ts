import type { FastifyInstance } from "fastify";
import type { Platform } from "../platform.ts";
import { standingOf } from "../standing.ts";
import { notFound } from "./errors.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#account */
export function accountRoutes(api: FastifyInstance, platform: Platform): void {
  function serialize(id: string) {
    const account = platform.store.data.accounts[id];
    if (account === undefined) throw notFound("account");
    const { verified, suspendedAt, delinquentAt } = standingOf(platform.ctx, account);
    return {
      allow_tracking: false,
      beta: false,
      country_of_residence: null,
      created_at: account.createdAt,
      default_organization: null,
      default_team: null,
      delinquent_at: delinquentAt,
      email: account.email,
      federated: false,
      id: account.id,
      identity_provider: null,
      last_login: null,
      name: account.name,
      sms_number: null,
      suspended_at: suspendedAt,
      two_factor_authentication: false,
      updated_at: account.updatedAt,
      verified,
    };
  }

  api.get("/account", { config: { scope: "identity" } }, async (request) =>
    serialize(request.authorization.accountId),
  );
}
